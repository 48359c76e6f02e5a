"""Checks of the exercises in chapter 7.4."""

import numpy as np
import pandas as pd
import pyfixest as pf

import clustergap as cg
from paneldid.resampling import wild_cluster_bootstrap


def check_1(answer, formula, panel, fits):
    """Exercise 1."""
    rest_of_did = pf.feols(
        formula.replace("gap~did+", "did~"), panel, vcov="iid"
    ).resid()
    scores = pd.Series(rest_of_did * fits["county"].resid())
    scores = scores.groupby(panel["year"].to_numpy()).sum()
    n, g = len(panel), len(scores)
    df = n - panel["county"].nunique() - g - len(cg.CONTROLS)
    by_hand = np.sqrt((scores**2).sum() * g / (g - 1) * n / df)
    by_hand = by_hand / (rest_of_did**2).sum() / fits["county"].se()["did"]
    assert abs(answer / by_hand - 1) < 0.01, (
        "The sandwich by hand gives another ratio. Is it year over county?"
    )
    print(f"Right: {answer:.2f}, from {g} clusters.")


def check_2(answer, panel, formula, SEED, DRAWS):
    """Exercise 2."""
    first = np.sort(panel["province"].unique())[:6]
    rows = panel[panel["province"].isin(first)]
    by_province = pf.feols(formula, rows, vcov={"CRV1": "province"})
    random_signs = {"weights": "rademacher", "cluster": "province"}
    again = wild_cluster_bootstrap(
        rows, formula, seed=SEED, draws=DRAWS, **random_signs
    )
    observed = abs(by_province.tstat()["did"]) * (1 - 1e-6)
    as_large = (np.abs(again.t) >= observed).sum()
    assert abs(answer - (1 + as_large) / (DRAWS + 1)) < 1e-9, (
        "Counting the draws whose t is as large as the province-clustered one "
        "gives another p. Is it the p of t, of the counties of six provinces, "
        "with the chapter's seed and draws?"
    )
    floor = 2.0 ** (1 - len(first))
    print(f"Right: {answer:.4f}, with a floor of about {floor:.4f}.")


def check_3(answer, formula, panel, fits):
    """Exercise 3."""
    both_ways = pf.feols(
        formula,
        panel,
        vcov={"CRV1": "county+year"},
        ssc=pf.ssc(k_adj=False, G_adj=False),
    ).se()["did"]
    assert abs(answer / both_ways - 1) < 1e-4, (
        "pyfixest's two-way error is another. Did you add and subtract "
        "variances, not standard errors, and take the root at the end? And are "
        "the factors for small samples out of all three?"
    )
    few = fits["county and year"].se()["did"]
    print(f"Right: {answer:.5f}; with the factors for few years {few:.5f}.")
