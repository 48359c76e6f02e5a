"""What others do for the same 1,000 numbers: each returns coefficients and standard errors."""

import importlib.util
import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pyfixest as pf
from linearmodels.panel import PanelOLS
from panels import CONTROLS, FML
from pyfixest.estimation import demean

from paneldid.resampling import placebo


def clustergap(panel: pd.DataFrame, draws: int, seed: int) -> np.ndarray:
    result = placebo(panel, FML, seed=seed, draws=draws)
    return np.column_stack([result.coefficients, result.ses])


def reassign(panel: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """The panel with the cohorts dealt to other counties; it is sorted and balanced."""
    years = panel["year"].nunique()
    cohort = rng.permutation(panel["cohort"].to_numpy()[::years]).repeat(years)
    return panel.assign(did=(panel["year"].to_numpy() >= cohort).astype(float))


def pyfixest_loop(panel: pd.DataFrame, draws: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    fits = (
        pf.feols(FML, reassign(panel, rng), vcov={"CRV1": "county"}, copy_data=False)
        for _ in range(draws)
    )
    return np.array([[fit.coef()["did"], fit.se()["did"]] for fit in fits])


def pyfixest_ritest(panel: pd.DataFrame, draws: int, seed: int) -> None:
    """Its draws are of another null: rows, half of them treated, no standard errors.

    By its fast algorithm, which needs numba; without it, it refits in every draw.
    """
    fit = pf.feols(FML, panel, vcov={"CRV1": "county"})
    rng = np.random.default_rng(seed)
    fit.ritest("did", reps=draws, rng=rng, choose_algorithm="fast")


def pyfixest_demean(panel: pd.DataFrame, draws: int, seed: int) -> np.ndarray:
    """All placebos demeaned at once by pyfixest, the controls then partialled out of all."""
    codes = [pd.factorize(panel[name])[0] for name in ("county", "year")]
    rng, years, n = np.random.default_rng(seed), panel["year"].nunique(), len(panel)
    cohort = panel["cohort"].to_numpy()[::years]
    placebos = np.column_stack([rng.permutation(cohort) for _ in range(draws)]).repeat(
        years, axis=0
    )
    d = panel["year"].to_numpy()[:, None] >= placebos
    columns = np.column_stack([panel[["gap", *CONTROLS]].to_numpy(), d]).astype(float)
    effects = np.column_stack(codes).astype(np.uint64)
    within, _ = demean(columns, effects, np.ones(n), 1e-6)
    X, left = (
        within[:, 1 : 1 + len(CONTROLS)],
        np.delete(within, range(1, 1 + len(CONTROLS)), axis=1),
    )
    left = left - X @ np.linalg.lstsq(X, left)[0]
    y, d = left[:, :1], left[:, 1:]
    norm = (d**2).sum(axis=0)
    beta = (d * y).sum(axis=0) / norm
    scores = (d * (y - beta * d)).reshape(-1, years, draws).sum(axis=1)
    g = len(cohort)
    factor = g / (g - 1) * (n - 1) / (n - len(CONTROLS) - 1 - years)
    return np.column_stack([beta, np.sqrt(factor * (scores**2).sum(axis=0)) / norm])


def linearmodels_loop(panel: pd.DataFrame, draws: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    estimates = []
    for _ in range(draws):
        frame = reassign(panel, rng).set_index(["county", "year"])
        model = PanelOLS(
            frame["gap"], frame[["did", *CONTROLS]], entity_effects=True, time_effects=True
        )
        fit = model.fit(
            cov_type="clustered", cluster_entity=True, auto_df=False, count_effects=False
        )
        estimates.append([fit.params["did"], fit.std_errors["did"]])
    return np.array(estimates)


def numpy_loop(panel: pd.DataFrame, draws: int, seed: int) -> np.ndarray:
    """Residualise once, then draw by draw: sums over county and year by their codes."""
    county, year = pd.factorize(panel["county"])[0], pd.factorize(panel["year"])[0]
    n, periods = county.max() + 1, year.max() + 1

    def within(a):
        means = np.bincount(county, a) / periods
        return a - means[county] - (np.bincount(year, a) / n)[year] + a.mean()

    X = np.column_stack([within(panel[name].to_numpy()) for name in CONTROLS])

    def residual(a):
        return a - X @ np.linalg.lstsq(X, a)[0]

    y = residual(within(panel["gap"].to_numpy()))
    cohort, years = panel["cohort"].to_numpy()[::periods], panel["year"].to_numpy()
    factor = n / (n - 1) * (n * periods - 1) / (n * periods - len(CONTROLS) - 1 - periods)
    rng, estimates = np.random.default_rng(seed), np.empty((draws, 2))
    for draw in range(draws):
        d = residual(within((years >= rng.permutation(cohort)[county]).astype(float)))
        beta = d @ y / (d @ d)
        scores = np.bincount(county, d * (y - beta * d))
        estimates[draw] = beta, np.sqrt(factor * (scores @ scores)) / (d @ d)
    return estimates


def numpy_balanced_loop(panel: pd.DataFrame, draws: int, seed: int) -> np.ndarray:
    """The same, tuned: only for balanced panels, by reshaping, X'X inverted once."""
    periods = panel["year"].nunique()
    n = len(panel) // periods

    def within(a):
        a = a.reshape(n, periods, -1)
        a = a - a.mean(axis=1, keepdims=True)
        return (a - a.mean(axis=0)).reshape(n * periods, -1)

    X = within(panel[list(CONTROLS)].to_numpy())
    XX = np.linalg.inv(X.T @ X)

    def residual(a):
        return a - X @ (XX @ (X.T @ a))

    y = residual(within(panel["gap"].to_numpy())[:, 0])
    cohort, years = panel["cohort"].to_numpy()[::periods], panel["year"].to_numpy()[:periods]
    factor = n / (n - 1) * (n * periods - 1) / (n * periods - len(CONTROLS) - 1 - periods)
    rng, estimates = np.random.default_rng(seed), np.empty((draws, 2))
    for draw in range(draws):
        d = (years >= rng.permutation(cohort)[:, None]).astype(float)
        d = residual(within(d)[:, 0])
        beta = d @ y / (d @ d)
        scores = (d * (y - beta * d)).reshape(n, periods).sum(axis=1)
        estimates[draw] = beta, np.sqrt(factor * (scores @ scores)) / (d @ d)
    return estimates


def fixest_loop(panel: pd.DataFrame, draws: int, seed: int) -> float:
    """R fixest, refitting; returns the seconds that R itself counts."""
    script = Path(__file__).with_name("fixest.R")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "panel.csv")
        panel.to_csv(file, index=False)
        run = subprocess.run(
            ["Rscript", script, file, str(draws), str(seed)], check=True, stdout=subprocess.PIPE
        )
    return float(run.stdout)


def has_numba() -> bool:
    return importlib.util.find_spec("numba") is not None


def has_fixest() -> bool:
    if not shutil.which("Rscript"):
        return False
    test = ["Rscript", "-e", "quit(status = !requireNamespace('fixest', quietly = TRUE))"]
    return subprocess.run(test, check=False, capture_output=True).returncode == 0
