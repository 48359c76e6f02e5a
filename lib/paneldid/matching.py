"""Propensity-score matching as section 4.4.4 of the paper describes it.

The paper excludes observations that fail the matching criteria, without naming the criteria, and
loses few. Two readings are kept apart: `Match.on_support` trims the observations whose score has no
counterpart in the other group, and keeps nearly all; `Match.weight` is the matched sample proper,
in which a control counts as often as it is somebody's nearest neighbour.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import statsmodels.api as sm

from paneldid.checks import check_columns
from paneldid.identified import NotEstimable


@dataclass(frozen=True)
class Match:
    """Who is kept by the common support, and who is matched to whom; Series by row of the panel."""

    score: pd.Series
    on_support: pd.Series
    weight: pd.Series  # 1 for treated rows on the support; of controls, how often a neighbour
    tally: pd.Series  # how many rows met each fate; sums to the panel's length
    rule: str  # in words

    def __str__(self) -> str:
        fates = "; ".join(f"{count:,} {fate}" for fate, count in self.tally.items() if count)
        return f"{self.rule}: {fates}."


def match(panel: pd.DataFrame, covariates: Sequence[str]) -> Match:
    """Match each treated row to the control with the nearest propensity score, with replacement.

    ``panel`` has one row an observation (here county and year, pooled), with a column treat of
    zeros and ones; ``covariates`` are numeric columns without missing values. Raises as
    `propensity_score`, and `NotEstimable` if nobody lies on the common support.
    """
    treated = panel["treat"].astype(bool)
    score = propensity_score(panel, covariates)
    outside = _outside(score, treated)
    if treated[outside == ""].nunique() < 2:
        raise NotEstimable(
            "The propensity scores of treated and untreated county-years do not overlap, so nobody "
            "is left to match: use fewer covariates."
        )
    weight = _nearest_neighbour_weights(score, treated, on_support=outside == "")
    fate = outside.where(outside != "", np.where(weight > 0, "matched", "not needed as a match"))
    return Match(
        score=score,
        on_support=outside == "",
        weight=weight,
        tally=(np.where(treated, "treated rows ", "controls ") + fate).value_counts().sort_index(),
        rule=(
            f"logit of treat on {', '.join(covariates)}; treated and controls outside the other "
            "group's range of scores dropped; nearest neighbour with replacement"
        ),
    )


def propensity_score(panel: pd.DataFrame, covariates: Sequence[str]) -> pd.Series:
    """Fitted probability of a logit with a constant (Rosenbaum and Rubin, 1983).

    Missing, constant or collinear covariates are a ValueError; groups that are one-sided or
    separated are `NotEstimable`.
    """
    check_columns(panel, ["treat"], covariates)
    if not panel["treat"].isin([0, 1]).all():
        raise ValueError("treat must be 0 or 1 in every row: fill or drop the others")
    if panel["treat"].nunique() < 2:
        raise NotEstimable(
            "A propensity score tells cluster counties from others, and in these data all counties "
            "are of one kind: add the other."
        )
    x = panel[list(covariates)].astype(float)
    useless = [c for c in covariates if x[c].isna().any() or x[c].nunique() == 1]
    if useless:
        raise ValueError(
            f"covariates {useless} are constant or have missing values: leave them out"
        )
    standardised = sm.add_constant((x - x.mean()) / x.std())  # the fit is the same, Newton is safer
    if np.linalg.matrix_rank(standardised) < standardised.shape[1]:
        raise ValueError(f"covariates {list(covariates)} are collinear: leave one out")
    fit = sm.Logit(panel["treat"].astype(float), standardised).fit(disp=0, maxiter=100)
    if not fit.mle_retvals["converged"]:
        raise NotEstimable(
            f"The logit of treat on {', '.join(covariates)} did not converge. Do these separate "
            "treated from untreated? Then nobody is left to match: use fewer covariates."
        )
    return fit.predict(standardised).rename("score")


def _outside(score: pd.Series, treated: pd.Series) -> pd.Series:
    """Where each score lies beyond the other group's range: "above …", "below …" or ""."""
    ranges = score.groupby(~treated).agg(["min", "max"])
    low, high = treated.map(ranges["min"]), treated.map(ranges["max"])
    side = np.select([score > high, score < low], ["above the support", "below the support"], "")
    return pd.Series(side, index=score.index)


def _nearest_neighbour_weights(
    score: pd.Series, treated: pd.Series, on_support: pd.Series
) -> pd.Series:
    """Weights of `Match`. Ties go to the lower score, then to the control that comes first."""
    scores = pd.DataFrame({"score": score.to_numpy(), "row": np.arange(len(score))})
    controls = scores[(~treated & on_support).to_numpy()].drop_duplicates("score")
    wanted = scores[["score"]][(treated & on_support).to_numpy()]
    nearest = pd.merge_asof(
        wanted.sort_values("score"), controls.sort_values("score"), on="score", direction="nearest"
    )
    used = np.bincount(nearest["row"], minlength=len(score))
    return ((treated & on_support).astype(float) + used).rename("weight")


def balance(panel: pd.DataFrame, covariates: Sequence[str], weight: pd.Series) -> pd.DataFrame:
    """Means of both groups before and after matching, and their standardised differences.

    ``weight`` of each row after matching is `Match.weight`, or `Match.on_support` for trimming
    alone. Difference of means over the root of the mean of both groups' variances before matching
    (Rosenbaum and Rubin, 1985), so that only means can move it. Index covariate; columns treated,
    control and standardised_difference, each _before and _after.
    """
    treated, x = panel["treat"].astype(bool), panel[list(covariates)].astype(float)
    scale = np.sqrt((x[treated].var() + x[~treated].var()) / 2)
    table = pd.DataFrame(index=pd.Index(covariates, name="covariate"))
    for when, w in (("before", pd.Series(1.0, index=panel.index)), ("after", weight.astype(float))):
        means = {
            group: x[rows].mul(w[rows], axis=0).sum() / w[rows].sum()
            for group, rows in (("treated", treated), ("control", ~treated))
        }
        table[f"treated_{when}"], table[f"control_{when}"] = means["treated"], means["control"]
        table[f"standardised_difference_{when}"] = (means["treated"] - means["control"]) / scale
    return table
