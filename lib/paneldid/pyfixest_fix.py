"""Lets pyfixest keep fixed effects in the order of the formula, whatever PYTHONHASHSEED is.

pyfixest 0.50 to 0.60 splits ``county+year`` with ``set(...)``, so the order of the fixed-effect
columns follows the hash seed, while the count of fixed effects nested in clusters goes by the
formula: crossed, they give wrong degrees of freedom. The tests say whether this is still needed.
"""

import pyfixest.estimation.formula.utils

# in that one module ``set`` keeps order from now on; nothing else there uses it
vars(pyfixest.estimation.formula.utils)["set"] = dict.fromkeys
