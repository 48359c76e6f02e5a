"""Weak-instrument statistics for one endogenous regressor and one instrument, with fixed effects.

One residualisation (Frisch-Waugh-Lovell) frees outcome ``y``, endogenous regressor ``x`` and
excluded instrument ``z``, each (n,), of controls and fixed effects; each statistic is then a few
lines of arithmetic. Two counts of absorbed parameters are in use, and both are kept:

- standard errors are those of pyfixest and reghdfe, ``G/(G-1) * (N-1)/(N-L-a)`` with L for x and
  the controls, where ``a`` leaves out fixed effects nested in the clusters but counts one constant;
- Cragg-Donald and Kleibergen-Paap F are those that Stata's ivreg2, xtivreg2 and ivreghdfe print
  after ``cluster()``: ``a`` without that constant. That Cragg-Donald F does not pay for nested
  county effects, as the textbook first-stage F does.

Intervals and sets are at the 95% level throughout.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

from paneldid.checks import check_columns
from paneldid.partialling import absorb, absorbed_parameters, cluster_sums, small_sample_factor

DEMEAN_TOLERANCE = 1e-12  # alternating projections; far below the 1e-8 that the tests ask for
NO_VARIATION = 1e-8  # share of a variable's norm that rounding may leave of an absorbed one
LEVEL = 0.95

# Stock and Yogo (2005), Table 5.2, one instrument: 5% critical value of the Cragg-Donald F above
# which the size of the 5% Wald test is below 10%. It supposes homoskedastic, independent errors.
STOCK_YOGO_10 = 16.38
_TF_F, _TF_FACTOR = np.loadtxt(Path(__file__).with_name("tf_factor.csv"), delimiter=",").T
TF_BOUND = float(_TF_F[-1])
"""First-stage F from which on the tF interval is the usual one."""


@dataclass(frozen=True)
class ConfidenceSet:
    """A union of intervals, disjoint and ascending, with ends that may be infinite."""

    intervals: tuple[tuple[float, float], ...]

    def __contains__(self, value: float) -> bool:
        return any(low <= value <= high for low, high in self.intervals)

    def __str__(self) -> str:
        pieces = [f"[{low:.3f}, {high:.3f}]" for low, high in self.intervals]
        return " ∪ ".join(pieces).replace("[-inf", "(-∞").replace("inf]", "∞)")


@dataclass(frozen=True)
class Residualised:
    """One regression's variables, freed of controls and fixed effects."""

    outcome: np.ndarray  # (n,)
    endogenous: np.ndarray  # (n,)
    instrument: np.ndarray  # (n,)
    clusters: np.ndarray  # (n,) codes 0, ..., G-1
    n_controls: int  # rank of the residualised controls
    n_absorbed: int  # fixed-effect parameters as pyfixest counts them for clustered errors
    n_absorbed_stata: int  # and as ivreghdfe does for its F statistics

    @property
    def n_clusters(self) -> int:
        """Number of clusters, G."""
        return int(self.clusters.max()) + 1

    def df(self, n_absorbed: int) -> int:
        """N - L - a: one coefficient, the controls and so many fixed effects are estimated."""
        return len(self.outcome) - 1 - self.n_controls - n_absorbed

    @property
    def small_sample(self) -> float:
        """Factor of a clustered variance, G/(G-1) * (N-1)/(N-L-a), pyfixest's default."""
        parameters = 1 + self.n_controls + self.n_absorbed
        return small_sample_factor(len(self.outcome), self.n_clusters, parameters)


@dataclass(frozen=True)
class ReducedForms:
    """Coefficients of x and of y on z, their variances and covariance."""

    first_stage: float
    reduced_form: float
    v_xx: float
    v_xy: float
    v_yy: float


@dataclass(frozen=True)
class WeakIV:
    """Estimates and weak-instrument statistics of one 2SLS regression; see `weak_iv`.

    The stages and the reduced form hold estimate, se, t, p, lower, upper; each statistic is
    described at the function of its name.
    """

    data: Residualised
    second_stage: pd.Series
    first_stage: pd.Series
    reduced_form: pd.Series
    partial_r2: float
    cragg_donald_f: float
    kleibergen_paap_f: float
    kleibergen_paap_lm: float
    kleibergen_paap_lm_p: float
    effective_f: float
    anderson_rubin_f: float
    anderson_rubin_p: float
    anderson_rubin_set: ConfidenceSet
    tf_set: ConfidenceSet


