"""Weak-instrument statistics for one endogenous regressor in a fixed-effects 2SLS.

One residualisation (Frisch-Waugh-Lovell) frees outcome ``y`` (n,), endogenous regressor ``x`` (n,)
and excluded instruments ``Z`` (n, K) of controls and fixed effects; each statistic is then a few
lines of linear algebra. Two counts of absorbed parameters are in use, and both are kept:

- standard errors are those of pyfixest and reghdfe, ``G/(G-1) * (N-1)/(N-k-a)``, where ``a`` leaves
  out fixed effects nested in the clusters but counts one constant;
- Cragg-Donald and Kleibergen-Paap F are those that Stata's ivreg2, xtivreg2 and ivreghdfe print
  after ``cluster()``: ``a`` without that constant. That Cragg-Donald F does not pay for nested
  county effects; ``homoskedastic_f``, the textbook first-stage F, does.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy import stats

from clustergap.within import absorb, absorbed_parameters, small_sample_factor

DEMEAN_TOLERANCE = 1e-12  # alternating projections; far below the 1e-8 that the tests ask for
NO_VARIATION = 1e-8  # share of an instrument's norm that rounding may leave of an absorbed one

# Stock and Yogo (2005), Table 5.2: 5% critical values of the Cragg-Donald F for TSLS with one
# endogenous regressor. Rows: 1, ..., 10 instruments; columns: largest size of the 5% Wald test.
STOCK_YOGO_SIZES = (0.10, 0.15, 0.20, 0.25)
_STOCK_YOGO = np.array(
    """16.38 8.96 6.66 5.53  19.93 11.59 8.75 7.25  22.30 12.83 9.54 7.80  24.58 13.96 10.26 8.31
    26.87 15.09 10.98 8.84  29.18 16.23 11.72 9.38  31.50 17.38 12.48 9.93  33.84 18.54 13.24 10.50
    36.19 19.71 14.01 11.07  38.54 20.88 14.78 11.65""".split(),
    dtype=float,
).reshape(10, 4)

# Lee, McCrary, Moreira and Porter (2022), Table 3, panel A: first-stage F, and the factor by which
# the 2SLS standard error is inflated so that 1.96 of them either way give a 5% test.
_TF_F = np.array(
    """4.000 4.008 4.015 4.023 4.031 4.040 4.049 4.059 4.068 4.079 4.090 4.101 4.113 4.125 4.138
    4.151 4.166 4.180 4.196 4.212 4.229 4.247 4.265 4.285 4.305 4.326 4.349 4.372 4.396 4.422 4.449
    4.477 4.507 4.538 4.570 4.604 4.640 4.678 4.717 4.759 4.803 4.849 4.897 4.948 5.002 5.059 5.119
    5.182 5.248 5.319 5.393 5.472 5.556 5.644 5.738 5.838 5.944 6.056 6.176 6.304 6.440 6.585 6.741
    6.907 7.085 7.276 7.482 7.702 7.940 8.196 8.473 8.773 9.098 9.451 9.835 10.253 10.711 11.214
    11.766 12.374 13.048 13.796 14.631 15.566 16.618 17.810 19.167 20.721 22.516 24.605 27.058
    29.967 33.457 37.699 42.930 49.495 57.902 68.930 83.823 104.67""".split(),
    dtype=float,
)
_TF_FACTOR = np.array(
    """9.519 9.305 9.095 8.891 8.691 8.495 8.304 8.117 7.934 7.756 7.581 7.411 7.244 7.081 6.922
    6.766 6.614 6.465 6.319 6.177 6.038 5.902 5.770 5.640 5.513 5.389 5.268 5.149 5.033 4.920 4.809
    4.701 4.595 4.492 4.391 4.292 4.195 4.101 4.009 3.919 3.830 3.744 3.660 3.578 3.497 3.418 3.341
    3.266 3.193 3.121 3.051 2.982 2.915 2.849 2.785 2.723 2.661 2.602 2.543 2.486 2.430 2.375 2.322
    2.270 2.218 2.169 2.120 2.072 2.025 1.980 1.935 1.892 1.849 1.808 1.767 1.727 1.688 1.650 1.613
    1.577 1.542 1.507 1.473 1.440 1.407 1.376 1.345 1.315 1.285 1.256 1.228 1.200 1.173 1.147 1.121
    1.096 1.071 1.047 1.024 1.000""".split(),
    dtype=float,
)


@dataclass(frozen=True)
class ConfidenceSet:
    """A union of intervals: what inverting a test can give.

    Attributes
    ----------
    intervals : tuple of (float, float)
        Disjoint, ascending; ends may be infinite. Empty tuple: no value is accepted.
    level : float
        Confidence level.
    """

    intervals: tuple[tuple[float, float], ...]
    level: float

    def __contains__(self, value: float) -> bool:
        return any(low <= value <= high for low, high in self.intervals)

    def __str__(self) -> str:
        pieces = [f"[{low:.3f}, {high:.3f}]" for low, high in self.intervals]
        return " ∪ ".join(pieces).replace("[-inf", "(-∞").replace("inf]", "∞)") or "empty set"


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
    n_absorbed, n_absorbed_stata, n_absorbed_all : int
        Fixed-effect parameters as pyfixest counts them for clustered errors, as ivreghdfe does for
        its F statistics (first-named effect nested in the clusters), and in full.
    """

    outcome: np.ndarray
    endogenous: np.ndarray
    instruments: np.ndarray
    clusters: np.ndarray
    instrument_names: tuple[str, ...]
    n_controls: int
    n_absorbed: int
    n_absorbed_stata: int
    n_absorbed_all: int

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
        parameters = n_coefficients + self.n_controls + self.n_absorbed
        return small_sample_factor(len(self.outcome), self.n_clusters, parameters)


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
    n, n_clusters : int
    second_stage : Series
        estimate, se, t, p, lower, upper.
    first_stage, reduced_form : DataFrame
        The same, one row per instrument.
    cragg_donald_f, kleibergen_paap_f : float
        As Stata prints them after ``cluster()`` (module docstring).
    homoskedastic_f : float
        The textbook first-stage F, every fixed effect counted.
    kleibergen_paap_lm, kleibergen_paap_lm_p : float
        Underidentification test, as Stata prints it.
    anderson_rubin_f, anderson_rubin_p : float
        Test of a zero effect.
    anderson_rubin_set, tf_set : ConfidenceSet or None
        None with several instruments.
    stock_yogo : Series
        Critical values of the Cragg-Donald F by largest size of the 5% Wald test.
    partial_r2 : float
        See `partial_r2`.
    effective_f : float
        See `effective_f`.
    """

    data: Residualised
    n: int
    n_clusters: int
    second_stage: pd.Series
    first_stage: pd.DataFrame
    reduced_form: pd.DataFrame
    partial_r2: float
    cragg_donald_f: float
    homoskedastic_f: float
    kleibergen_paap_f: float
    kleibergen_paap_lm: float
    kleibergen_paap_lm_p: float
    effective_f: float
    anderson_rubin_f: float
    anderson_rubin_p: float
    anderson_rubin_set: ConfidenceSet | None
    tf_set: ConfidenceSet | None
    stock_yogo: pd.Series


def weak_iv(
    panel: pd.DataFrame,
    outcome: str,
    endogenous: str,
    instruments: str | Sequence[str],
    controls: Sequence[str] = (),
    fixed_effects: Sequence[str] = ("county", "year"),
    cluster: str = "county",
    level: float = 0.95,
) -> WeakIV:
    """Estimate a 2SLS regression with fixed effects and judge the strength of its instruments.

    Parameters
    ----------
    panel : DataFrame
        One row per observation. Rows with a missing value in a used column are left out, and so are
        observations alone in their fixed effect, as in pyfixest.
    outcome, endogenous, instruments, controls, fixed_effects, cluster : str or sequence of str
        Column names; at least one instrument and one fixed effect.
    level : float
        Confidence level of the Wald and Anderson-Rubin sets; the tF set is always a 95% set.

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
    second = two_stage_least_squares(data, level)
    names = pd.Index(data.instrument_names, name="instrument")
    first = _inference(forms.first_stage, forms.v_xx, data.n_clusters, level, names)
    lm, lm_p = kleibergen_paap_lm(data)
    ar_f, ar_p = anderson_rubin(data, forms, 0.0)
    tf = tf_set(second["estimate"], second["se"], first["t"].iloc[0] ** 2)
    single = len(names) == 1
    return WeakIV(
        data=data,
        n=len(data.outcome),
        n_clusters=data.n_clusters,
        second_stage=second,
        first_stage=first,
        reduced_form=_inference(forms.reduced_form, forms.v_yy, data.n_clusters, level, names),
        partial_r2=partial_r2(data),
        cragg_donald_f=homoskedastic_f(data, data.n_absorbed_stata),
        homoskedastic_f=homoskedastic_f(data, data.n_absorbed_all),
        kleibergen_paap_f=kleibergen_paap_f(data, forms),
        kleibergen_paap_lm=lm,
        kleibergen_paap_lm_p=lm_p,
        effective_f=effective_f(data, forms),
        anderson_rubin_f=ar_f,
        anderson_rubin_p=ar_p,
        anderson_rubin_set=anderson_rubin_set(data, forms, level) if single else None,
        tf_set=tf if single else None,
        stock_yogo=stock_yogo_critical_values(len(names)),
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
    rows, within, effects = absorb(rows, names, fixed_effects, DEMEAN_TOLERANCE)
    raw = rows[names].to_numpy(float)
    first_control = 2 + len(instruments)
    values, within_controls = within[:, :first_control], within[:, first_control:]
    fitted, _, rank, _ = np.linalg.lstsq(within_controls, values)
    values = values - within_controls @ fitted
    shares = values[:, 2:] / np.linalg.norm(raw[:, 2:first_control], axis=0)
    if np.linalg.matrix_rank(shares, tol=NO_VARIATION) < len(instruments):
        raise ValueError(
            f"instruments {instruments} have no variation of their own beside controls "
            f"{list(controls)} and fixed effects {list(fixed_effects)}: a constant instrument must "
            "be interacted with time, a redundant one must go"
        )
    clusters = pd.factorize(rows[cluster])[0]
    counts = absorbed_parameters(effects, clusters)
    return Residualised(
        values[:, 0], values[:, 1], values[:, 2:], clusters, tuple(instruments), int(rank), *counts
    )


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


def two_stage_least_squares(data: Residualised, level: float = 0.95) -> pd.Series:
    """2SLS with clustered standard error and t(G-1) inference, as pyfixest and ivreghdfe.

    Parameters
    ----------
    data
        From `residualise`.
    level
        Of the interval.

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
    table = _inference(np.array([beta]), np.array([[variance]]), data.n_clusters, level)
    return table.iloc[0].rename("second_stage")


def _inference(
    estimates: np.ndarray,
    variance: np.ndarray,
    n_clusters: int,
    level: float,
    index: pd.Index | None = None,
) -> pd.DataFrame:
    """Estimate, se, t, p, lower, upper with t(G-1)."""
    se = np.sqrt(np.diag(variance))
    t = estimates / se
    reach = stats.t.ppf((1 + level) / 2, n_clusters - 1) * se
    columns = {
        "estimate": estimates,
        "se": se,
        "t": t,
        "p": 2 * stats.t.sf(np.abs(t), n_clusters - 1),
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


def homoskedastic_f(data: Residualised, n_absorbed: int) -> float:
    """First-stage F under homoskedasticity: the Cragg-Donald (1993) statistic for one regressor.

    ``R2/(1-R2) * (N - L - a)/K`` with partial R2, L instruments and controls, a absorbed parameters
    (ivreg2: ``cdf = cd*(N-sdofminus-iv_ct)/exex_ct``).

    Parameters
    ----------
    data
        From `residualise`.
    n_absorbed
        a, parameters that count for the fixed effects.

    Returns
    -------
    float
        F(K, N - L - a) under homoskedasticity.
    """
    r2, k = partial_r2(data), data.instruments.shape[1]
    return r2 / (1 - r2) * (len(data.outcome) - k - data.n_controls - n_absorbed) / k


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


def anderson_rubin_set(
    data: Residualised, forms: ReducedForms, level: float = 0.95
) -> ConfidenceSet:
    """All effects that the Anderson-Rubin test accepts, in closed form for one instrument.

    The test accepts where a quadratic in the effect is not positive: an interval if the first stage
    is significant at this level, else two rays or the whole line (Dufour and Taamouti, 2005).

    Parameters
    ----------
    data, forms
        From `residualise` and `reduced_forms`.
    level
        Of the set.

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
    critical = stats.f.ppf(level, 1, data.n_clusters - 1)
    pi, rho = forms.first_stage[0], forms.reduced_form[0]
    return ConfidenceSet(
        _where_not_positive(
            pi**2 - critical * forms.v_xx[0, 0],
            -2 * (pi * rho - critical * forms.v_xy[0, 0]),
            rho**2 - critical * forms.v_yy[0, 0],
        ),
        level,
    )


def _where_not_positive(a: float, b: float, c: float) -> tuple[tuple[float, float], ...]:
    """Solve a*v**2 + b*v + c <= 0, a not zero."""
    discriminant = b**2 - 4 * a * c
    if discriminant < 0:
        return ((-np.inf, np.inf),) if a < 0 else ()
    low, high = sorted((-b + sign * np.sqrt(discriminant)) / (2 * a) for sign in (-1, 1))
    return ((low, high),) if a > 0 else ((-np.inf, low), (high, np.inf))


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
    reach = stats.norm.ppf(0.975) * tf_factor(first_stage_f) * se
    return ConfidenceSet(((float(estimate - reach), float(estimate + reach)),), 0.95)


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
    if not 1 <= n_instruments <= len(_STOCK_YOGO):
        raise ValueError(
            f"critical values kept for 1-{len(_STOCK_YOGO)} instruments: {n_instruments}"
        )
    index = pd.Index(STOCK_YOGO_SIZES, name="largest_size")
    return pd.Series(_STOCK_YOGO[n_instruments - 1], index=index, name="critical_value")


def plausibly_exogenous(
    data: Residualised, direct_effects: Iterable[float], level: float = 0.95
) -> pd.DataFrame:
    """2SLS when the instrument itself may move the outcome (Conley, Hansen and Rossi, 2012).

    Their union of confidence intervals: for each direct effect gamma of the instrument, 2SLS of
    y - gamma*z; from the least ``lower`` to the greatest ``upper`` the union covers at the level
    if gamma lies in the grid.

    Parameters
    ----------
    data
        From `residualise`, with one instrument.
    direct_effects
        Grid of gamma.
    level
        Of each interval.

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
    fits = {
        float(gamma): two_stage_least_squares(
            replace(data, outcome=data.outcome - gamma * data.instruments[:, 0]), level
        )
        for gamma in direct_effects
    }
    return pd.DataFrame(fits).T.rename_axis("direct_effect").reset_index()
