"""Estimators for panels with staggered adoption that no package gives, or gives fast enough.

Importing any of them repairs pyfixest first (see `paneldid.pyfixest_fix`).
"""

from paneldid import pyfixest_fix as pyfixest_fix
