"""Estimators for panels with staggered adoption that no package gives, or gives fast enough.

They repair pyfixest if it is loaded, as it is in chapters; checking tables need not wait for it.
"""

import sys

if "pyfixest" in sys.modules:
    from paneldid import pyfixest_fix as pyfixest_fix
