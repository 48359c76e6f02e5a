"""Hundreds of regressions from one residualisation each: specification curve and placebo."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from paneldid.checks import check_columns
from paneldid.partialling import (
    ABSORBED,
    absorb,
    absorbed_parameters,
    basis,
    cluster_sums,
    residual,
    small_sample_factor,
    squares,
)
from paneldid.resampling import monte_carlo_p

DEMEAN_TOLERANCE = 1e-8  # as pyfixest
CRITICAL = 1.959963984540054  # of a two-sided normal test at 5 %
Array = np.ndarray
Sample = Callable[[pd.Series], pd.DataFrame]
"""Maps the cohorts of a draw, index county, to the rows of a sample."""


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
    for panel in samples.values():
        _check(panel, [*outcomes, treatment], controls, clusters)
    whole = {name: panel.dropna(subset=list(clusters)) for name, panel in samples.items()}
    for choice, regression in _regressions(whole, outcomes, [treatment], controls, fixed_effects):
        for cluster in clusters:
            estimates, errors, g = regression(cluster)
            for outcome, estimate, error in zip(outcomes, estimates[0], errors[0], strict=True):
                p = 2 * stats.t.sf(abs(estimate / error), g - 1)
                found = {"outcome": outcome, "cluster": cluster, "estimate": estimate}
                rows.append(choice | found | {"se": error, "p": p})
    return pd.DataFrame(rows)


def lead_tests(
    samples: Mapping[str, pd.DataFrame],
    outcomes: Sequence[str],
    controls: Mapping[str, Sequence[str]],
    fixed_effects: Sequence[str],
    clusters: Sequence[str] = ("county",),
    event_time: str = "event_time",
) -> pd.DataFrame:
    """Joint test of the leads for every model of `specification_curve`, in its order.

    The treatment becomes a dummy for every event time but −1, never treated at −1; the leads' Wald
    statistic over their number q is compared with F(q, G−1), as `paneldid.eventstudy.joint_test`
    does. Leads that a model does not identify are left out of it; without any, p is missing.
    """
    rows = []
    for name, panel in samples.items():
        _check(panel, [*outcomes, event_time], controls, clusters)
        times = panel[event_time].fillna(-1).astype(int)
        dummies = {f"event time {k}": times == k for k in sorted({*times} - {-1})}
        whole = panel.assign(**dummies).dropna(subset=list(clusters))
        leads = np.array([int(k.removeprefix("event time ")) < 0 for k in dummies], bool)
        for choice, regression in _regressions(
            {name: whole}, outcomes, list(dummies), controls, fixed_effects
        ):
            y, d, used, codes, rank = regression.args
            for cluster in clusters:
                tests = _joint_leads(y, d, used, codes, rank, leads, cluster)
                for outcome, test in zip(outcomes, tests, strict=True):
                    rows.append(choice | {"outcome": outcome, "cluster": cluster} | test)
    return pd.DataFrame(rows)


def _check(
    panel: pd.DataFrame,
    numeric: Sequence[str],
    controls: Mapping[str, Sequence[str]],
    clusters: Sequence[str],
) -> None:
    check_columns(panel, clusters, [*numeric, *(c for chosen in controls.values() for c in chosen)])


def _joint_leads(
    y: Array,
    d: Array,
    rows: pd.DataFrame,
    codes: Array,
    controls: int,
    leads: Array,
    cluster: str,
) -> list[dict[str, float]]:
    """F, restrictions and p of the leads, for each outcome (n, m), all dummies (n, q) at once."""
    kept: list[int] = []
    Q = np.empty((len(d), 0))
    for i in np.flatnonzero(~np.isnan(d).any(axis=0)).tolist():  # of collinear ones the first stay
        alone = d[:, i] - Q @ (Q.T @ d[:, i])
        if (size := np.linalg.norm(alone)) > ABSORBED * np.linalg.norm(d[:, i]):
            kept, Q = [*kept, i], np.column_stack([Q, alone / size])
    d, leads = d[:, kept], leads[kept]
    q, group = int(leads.sum()), pd.factorize(rows[cluster])[0]
    n, g = len(y), int(group.max()) + 1
    if not q:
        return [{"f": np.nan, "leads": 0, "p": np.nan}] * y.shape[1]
    absorbed = absorbed_parameters(codes, group)[0]
    factor = small_sample_factor(n, g, d.shape[1] + controls + absorbed)
    inverse = np.linalg.inv(d.T @ d)
    tests = []
    for outcome in y.T:
        slopes = inverse @ (d.T @ outcome)
        psi = cluster_sums(d * (outcome - d @ slopes)[:, None], group) @ inverse[:, leads]
        f = float(slopes[leads] @ np.linalg.solve(factor * psi.T @ psi, slopes[leads])) / q
        tests.append({"f": f, "leads": q, "p": float(stats.f.sf(f, q, g - 1))})
    return tests


def placebo_specification_curve(
    samples: Mapping[str, pd.DataFrame | Sample],
    outcomes: Sequence[str],
    controls: Mapping[str, Sequence[str]],
    fixed_effects: Sequence[str],
    assignments: pd.DataFrame,
) -> tuple[Array, Array]:
    """The same regressions for treatments that never happened, errors clustered by county.

    In every draw the counties' cohorts change hands, the same way in all regressions:
    ``assignments`` (counties, draws), index county, as `paneldid.resampling.draw_assignments` makes
    them. A sample may be a function from a draw's cohorts to its rows, if it depends on who is
    treated; it is then residualised anew in every draw. Estimates and t statistics are each (draws,
    regressions), in the order of `specification_curve`.
    """
    shuffled = assignments.set_axis([f"placebo_{i}" for i in range(assignments.shape[1])], axis=1)
    found = []
    for name, sample in samples.items():
        draws = (
            [shuffled] if isinstance(sample, pd.DataFrame) else [shuffled[[c]] for c in shuffled]
        )
        parts = []
        for cohorts in draws:
            rows = sample if isinstance(sample, pd.DataFrame) else sample(cohorts.iloc[:, 0])
            own = cohorts.reindex(rows["county"]).set_axis(rows.index).le(rows["year"], axis=0)
            treated = {name: pd.concat([rows, own], axis=1)}
            models = _regressions(treated, outcomes, list(own), controls, fixed_effects)
            pairs = [regression("county")[:2] for _, regression in models]
            parts.append([np.hstack(part) for part in zip(*pairs, strict=True)])
        found.append([np.vstack(part) for part in zip(*parts, strict=True)])
    estimates, errors = (np.hstack(part) for part in zip(*found, strict=True))
    return estimates, estimates / errors


def joint_inference(
    estimates: Array, t: Array, placebo_estimates: Array, placebo_t: Array, sign: int = -1
) -> pd.DataFrame:
    """The three joint tests of a curve by Simonsohn, Simmons and Nelson (2020, p. 1211).

    Median estimate, share significant at 5 % with the expected ``sign``, and Stouffer's Z of all
    models: observed (regressions,), against placebo draws (draws, regressions). The p-values are
    those of `paneldid.resampling.monte_carlo_p`, two-sided. Columns observed, p, low, high.
    """

    def statistics(value: Array, ratio: Array) -> dict[str, Array]:
        return {
            "median estimate": np.median(value, axis=-1),
            "share significant": ((ratio * sign) > CRITICAL).mean(axis=-1),
            "Stouffer's Z": ratio.sum(axis=-1) / np.sqrt(ratio.shape[-1]),
        }

    observed, drawn = statistics(estimates, t), statistics(placebo_estimates, placebo_t)
    rows = {}
    for name, value in observed.items():
        p = monte_carlo_p(drawn[name], float(value))
        rows[name] = {"observed": float(value), "p": p.p, "low": p.low, "high": p.high}
    return pd.DataFrame(rows).T


def _regressions(
    samples: Mapping[str, pd.DataFrame],
    outcomes: Sequence[str],
    treatments: Sequence[str],
    controls: Mapping[str, Sequence[str]],
    fixed_effects: Sequence[str],
) -> Iterator[tuple[dict[str, Any], partial[tuple[Array, Array, int]]]]:
    """Yield each choice with a function from a cluster to estimates, errors and G."""
    everything = list(dict.fromkeys(name for chosen in controls.values() for name in chosen))
    columns = [*outcomes, *treatments, *everything]
    for (sample, panel), effects in product(samples.items(), fixed_effects):
        rows, within, codes = absorb(
            panel.dropna(subset=columns), columns, effects.split("+"), DEMEAN_TOLERANCE
        )
        both = len(outcomes) + len(treatments)
        within, x = np.hsplit(within, [both])
        size, spread = np.sqrt(squares(x)), squares(within)[len(outcomes) :]
        for name, chosen in controls.items():
            held = [i for i in map(everything.index, chosen) if size[i]]
            Q = basis(x[:, held] / size[held])
            y, d = np.hsplit(residual(within, Q), [len(outcomes)])
            d[:, squares(d) <= ABSORBED**2 * spread] = np.nan
            choice = {"sample": sample, "fixed_effects": effects, "controls": name, "n": len(rows)}
            yield choice, partial(_clustered, y, d, rows, codes, Q.shape[1])


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