def weak_iv(
    panel: pd.DataFrame,
    outcome: str,
    endogenous: str,
    instrument: str,
    controls: Sequence[str] = (),
    fixed_effects: Sequence[str] = ("county", "year"),
    cluster: str = "county",
) -> WeakIV:
    """Estimate a 2SLS regression with fixed effects and judge the strength of its instrument.

    Rows with a missing value in a used column are left out, and so are observations alone in their
    fixed effect, as in pyfixest; there is at least one fixed effect. Raises as `residualise`.
    """
    data = residualise(panel, outcome, endogenous, instrument, controls, fixed_effects, cluster)
    forms = reduced_forms(data)
    second = two_stage_least_squares(data)
    first = _inference(data, forms.first_stage, forms.v_xx)
    lm, lm_p = kleibergen_paap_lm(data)
    ar_f, ar_p = anderson_rubin(data, forms, 0.0)
    return WeakIV(
        data=data,
        second_stage=second,
        first_stage=first,
        reduced_form=_inference(data, forms.reduced_form, forms.v_yy),
        partial_r2=partial_r2(data),
        cragg_donald_f=cragg_donald_f(data),
        kleibergen_paap_f=kleibergen_paap_f(data, forms),
        kleibergen_paap_lm=lm,
        kleibergen_paap_lm_p=lm_p,
        effective_f=effective_f(data, forms),
        anderson_rubin_f=ar_f,
        anderson_rubin_p=ar_p,
        anderson_rubin_set=anderson_rubin_set(data, forms),
        tf_set=tf_set(second["estimate"], second["se"], first["t"] ** 2),
    )


def residualise(
    panel: pd.DataFrame,
    outcome: str,
    endogenous: str,
    instrument: str,
    controls: Sequence[str] = (),
    fixed_effects: Sequence[str] = ("county", "year"),
    cluster: str = "county",
) -> Residualised:
    """Partial controls and fixed effects out of y, x and z (Frisch-Waugh-Lovell).

    A missing column, x or z without variation of its own, or projections that do not converge are
    a ValueError.
    """
    names = [outcome, endogenous, instrument, *controls]
    used = [part for effect in fixed_effects for part in effect.split("^")]
    check_columns(panel, [*names, *used, cluster], names)
    rows = panel[list(dict.fromkeys([*names, *fixed_effects, cluster]))].dropna()
    rows, within, effects = absorb(rows, names, fixed_effects, DEMEAN_TOLERANCE)
    values, within_controls = within[:, :3], within[:, 3:]
    fitted, _, rank, _ = np.linalg.lstsq(within_controls, values)
    y, x, z = (values - within_controls @ fitted).T
    for role, name, left in (("endogenous variable", endogenous, x), ("instrument", instrument, z)):
        if np.linalg.norm(left) <= NO_VARIATION * np.linalg.norm(rows[name]):
            raise ValueError(
                f"{role} {name!r} has no variation of its own beside controls {list(controls)} "
                f"and fixed effects {list(fixed_effects)}: a constant one must be interacted with "
                "time, a redundant one must go"
            )
    clusters = pd.factorize(rows[cluster])[0]
    counts = absorbed_parameters(effects, clusters)
    return Residualised(y, x, z, clusters, int(rank), *counts)


def reduced_forms(data: Residualised) -> ReducedForms:
    """Regress x and y on z with a variance clustered jointly (Liang and Zeger, 1986)."""
    z = data.instrument[:, None]
    targets = np.column_stack([data.endogenous, data.outcome])
    bread = np.linalg.inv(z.T @ z)
    coefficients = bread @ z.T @ targets
    sums = cluster_sums((targets - z @ coefficients) * z * bread, data.clusters)
    (v_xx, v_xy), (_, v_yy) = data.small_sample * sums.T @ sums
    first_stage, reduced_form = coefficients[0]
    return ReducedForms(first_stage, reduced_form, v_xx, v_xy, v_yy)


def two_stage_least_squares(data: Residualised) -> pd.Series:
    """2SLS with clustered standard error and t(G-1) inference, as pyfixest and ivreghdfe."""
    z = data.instrument[:, None]
    projected = z @ np.linalg.lstsq(z, data.endogenous)[0]
    beta = projected @ data.outcome / (projected @ data.endogenous)
    residuals = data.outcome - beta * data.endogenous
    sums = cluster_sums((projected * residuals)[:, None], data.clusters)
    variance = data.small_sample * (sums**2).sum() / (projected @ projected) ** 2
    return _inference(data, beta, variance)


