"""How much an omitted variable would have to explain, from printed numbers alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats


def partial_r2(t: float, df: float) -> float:
    """Share of the residual variance that a regressor explains, from its t and residual df."""
    return t**2 / (t**2 + df)


def robustness_value(t: float, df: float, share: float = 1.0, level: float | None = None) -> float:
    """Strength that an omitted variable needs to take away a share of an estimate.

    Cinelli and Hazlett (2020, section 4.2): a confounder that explains this much of the residual
    variance of both treatment and outcome lowers the estimate by ``share``, or, given a ``level``
    such as 0.05, just enough for its t to be insignificant. ``t`` and ``df`` are those of a
    regression with classical errors: a clustered t makes it approximate.
    """
    if df <= 1 or not np.isfinite(t):
        raise ValueError(f"t = {t} with {df} degrees of freedom: both must be finite, df above one")
    strength, critical = share * abs(t) / np.sqrt(df), 0.0
    if level is not None:
        critical = stats.t.ppf(1 - level / 2, df - 1) / np.sqrt(df - 1)
    if strength <= critical:
        return 0.0
    if strength * critical > 1:  # then a confounder that only widens the error does more (4.3)
        return (strength**2 - critical**2) / (1 + strength**2)
    beyond = strength - critical
    return float((np.sqrt(beyond**4 + 4 * beyond**2) - beyond**2) / 2)


@dataclass(frozen=True)
class Confounded:
    """What a regression would give with one more regressor."""

    r2_treatment: float  # partial R² of the confounder with the treatment
    r2_outcome: float  # and with the outcome, given the treatment too
    estimate: float
    se: float

    @property
    def t(self) -> float:
        """Of the estimate."""
        return self.estimate / self.se


def with_confounder(
    estimate: float, se: float, df: float, r2_treatment: float, r2_outcome: float
) -> Confounded:
    """Estimate after a confounder of this strength that pulls it towards zero, and beyond.

    Cinelli and Hazlett (2020, equations 7 and 8): exact for classical errors.
    """
    if not (0 <= r2_treatment < 1 and 0 <= r2_outcome <= 1):
        raise ValueError(f"partial R² of {r2_treatment} and {r2_outcome}: from zero to below one")
    bias = se * np.sqrt(df * r2_outcome * r2_treatment / (1 - r2_treatment))
    error = se * np.sqrt((1 - r2_outcome) / (1 - r2_treatment) * df / (df - 1))
    adjusted = np.sign(estimate) * (abs(estimate) - bias)
    return Confounded(r2_treatment, r2_outcome, float(adjusted), float(error))


def benchmark(
    estimate: float, se: float, df: float, r2_treatment: float, r2_outcome: float, times: float = 1
) -> Confounded:
    """`with_confounder` that is ``times`` as strong as a control (Cinelli and Hazlett, 2020, 4.4).

    The control's own partial R² with treatment and with outcome, each given the other controls (and
    with the outcome given the treatment too), come from its t in the two regressions: `partial_r2`.
    """
    of_treatment = times * r2_treatment / (1 - r2_treatment)
    if of_treatment >= 1:
        raise ValueError(f"{times} times the control would explain all of the treatment: take less")
    shared = times * r2_treatment**2 / ((1 - times * r2_treatment) * (1 - r2_treatment))
    weight = (np.sqrt(times) + np.sqrt(shared)) / np.sqrt(1 - shared)
    of_outcome = min(weight**2 * r2_outcome / (1 - r2_outcome), 1.0)
    return with_confounder(estimate, se, df, of_treatment, of_outcome)


def oster_delta(
    short: float,
    short_r2: float,
    long: float,
    long_r2: float,
    max_r2: float,
    variances: tuple[float, float, float] | None = None,
    target: float = 0.0,
) -> float:
    """Selection on unobservables, relative to that on controls, at which the effect is ``target``.

    Oster (2019): ``short`` and ``long`` are estimates without and with controls, with their R²;
    ``max_r2`` is that of a regression with everything. Exact (proposition 2) given ``variances`` of
    outcome, treatment, and treatment net of controls; else her approximation, from print alone.
    """
    if not short_r2 < long_r2 < max_r2:
        raise ValueError(f"R² must rise: {short_r2}, with controls {long_r2}, at most {max_r2}")
    moved, left, gained, hidden = short - long, long - target, long_r2 - short_r2, max_r2 - long_r2
    if variances is None:
        return left * gained / (moved * hidden) if moved else np.inf
    outcome, treatment, net = variances
    cubic = left**3 * net * (treatment - net)
    top = left * gained * outcome * net + left * treatment * net * moved**2
    top += 2 * left**2 * net * moved * treatment + cubic
    bottom = hidden * outcome * (moved * treatment + left * (treatment - net))
    return top / (bottom + left**2 * net * moved * treatment + cubic)


def romano_wolf(observed: np.ndarray, draws: np.ndarray) -> np.ndarray:
    """Step-down p-values of several hypotheses that hold their joint error rate.

    Romano and Wolf (2016): t statistics ``observed`` (S,) against ``draws`` (B, S) made under all
    hypotheses, the same draw in a row, as `paneldid.resampling` makes them from one seed. In order
    of their size, each is compared with the largest of those not yet tested.
    """
    if draws.ndim != 2 or draws.shape[1] != len(observed) or not np.isfinite(draws).all():
        raise ValueError(
            f"draws {draws.shape} of {len(observed)} statistics: finite, a column each"
        )
    order = np.argsort(-np.abs(observed), kind="stable")
    sizes = np.abs(draws[:, order])
    largest = np.maximum.accumulate(sizes[:, ::-1], axis=1)[:, ::-1]
    exceed = (largest >= np.abs(observed)[order] * (1 - 1e-9)).sum(axis=0)
    p = np.empty(len(observed))
    p[order] = np.maximum.accumulate((exceed + 1) / (len(draws) + 1))
    return p
