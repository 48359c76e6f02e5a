"""Hundreds of regressions from one residualisation each: specification curve and placebo."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from paneldid.partialling import (
    ABSORBED,
    absorb,
    absorbed_parameters,
    cluster_sums,
    small_sample_factor,
)

DEMEAN_TOLERANCE = 1e-8  # as pyfixest
Array = np.ndarray


def specification_curve(
    samples: Mapping[str, pd.DataFrame],
    outcomes: Sequence[str],
    treatment: str,
    controls: Mapping[str, Sequence[str]],
    fixed_effects: Sequence[str],
    clusters: Sequence[str] = ("county",),
) -> pd.DataFrame:
    """Estimate one regression for every combination of choices (Simonsohn et al., 2020).

    Each sample and set of fixed effects is residualised once, each set of controls is partialled
    out of what is left. Estimates and errors are those of pyfixest, missing where fixed effects
    and controls leave nothing of the treatment. All models of a sample use the same rows: those in
    which no outcome, no control and no cluster of any model is missing.

    Parameters
    ----------
    samples, controls
        Name to panel, name to columns.
    outcomes, treatment
        Columns.
    fixed_effects
        As pyfixest writes them, ``county+region^year``.
    clusters
        Columns to cluster by, each in turn.

    Returns
    -------
    DataFrame
        One row a regression and cluster: the choices, estimate, se, p, n.
    """
    rows = []
    whole = {name: panel.dropna(subset=list(clusters)) for name, panel in samples.items()}
    for choice, regression in _regressions(whole, outcomes, [treatment], controls, fixed_effects):
        for cluster in clusters:
            estimates, errors, g = regression(cluster)
            for outcome, estimate, error in zip(outcomes, estimates[0], errors[0], strict=True):
                p = 2 * stats.t.sf(abs(estimate / error), g - 1)
                found = {"outcome": outcome, "cluster": cluster, "estimate": estimate}
                rows.append(choice | found | {"se": error, "p": p})
    return pd.DataFrame(rows)


def placebo_specification_curve(
    samples: Mapping[str, pd.DataFrame],
    outcomes: Sequence[str],
    controls: Mapping[str, Sequence[str]],
    fixed_effects: Sequence[str],
    draws: int,
    rng: np.random.Generator,
) -> tuple[Array, Array]:
    """The same regressions for treatments that never happened, errors clustered by county.

    In every draw the counties' cohorts change hands, the same way in all regressions. Estimates and
    t statistics are each (draws, regressions), in the order of `specification_curve`.
    """
    cohort = pd.concat(samples.values()).groupby("county")["cohort"].first()
    shuffled = pd.DataFrame(
        {f"placebo_{i}": rng.permutation(cohort.to_numpy()) for i in range(draws)}, cohort.index
    )
    treated = {
        name: pd.concat(
            [s, shuffled.reindex(s["county"]).set_axis(s.index).le(s["year"], axis=0)], axis=1
        )
        for name, s in samples.items()
    }
    names = list(shuffled.columns)
    found = [
        regression("county")[:2]
        for _, regression in _regressions(treated, outcomes, names, controls, fixed_effects)
    ]
    estimates, errors = (np.hstack(part) for part in zip(*found, strict=True))
    return estimates, estimates / errors


def _regressions(
    samples: Mapping[str, pd.DataFrame],
    outcomes: Sequence[str],
    treatments: Sequence[str],
    controls: Mapping[str, Sequence[str]],
    fixed_effects: Sequence[str],
) -> Iterator[tuple[dict[str, Any], Callable[[str], tuple[Array, Array, int]]]]:
    """Yield each choice with a function from a cluster to estimates, errors and G."""
    everything = list(dict.fromkeys(name for chosen in controls.values() for name in chosen))
    columns = [*outcomes, *treatments, *everything]
    for (sample, panel), effects in product(samples.items(), fixed_effects):
        rows, within, codes = absorb(
            panel.dropna(subset=columns), columns, effects.split("+"), DEMEAN_TOLERANCE
        )
        both = len(outcomes) + len(treatments)
        for name, chosen in controls.items():
            x = within[:, [both + everything.index(c) for c in chosen]]
            slopes, _, rank, _ = np.linalg.lstsq(x, within[:, :both])
            y, d = np.split(within[:, :both] - x @ slopes, [len(outcomes)], axis=1)
            spread = np.linalg.norm(within[:, len(outcomes) : both], axis=0)
            d[:, np.linalg.norm(d, axis=0) <= ABSORBED * spread] = np.nan
            choice = {"sample": sample, "fixed_effects": effects, "controls": name, "n": len(rows)}
            yield choice, partial(_clustered, y, d, rows, codes, int(rank))


def _clustered(
    y: Array, d: Array, rows: pd.DataFrame, codes: Array, controls: int, cluster: str
) -> tuple[Array, Array, int]:
    """Coefficients (q, m) of outcomes (n, m) on each treatment (n, q), errors, and clusters."""
    group = pd.factorize(rows[cluster])[0]
    n, g = len(y), int(group.max()) + 1
    factor = small_sample_factor(n, g, 1 + controls + absorbed_parameters(codes, group)[0])
    own = cluster_sums(d**2, group)
    norm = own.sum(axis=0)
    estimates, variances = [], []
    for outcome in y.T:
        cross = cluster_sums(d * outcome[:, None], group)
        beta = cross.sum(axis=0) / norm
        estimates.append(beta)
        variances.append(((cross - beta * own) ** 2).sum(axis=0) / norm**2)
    return np.array(estimates).T, np.sqrt(factor * np.array(variances)).T, g