def _inference(data: Residualised, estimate: float, variance: float) -> pd.Series:
    """Estimate, se, t, p, lower, upper with t(G-1)."""
    df, se = data.n_clusters - 1, np.sqrt(variance)
    reach = stats.t.ppf((1 + LEVEL) / 2, df) * se
    return pd.Series({
        "estimate": estimate,
        "se": se,
        "t": estimate / se,
        "p": 2 * stats.t.sf(abs(estimate / se), df),
        "lower": estimate - reach,
        "upper": estimate + reach,
    })  # fmt: skip


def _explained(data: Residualised) -> float:
    """Sum of squares of x that z explains."""
    zx = data.instrument @ data.endogenous
    return float(zx * (zx / (data.instrument @ data.instrument)))


def partial_r2(data: Residualised) -> float:
    """Shea (1997): with one endogenous regressor, the R-squared of x on z, both residualised."""
    return _explained(data) / float(data.endogenous @ data.endogenous)


def cragg_donald_f(data: Residualised) -> float:
    """Cragg and Donald (1993) for one regressor: the first stage's F under homoskedasticity.

    ``R2/(1-R2) * (N - L - a)`` with partial R2, L of instrument and controls, a absorbed parameters
    as ivreghdfe counts them (ivreg2: ``cdf = cd*(N-sdofminus-iv_ct)/exex_ct``).
    """
    r2 = partial_r2(data)
    return r2 / (1 - r2) * data.df(data.n_absorbed_stata)


def kleibergen_paap_f(data: Residualised, forms: ReducedForms) -> float:
    """Cluster-robust rk Wald F of rank zero (Kleibergen and Paap, 2006) in ivreg2's form.

    With one endogenous regressor the rk statistic is the Wald statistic of the first stage;
    ivreg2 prints ``chi2/(N-1) * (N-L-a) * (G-1)/G`` with a chi2 free of any correction.
    """
    wald = float(forms.first_stage**2 / forms.v_xx)
    return wald * data.df(data.n_absorbed_stata) / data.df(data.n_absorbed)


def kleibergen_paap_lm(data: Residualised) -> tuple[float, float]:
    """Cluster-robust rk LM statistic of rank zero and its chi-squared(1) p-value.

    Kleibergen and Paap (2006) with the variance under the null, under which x itself is the
    first-stage residual; no small-sample factor, as in ivreg2 after ``cluster()``.
    """
    sums = cluster_sums((data.instrument * data.endogenous)[:, None], data.clusters)[:, 0]
    statistic = float(sums.sum() ** 2 / (sums @ sums))
    return statistic, float(stats.chi2.sf(statistic, 1))


def effective_f(data: Residualised, forms: ReducedForms) -> float:
    """Effective F of Montiel Olea and Pflueger (2013): x'P_z x over the trace of its noise.

    With one instrument it equals the first stage's t squared.
    """
    return _explained(data) / float(data.instrument @ data.instrument * forms.v_xx)


def anderson_rubin(data: Residualised, forms: ReducedForms, effect: float) -> tuple[float, float]:
    """Anderson and Rubin (1949) test of one value of the effect: F(1, G-1) statistic and p-value.

    Regresses y - effect * x on z and tests that the coefficient vanishes, clustered. Its size does
    not depend on the strength of the instrument.
    """
    difference = forms.reduced_form - effect * forms.first_stage
    variance = forms.v_yy - 2 * effect * forms.v_xy + effect**2 * forms.v_xx
    f = float(difference**2 / variance)
    return f, float(stats.f.sf(f, 1, data.n_clusters - 1))


def anderson_rubin_set(data: Residualised, forms: ReducedForms) -> ConfidenceSet:
    """All effects that the Anderson-Rubin test accepts, in closed form.

    The test accepts where a quadratic in the effect is not positive: an interval if the first stage
    is significant at 5%, else two rays or the whole line (Dufour and Taamouti, 2005).
    """
    return _set_of(forms, data.n_clusters)


def _set_of(forms: ReducedForms, clusters: int) -> ConfidenceSet:
    critical = stats.f.ppf(LEVEL, 1, clusters - 1)
    pi, rho = forms.first_stage, forms.reduced_form
    return _where_not_positive(
        pi**2 - critical * forms.v_xx,
        -2 * (pi * rho - critical * forms.v_xy),
        rho**2 - critical * forms.v_yy,
    )


