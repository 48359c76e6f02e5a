"""Sentences about a reader's own panel whose words depend on what was estimated."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

CLEAR = 0.05  # p-value below which a sentence says that something moves


def which_income_moves(fits: Mapping[str, Any]) -> str:
    """Say which income moves with a cluster, and so from which side the gap narrows (MyST).

    Parameters
    ----------
    fits
        pyfixest fits with a coefficient ``did``, of the outcomes log_rural, log_urban and
        urban_share.
    """
    effect = {y: fit.coef()["did"] for y, fit in fits.items()}
    clear = {y: fit.pvalue()["did"] < CLEAR for y, fit in fits.items()}
    rural, urban, people = (
        _moved(name, fits[y], of_share)
        for name, y, of_share in (
            ("rural income", "log_rural", False),
            ("urban income", "log_urban", False),
            ("the urban share", "urban_share", True),
        )
    )
    gains = clear["log_rural"] and effect["log_rural"] > 0
    loses = clear["log_urban"] and effect["log_urban"] < 0
    if effect["log_urban"] >= effect["log_rural"]:
        so = "Urban over rural income does not fall, so there is no narrowing to divide up."
    elif gains and loses:
        so = (
            "So the incomes close in from both sides: the index counts a loss in town like a gain "
            "in the country, and H2 speaks of the latter only."
        )
    elif gains:
        so = "So, as far as incomes go, the gap narrows from below, which is what H2 asks for."
    elif loses:
        so = (
            "So, as far as incomes go, the gap narrows because urban income falls behind, and not "
            "by a gain in the country. That is not what H2 says."
        )
    else:
        so = "Neither income moves clearly, so these data do not tell from which side it narrows."
    if clear["urban_share"]:
        so += " People move as well, and the index weighs incomes by people."
    return (
        f"With a cluster, and given county, year and controls, {rural} and {urban}; {people}. {so}"
    )


def _moved(name: str, fit: Any, of_share: bool) -> str:
    """What an outcome does, in words that its p-value allows."""
    effect, p = fit.coef()["did"], fit.pvalue()["did"]
    size = 100 * abs(effect if of_share else np.expm1(effect))
    amount = f"{size:.1f} {'percentage points' if of_share else '%'}"
    amount += " higher" if effect > 0 else " lower"
    if p < CLEAR:
        return f"{name} is {amount}"
    return f"{name} shows no clear change ({amount}, $p$ = {p:.2f})"
