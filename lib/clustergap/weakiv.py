"""Weak-instrument statistics for one endogenous regressor in a fixed-effects 2SLS.

One residualisation (Frisch-Waugh-Lovell) frees outcome ``y`` (n,), endogenous regressor ``x`` (n,)
and excluded instruments ``Z`` (n, K) of controls and fixed effects; each statistic is then a few
lines of linear algebra. Two counts of absorbed parameters are in use, and both are kept:

- standard errors are those of pyfixest and reghdfe, ``G/(G-1) * (N-1)/(N-k-a)``, where ``a`` leaves
  out fixed effects nested in the clusters but counts one constant;
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
import yaml
from pyfixest.estimation import demean, detect_singletons
from scipy import stats

DEMEAN_TOLERANCE = 1e-12  # alternating projections; far below the 1e-8 that the tests ask for
NO_VARIATION = 1e-8  # share of an instrument's norm that rounding may leave of an absorbed one
LEVEL = 0.95

_PUBLISHED = yaml.safe_load(
    Path(__file__).with_name("critical_values.yml").read_text(encoding="utf-8")
)
_TF_F, _TF_FACTOR = np.array(_PUBLISHED["tf"]).T


@dataclass(frozen=True)
class ConfidenceSet:
    """A union of intervals: what inverting a test can give.

    Attributes
    ----------
    intervals : tuple of (float, float)
        Disjoint, ascending; ends may be infinite.
    """

    intervals: tuple[tuple[float, float], ...]

    def __contains__(self, value: float) -> bool:
        return any(low <= value <= high for low, high in self.intervals)

    def __str__(self) -> str:
        pieces = [f"[{low:.3f}, {high:.3f}]" for low, high in self.intervals]
        return " ∪ ".join(pieces).replace("[-inf", "(-∞").replace("inf]", "∞)")


@dataclass(frozen=True)
class Residualised:
    """One regression's variables, freed of controls and fixed effects.

    Attributes
    ----------
    outcome, endogenous : ndarray, shape (n,)
    instruments : ndarray, shape (n, K)
    clusters : ndarray of int, shape (n,)
        Codes 0, ..., G-1.
    instrument_names : tuple of str, length K
    n_controls : int
        Rank of the residualised controls.
    n_absorbed, n_absorbed_stata : int
        Fixed-effect parameters as pyfixest counts them for clustered errors, and as ivreghdfe does
        for its F statistics (first-named effect nested in the clusters).
    """

    outcome: np.ndarray
    endogenous: np.ndarray
    instruments: np.ndarray
    clusters: np.ndarray
    instrument_names: tuple[str, ...]
    n_controls: int
    n_absorbed: int
    n_absorbed_stata: int

    @property
    def n_clusters(self) -> int:
        """Number of clusters, G."""
        return int(self.clusters.max()) + 1

    def small_sample(self, n_coefficients: int) -> float:
        """Factor of a clustered variance, G/(G-1) * (N-1)/(N-k-a): pyfixest's default.

        Parameters
        ----------
        n_coefficients
            k, of the regression on residualised variables.

        Returns
        -------
        float
            Above one.
        """
        df = len(self.outcome) - n_coefficients - self.n_controls - self.n_absorbed
        return self.n_clusters / (self.n_clusters - 1) * (len(self.outcome) - 1) / df


@dataclass(frozen=True)
class ReducedForms:
    """Regressions of x and of y on Z, with one joint variance.

    Attributes
    ----------
    first_stage, reduced_form : ndarray, shape (K,)
        Coefficients of x and of y.
    v_xx, v_xy, v_yy : ndarray, shape (K, K)
        Blocks of their variance.
    """

    first_stage: np.ndarray
    reduced_form: np.ndarray
    v_xx: np.ndarray
    v_xy: np.ndarray
    v_yy: np.ndarray


@dataclass(frozen=True)
class WeakIV:
    """Estimates and weak-instrument statistics of one 2SLS regression; see `weak_iv`.

    Attributes
    ----------
    data : Residualised
        What everything was computed from; `plausibly_exogenous` takes it.
    second_stage : Series
        estimate, se, t, p, lower, upper.
    first_stage, reduced_form : DataFrame
        The same, one row per instrument.
    partial_r2 : float
        See `partial_r2`.
    cragg_donald_f, kleibergen_paap_f : float
        As Stata prints them after ``cluster()`` (module docstring).
    kleibergen_paap_lm, kleibergen_paap_lm_p : float
        Underidentification test, as Stata prints it.
    effective_f : float
        See `effective_f`.
    anderson_rubin_f, anderson_rubin_p : float
        Test of a zero effect.
    anderson_rubin_set, tf_set : ConfidenceSet or None
        None with several instruments.
    """

    data: Residualised
    second_stage: pd.Series
    first_stage: pd.DataFrame
    reduced_form: pd.DataFrame
    partial_r2: float
    cragg_donald_f: float
    kleibergen_paap_f: float
    kleibergen_paap_lm: float
    kleibergen_paap_lm_p: float
    effective_f: float
    anderson_rubin_f: float
    anderson_rubin_p: float
    anderson_rubin_set: ConfidenceSet | None
    tf_set: ConfidenceSet | None


def weak_iv(
    panel: pd.DataFrame,
    outcome: str,
    endogenous: str,
    instruments: str | Sequence[str],
    controls: Sequence[str] = (),
    fixed_effects: Sequence[str] = ("county", "year"),
    cluster: str = "county",
) -> WeakIV:
    """Estimate a 2SLS regression with fixed effects and judge the strength of its instruments.

    Parameters
    ----------
    panel : DataFrame
        One row per observation. Rows with a missing value in a used column are left out, and so are
        observations alone in their fixed effect, as in pyfixest.
    outcome, endogenous, instruments, controls, fixed_effects, cluster : str or sequence of str
        Column names; at least one instrument and one fixed effect.

    Returns
    -------
    WeakIV
        Everything at once.

    Raises
    ------
    KeyError, ValueError
        As `residualise`.
    """
    data = residualise(panel, outcome, endogenous, instruments, controls, fixed_effects, cluster)
    forms = reduced_forms(data)
    second = two_stage_least_squares(data)
    names = pd.Index(data.instrument_names, name="instrument")
    first = _inference(data, forms.first_stage, forms.v_xx, names)
    lm, lm_p = kleibergen_paap_lm(data)
    ar_f, ar_p = anderson_rubin(data, forms, 0.0)
    tf = tf_set(second["estimate"], second["se"], first["t"].iloc[0] ** 2)
    single = len(names) == 1
    return WeakIV(
        data=data,
        second_stage=second,
        first_stage=first,
        reduced_form=_inference(data, forms.reduced_form, forms.v_yy, names),
        partial_r2=partial_r2(data),
        cragg_donald_f=cragg_donald_f(data),
        kleibergen_paap_f=kleibergen_paap_f(data, forms),
        kleibergen_paap_lm=lm,
        kleibergen_paap_lm_p=lm_p,
        effective_f=effective_f(data, forms),
        anderson_rubin_f=ar_f,
        anderson_rubin_p=ar_p,
        anderson_rubin_set=anderson_rubin_set(data, forms) if single else None,
        tf_set=tf if single else None,
    )


def residualise(
    panel: pd.DataFrame,
    outcome: str,
    endogenous: str,
    instruments: str | Sequence[str],
    controls: Sequence[str] = (),
    fixed_effects: Sequence[str] = ("county", "year"),
    cluster: str = "county",
) -> Residualised:
    """Partial controls and fixed effects out of y, x and Z (Frisch-Waugh-Lovell).

    Parameters
    ----------
    panel, outcome, endogenous, instruments, controls, fixed_effects, cluster
        As `weak_iv`.

    Returns
    -------
    Residualised
        What is left of y, x and Z.

    Raises
    ------
    KeyError
        A named column is missing from the panel.
    ValueError
        The within-transformation did not converge, or the instruments have no variation of their
        own beside controls and fixed effects.
    """
    instruments = [instruments] if isinstance(instruments, str) else list(instruments)
    names = [outcome, endogenous, *instruments, *controls]
    rows = panel[list(dict.fromkeys([*names, *fixed_effects, cluster]))].dropna()
    rows = rows[~detect_singletons(_codes(rows, fixed_effects))]
    effects, raw = _codes(rows, fixed_effects), rows[names].to_numpy(float)
    within, converged = demean(raw, effects.astype(np.uint64), np.ones(len(raw)), DEMEAN_TOLERANCE)
    if not converged:
        raise ValueError(f"within-transformation over {list(fixed_effects)} did not converge")
    first_control = 2 + len(instruments)
    values, within_controls = within[:, :first_control], within[:, first_control:]
    fitted, _, rank, _ = np.linalg.lstsq(within_controls, values)
    values = values - within_controls @ fitted
    lengths = np.linalg.norm(raw[:, 2:first_control], axis=0)
    shares = values[:, 2:] / np.where(lengths > 0, lengths, 1)
    if np.linalg.matrix_rank(shares, tol=NO_VARIATION) < len(instruments):
        raise ValueError(
            f"instruments {instruments} have no variation of their own beside controls "
            f"{list(controls)} and fixed effects {list(fixed_effects)}: a constant instrument must "
            "be interacted with time, a redundant one must go"
        )
    clusters = _codes(rows, [cluster])[:, 0]
    counts = _absorbed_parameters(effects, clusters)
    return Residualised(
        values[:, 0], values[:, 1], values[:, 2:], clusters, tuple(instruments), int(rank), *counts
    )


def _codes(rows: pd.DataFrame, columns: Sequence[str]) -> np.ndarray:
    """Columns as integer codes, shape (n, len(columns))."""
    return np.column_stack([pd.factorize(rows[c])[0] for c in columns])


def _absorbed_parameters(effects: np.ndarray, clusters: np.ndarray) -> tuple[int, int]:
    """Fixed-effect parameters as counted by pyfixest and by ivreghdfe."""
    levels = effects.max(axis=0) + 1
    by_cluster = pd.Series(clusters).groupby
    nested = np.array([(by_cluster(e).nunique() == 1).all() for e in effects.T])
    # one level of each further effect, and all but one of a nested effect, cost nothing
    counted = int(levels.sum()) - (len(levels) - 1) - int((levels[nested] - 1).sum())
    return counted, max(1, counted - bool(nested.any()))


def _cluster_sums(scores: np.ndarray, clusters: np.ndarray) -> np.ndarray:
    """Sum scores (n, p) within clusters, shape (G, p)."""
    sums = np.zeros((clusters.max() + 1, scores.shape[1]))
    np.add.at(sums, clusters, scores)
    return sums


def reduced_forms(data: Residualised) -> ReducedForms:
    """Regress x and y on Z with a variance clustered jointly (Liang and Zeger, 1986).

    Parameters
    ----------
    data
        From `residualise`.

    Returns
    -------
    ReducedForms
        Coefficients and variance.
    """
    z, k = data.instruments, data.instruments.shape[1]
    targets = np.column_stack([data.endogenous, data.outcome])
    bread = np.linalg.inv(z.T @ z)
    coefficients = bread @ z.T @ targets
    residuals = targets - z @ coefficients
    scores = np.hstack([(z * u[:, None]) @ bread for u in residuals.T])
    sums = _cluster_sums(scores, data.clusters)
    v = data.small_sample(k) * sums.T @ sums
    return ReducedForms(coefficients[:, 0], coefficients[:, 1], v[:k, :k], v[:k, k:], v[k:, k:])


def two_stage_least_squares(data: Residualised) -> pd.Series:
    """2SLS with clustered standard error and t(G-1) inference, as pyfixest and ivreghdfe.

    Parameters
    ----------
    data
        From `residualise`.

    Returns
    -------
    Series
        estimate, se, t, p, lower, upper.
    """
    z = data.instruments
    projected = z @ np.linalg.lstsq(z, data.endogenous)[0]
    beta = projected @ data.outcome / (projected @ data.endogenous)
    residuals = data.outcome - beta * data.endogenous
    sums = _cluster_sums((projected * residuals)[:, None], data.clusters)
    variance = data.small_sample(1) * (sums**2).sum() / (projected @ projected) ** 2
    return _inference(data, np.array([beta]), np.array([[variance]])).iloc[0].rename("second_stage")


def _inference(
    data: Residualised, estimates: np.ndarray, variance: np.ndarray, index: pd.Index | None = None
) -> pd.DataFrame:
    """Estimate, se, t, p, lower, upper with t(G-1)."""
    df = data.n_clusters - 1
    se = np.sqrt(np.diag(variance))
    t = estimates / se
    reach = stats.t.ppf((1 + LEVEL) / 2, df) * se
    columns = {
        "estimate": estimates,
        "se": se,
        "t": t,
        "p": 2 * stats.t.sf(np.abs(t), df),
        "lower": estimates - reach,
        "upper": estimates + reach,
    }
    return pd.DataFrame(columns, index=index)


def _explained(data: Residualised) -> float:
    """Sum of squares of x that Z explains."""
    zx = data.instruments.T @ data.endogenous
    return float(zx @ np.linalg.solve(data.instruments.T @ data.instruments, zx))


def partial_r2(data: Residualised) -> float:
    """Shea (1997): with one endogenous regressor, the R-squared of x on Z, both residualised.

    Parameters
    ----------
    data
        From `residualise`.

    Returns
    -------
    float
        In [0, 1].
    """
    return _explained(data) / float(data.endogenous @ data.endogenous)


def cragg_donald_f(data: Residualised) -> float:
    """Cragg and Donald (1993) for one regressor: the first stage's F under homoskedasticity.

    ``R2/(1-R2) * (N - L - a)/K`` with partial R2, L instruments and controls, a absorbed parameters
    as ivreghdfe counts them (ivreg2: ``cdf = cd*(N-sdofminus-iv_ct)/exex_ct``).

    Parameters
    ----------
    data
        From `residualise`.

    Returns
    -------
    float
        The statistic.
    """
    r2, k = partial_r2(data), data.instruments.shape[1]
    df = len(data.outcome) - k - data.n_controls - data.n_absorbed_stata
    return r2 / (1 - r2) * df / k


def kleibergen_paap_f(data: Residualised, forms: ReducedForms) -> float:
    """Cluster-robust rk Wald F of rank zero (Kleibergen and Paap, 2006) in ivreg2's form.

    With one endogenous regressor the rk statistic is the Wald statistic of the first stage;
    ivreg2 prints ``chi2/(N-1) * (N-L-a) * (G-1)/G / K`` with a chi2 free of any correction.

    Parameters
    ----------
    data, forms
        From `residualise` and `reduced_forms`.

    Returns
    -------
    float
        The statistic.
    """
    k = data.instruments.shape[1]
    wald = float(forms.first_stage @ np.linalg.solve(forms.v_xx, forms.first_stage))
    df = len(data.outcome) - k - data.n_controls
    return wald / k * (df - data.n_absorbed_stata) / (df - data.n_absorbed)


def kleibergen_paap_lm(data: Residualised) -> tuple[float, float]:
    """Cluster-robust rk LM statistic of rank zero and its chi-squared(K) p-value.

    Kleibergen and Paap (2006) with the variance under the null, under which x itself is the
    first-stage residual; no small-sample factor, as in ivreg2 after ``cluster()``.

    Parameters
    ----------
    data
        From `residualise`.

    Returns
    -------
    tuple of float
        Statistic and p-value.
    """
    sums = _cluster_sums(data.instruments * data.endogenous[:, None], data.clusters)
    score = sums.sum(axis=0)
    statistic = float(score @ np.linalg.solve(sums.T @ sums, score))
    return statistic, float(stats.chi2.sf(statistic, data.instruments.shape[1]))


def effective_f(data: Residualised, forms: ReducedForms) -> float:
    """Effective F of Montiel Olea and Pflueger (2013): x'P_z x over the trace of its noise.

    Equals the first stage's t squared with one instrument.

    Parameters
    ----------
    data, forms
        From `residualise` and `reduced_forms`.

    Returns
    -------
    float
        The statistic.
    """
    noise = np.trace(data.instruments.T @ data.instruments @ forms.v_xx)
    return _explained(data) / float(noise)


def anderson_rubin(data: Residualised, forms: ReducedForms, effect: float) -> tuple[float, float]:
    """Anderson and Rubin (1949) test of one value of the effect: F(K, G-1) statistic and p-value.

    Regresses y - effect * x on Z and tests that all coefficients vanish, clustered. Its size does
    not depend on the strength of the instruments.

    Parameters
    ----------
    data, forms
        From `residualise` and `reduced_forms`.
    effect
        The value to test.

    Returns
    -------
    tuple of float
        F statistic and p-value.
    """
    k = data.instruments.shape[1]
    difference = forms.reduced_form - effect * forms.first_stage
    variance = forms.v_yy - effect * (forms.v_xy + forms.v_xy.T) + effect**2 * forms.v_xx
    f = float(difference @ np.linalg.solve(variance, difference)) / k
    return f, float(stats.f.sf(f, k, data.n_clusters - 1))


def anderson_rubin_set(data: Residualised, forms: ReducedForms) -> ConfidenceSet:
    """All effects that the Anderson-Rubin test accepts, in closed form for one instrument.

    The test accepts where a quadratic in the effect is not positive: an interval if the first stage
    is significant at 5%, else two rays or the whole line (Dufour and Taamouti, 2005).

    Parameters
    ----------
    data, forms
        From `residualise` and `reduced_forms`.

    Returns
    -------
    ConfidenceSet
        One interval, two rays or the line.

    Raises
    ------
    ValueError
        More than one instrument.
    """
    if data.instruments.shape[1] != 1:
        raise ValueError(f"closed form needs one instrument, got {list(data.instrument_names)}")
    critical = stats.f.ppf(LEVEL, 1, data.n_clusters - 1)
    pi, rho = forms.first_stage[0], forms.reduced_form[0]
    return _where_not_positive(
        pi**2 - critical * forms.v_xx[0, 0],
        -2 * (pi * rho - critical * forms.v_xy[0, 0]),
        rho**2 - critical * forms.v_yy[0, 0],
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

    Parameters
    ----------
    first_stage_f
        t squared of the instrument.

    Returns
    -------
    float
        At least one.
    """
    if first_stage_f < _TF_F[0]:
        return np.inf
    return float(np.interp(first_stage_f, _TF_F, _TF_FACTOR))