def _where_not_positive(a: float, b: float, c: float) -> ConfidenceSet:
    """Solve a*v**2 + b*v + c <= 0, a not zero, where some v is known to solve it: 2SLS does."""
    discriminant = b**2 - 4 * a * c
    if a < 0 and discriminant < 0:
        return ConfidenceSet(((-np.inf, np.inf),))
    root = np.sqrt(max(discriminant, 0.0))
    low, high = sorted((-b + sign * root) / (2 * a) for sign in (-1, 1))
    return ConfidenceSet(((low, high),) if a > 0 else ((-np.inf, low), (high, np.inf)))


def tf_factor(first_stage_f: float) -> float:
    """Standard-error inflation of the 5% tF test (Lee, McCrary, Moreira and Porter, 2022, Table 3).

    Linear between the published points, which errs on the safe side, as the function is convex;
    infinite below F = 4, where the published table ends; one from F = 104.67 on.
    """
    if first_stage_f < _TF_F[0]:
        return np.inf
    return float(np.interp(first_stage_f, _TF_F, _TF_FACTOR))


def tf_set(estimate: float, se: float, first_stage_f: float) -> ConfidenceSet:
    """95% tF confidence set; all arguments from the same clustered variance."""
    reach = stats.norm.ppf((1 + LEVEL) / 2) * tf_factor(first_stage_f) * se
    return ConfidenceSet(((float(estimate - reach), float(estimate + reach)),))


def plausibly_exogenous(data: Residualised, direct_effects: Iterable[float]) -> pd.DataFrame:
    """2SLS when the instrument itself may move the outcome (Conley, Hansen and Rossi, 2012).

    Their union of confidence intervals: for each direct effect gamma of the instrument, 2SLS of
    y - gamma*z; from the least ``lower`` to the greatest ``upper`` the union covers at the
    95% level if gamma lies in the grid.

    One row per gamma: direct_effect, estimate, se, t, p, lower, upper.
    """
    fits = {
        float(gamma): two_stage_least_squares(
            replace(data, outcome=data.outcome - gamma * data.instrument)
        )
        for gamma in direct_effects
    }
    return pd.DataFrame(fits).T.rename_axis("direct_effect").reset_index()


def anderson_rubin_from_print(
    estimate: float, se: float, first_stage_f: float, clusters: int, correlation: float
) -> tuple[float, ConfidenceSet]:
    """T of the reduced form and the Anderson-Rubin set that printed numbers leave possible.

    2SLS estimate and error and the first-stage F (t squared), all from one clustered variance, fix
    the reduced forms but for one number: the ``correlation`` of the first-stage error with that of
    the reduced form at the estimate. From −1 to 1 it runs through everything that can be true.
    """
    if not (se > 0 and first_stage_f > 0 and abs(correlation) <= 1):
        raise ValueError(f"se {se}, F {first_stage_f}, correlation {correlation}: cannot be")
    v_xx, at_estimate = 1 / first_stage_f, correlation * se / np.sqrt(first_stage_f)
    v_xy = at_estimate + estimate * v_xx  # in units of the first stage, whose coefficient is one
    v_yy = se**2 + 2 * estimate * at_estimate + estimate**2 * v_xx
    forms = ReducedForms(1.0, estimate, v_xx, v_xy, v_yy)
    return float(estimate / np.sqrt(v_yy)), _set_of(forms, clusters)


def wald_rejection(concentration: float, correlation: float, level: float = 0.05) -> float:
    """Rate at which the usual t test of 2SLS rejects the truth, with one instrument.

    Stock and Yogo (2005); Angrist and Kolesár (2024): ``concentration`` is the first stage's F in
    expectation less one, ``correlation`` that of the errors of first stage and outcome.
    """
    if not abs(correlation) < 1 or concentration < 0:
        raise ValueError(f"correlation {correlation}, concentration {concentration}: cannot be")
    critical = stats.chi2.isf(level, 1)
    error = np.linspace(-9, 9, 20_001)  # of the first stage; its rejection rate has jumps
    weight = stats.norm.pdf(error)
    first = np.sqrt(concentration) + error + 1e-12  # never exactly zero
    a, b = 1 - critical / first**2, critical * correlation / first
    root = np.sqrt(np.maximum(b**2 + a * critical, 0))  # of a u² + 2bu − critical, u the outcome's
    low, high = np.sort([(-b - root) / a, (-b + root) / a], axis=0)
    spread = np.sqrt(1 - correlation**2)
    below, above = (stats.norm.cdf((u - correlation * error) / spread) for u in (low, high))
    none = b**2 + a * critical < 0  # then a < 0, and no u rejects
    rejected = np.where(a > 0, 1 - (above - below), np.where(none, 0.0, above - below))
    return float(rejected @ weight / weight.sum())
