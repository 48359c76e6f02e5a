"""Makes pyfixest's clustered standard errors independent of PYTHONHASHSEED."""

from __future__ import annotations

import pyfixest
from pyfixest.estimation.formula import utils

AFFECTED = ("0.50", "0.60")


def guard() -> None:
    """Let pyfixest keep the fixed effects in the order of the formula.

    pyfixest 0.50 to 0.60 splits ``county+year`` with ``set(...)``, so the order of the
    fixed-effect columns follows the hash seed of the process, while the count of fixed
    effects nested in clusters goes by the order of the formula. With the two orders
    crossed, the small-sample factor takes the wrong degrees of freedom. In that one
    module, ``set`` now keeps order; nothing else uses it there. Idempotent. A version
    outside the affected range is left alone: the tests show whether it needs the guard.
    """
    if pyfixest.__version__.startswith(AFFECTED):
        utils.set = dict.fromkeys