def tf_set(estimate: float, se: float, first_stage_f: float) -> ConfidenceSet:
    """95% tF confidence set for one instrument; all arguments from the same clustered variance.

    Parameters
    ----------
    estimate, se
        Of 2SLS.
    first_stage_f
        t squared of the instrument.

    Returns
    -------
    ConfidenceSet
        One interval, the whole line below F = 4.
    """
    reach = stats.norm.ppf((1 + LEVEL) / 2) * tf_factor(first_stage_f) * se
    return ConfidenceSet(((float(estimate - reach), float(estimate + reach)),))


def stock_yogo_critical_values(n_instruments: int) -> pd.Series:
    """Critical values of the Cragg-Donald F by largest size of the 5% Wald test.

    Stock and Yogo (2005), Table 5.2. They suppose homoskedastic, independent errors: beside a
    clustered F they are a convention, not a test.

    Parameters
    ----------
    n_instruments
        One to ten.

    Returns
    -------
    Series
        By largest size.

    Raises
    ------
    ValueError
        More instruments than the ten that are kept here.
    """
    published = _PUBLISHED["stock_yogo"]
    if n_instruments not in published:
        raise ValueError(
            f"critical values kept for 1-{len(published)} instruments: {n_instruments}"
        )
    values = pd.Series(published[n_instruments], name="critical_value")
    return values.rename_axis("largest_size")


def plausibly_exogenous(data: Residualised, direct_effects: Iterable[float]) -> pd.DataFrame:
    """2SLS when the instrument itself may move the outcome (Conley, Hansen and Rossi, 2012).

    Their union of confidence intervals: for each direct effect gamma of the instrument, 2SLS of
    y - gamma*z; from the least ``lower`` to the greatest ``upper`` the union covers at the
    95% level if gamma lies in the grid.

    Parameters
    ----------
    data
        From `residualise`, with one instrument.
    direct_effects
        Grid of gamma.

    Returns
    -------
    DataFrame
        One row per gamma: direct_effect, estimate, se, t, p, lower, upper.

    Raises
    ------
    ValueError
        More than one instrument.
    """
    if data.instruments.shape[1] != 1:
        raise ValueError(f"needs one instrument, got {list(data.instrument_names)}")
    (instrument,) = data.instruments.T
    fits = {
        float(gamma): two_stage_least_squares(
            replace(data, outcome=data.outcome - gamma * instrument)
        )
        for gamma in direct_effects
    }
    return pd.DataFrame(fits).T.rename_axis("direct_effect").reset_index()
