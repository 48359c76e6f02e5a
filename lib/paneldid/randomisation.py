"""Randomisation inference within strata: a test, and the effects that it does not reject."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from paneldid.resampling import PValue, monte_carlo_p, placebo

SMALLEST = 1 - 1e-9  # a deal as far out as the real one but for rounding counts as being so
STEPS = 4001  # of the grid on which the test is inverted
REACH = 8  # grid on either side of the estimate, in standard deviations of the deals


@dataclass(frozen=True)
class Dealt:
    """Estimates under other assignments of the treatment.

    Attributes
    ----------
    observed : float
        Under the real one.
    coefficients : ndarray, shape (draws,)
        Of the outcome, under each deal.
    picked_up : ndarray, shape (draws,)
        What the same regression finds of a constant effect of one under the real assignment.
    """

    observed: float
    coefficients: np.ndarray
    picked_up: np.ndarray

    @property
    def test(self) -> PValue:
        """Of no effect on any unit."""
        return monte_carlo_p(self.coefficients, self.observed)

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Ends of the constant effects that the test does not reject.

        An effect of τ leaves ``outcome - τ * treatment`` as it would have been without any; the
        coefficient is linear in the outcome, so each deal's is ``coefficient - τ * picked_up``
        (Rosenbaum, 2002, section 2.6).

        Parameters
        ----------
        level
            Of the interval.

        Returns
        -------
        tuple of float
            Found on a grid of 4,001 values, eight standard deviations of the deals either way.
        """
        reach = REACH * self.coefficients.std()
        effects = self.observed + np.linspace(-reach, reach, STEPS)
        drawn = np.abs(self.coefficients - effects[:, None] * self.picked_up)
        as_far = drawn >= np.abs(self.observed - effects)[:, None] * SMALLEST
        kept = effects[1 + as_far.sum(axis=1) > (1 - level) * (1 + len(self.coefficients))]
        return float(kept.min()), float(kept.max())


def deal_within(
    panel: pd.DataFrame, outcome: str, strata: str, *, seed: int, draws: int = 1999
) -> Dealt:
    """Deal treatments to other units of their stratum and estimate again, as often as asked.

    The regression is ``outcome~did|county+strata^year``. Each stratum keeps its number of units of
    each cohort. The draws are those of `placebo`, to which the stratum's years are controls.

    Parameters
    ----------
    panel
        Balanced, one row a unit and year: county (the unit), year, did, cohort (missing if never
        treated), the outcome and the strata.
    outcome, strata
        Columns.
    seed, draws
        As in `placebo`.

    Returns
    -------
    Dealt
        With its p-value and interval.
    """
    cells = panel[strata].astype(str) + "x" + panel["year"].astype(str)
    cell = pd.get_dummies(cells, prefix="cell", dtype=float)
    one_year = cell.columns[cell.columns.str.endswith(f"x{panel['year'].min()}")]
    one_stratum = cell.filter(like=f"cell_{panel[strata].min()}x").columns
    cell = cell.drop(columns=one_year.union(one_stratum))  # which county and year effects span
    rows = pd.concat([panel.assign(effect=panel["did"]), cell], axis=1)
    formula = "{}~" + "+".join(["did", *cell]) + "|county+year"
    run = {"seed": seed, "draws": draws, "strata": strata}
    of_outcome, of_effect = (placebo(rows, formula.format(y), **run) for y in (outcome, "effect"))
    return Dealt(of_outcome.observed, of_outcome.coefficients, of_effect.coefficients)
