"""Estimators for panels with staggered adoption that no package gives, or gives fast enough.

Importing any repairs pyfixest (see `pyfixest_fix`), if it is loaded: chapters import it first, and
a check of tables, which estimates nothing, need not wait for it.
"""

import sys

if "pyfixest" in sys.modules:
    from paneldid import pyfixest_fix as pyfixest_fix
