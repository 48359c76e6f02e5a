"""Cells and roles of a paper like ours, from honest regressions on random panels."""

import numpy as np
import pandas as pd
from scipy.special import stdtr

from clustergap.panel import CONTROLS, MECHANISMS
from printcheck import Cell
from printcheck.inequality import theil_terms


def cluster_ols(y, x, county):
    """Coefficients, clustered covariance and residuals."""
    bread = np.linalg.inv(x.T @ x)
    b = bread @ (x.T @ y)
    e = y - x @ b
    groups = np.unique(county, return_inverse=True)[1]
    scores = np.zeros((groups.max() + 1, x.shape[1]))
    np.add.at(scores, groups, x * e[:, None])
    g, (n, k) = len(scores), x.shape
    vcov = bread @ (scores.T @ scores) @ bread * g / (g - 1) * (n - 1) / (n - k)
    return b, vcov, e


def within(values, county, year):
    """Net of county and year effects, exactly, for any pattern of rows."""
    groups = np.unique(county, return_inverse=True)[1]
    counts = np.bincount(groups)[:, None]

    def off_county(v):
        sums = np.zeros((len(counts), v.shape[1]))
        np.add.at(sums, groups, v)
        return v - (sums / counts)[groups]

    dummies = off_county((year[:, None] == np.unique(year)[1:]).astype(float))
    values = off_county(values)
    return values - dummies @ np.linalg.lstsq(dummies, values)[0]


def honest_panel(rng, units):
    """Rows of a balanced panel, 2014-2022, with county effects, shared trends and a policy."""
    periods, n_rows = 9, units * 9
    county, year = np.repeat(np.arange(units), periods), np.tile(np.arange(2014, 2023), units)
    rug = rng.lognormal(0, 0.7, units)
    treated = rng.permutation(units)[: rng.integers(units // 4, units // 2)]
    cohort = np.full(units, 9999)
    cohort[treated] = rng.choice([2020, 2021, 2022], len(treated))
    did = (year >= cohort[county]).astype(float)
    effect = rng.normal(size=(12, units))
    noise = rng.normal(size=(12, n_rows))
    draws = 0.8 * effect[:, county] + 0.5 * noise
    scale = np.array([4, 500, 0.12, 0.1, 0.2, 0.015, 0.5, 0.06, 1, 1, 1, 2])[:, None]
    centre = np.array([8, 1200, 0.4, 0.4, 0.6, 0.05, 1.2, 0.2, 1.4, 3.6, 2.7, 1.7])[:, None]
    x = centre + scale * draws / 2
    x[8:] += rng.uniform(-0.2, 0.4, 4)[:, None] * did
    log_ratio = 0.9 + 0.15 * rng.normal(size=units)[county] - 0.02 * (year - 2014)
    log_ratio += rng.uniform(-0.3, 0.1) * did + 0.1 * draws[3] + 0.05 * rng.normal(size=n_rows)
    share = 1 / (1 + np.exp(-0.5 * rng.normal(size=units)[county] - 0.03 * (year - 2018)))
    ratio = np.exp(log_ratio)
    names = [*CONTROLS, *MECHANISMS]
    frame = pd.DataFrame(dict(zip(names, x, strict=True)) | {"county": county, "year": year})
    frame["gap"] = sum(theil_terms(share, ratio))
    frame["gini"] = share * ratio / (1 + share * (ratio - 1)) - share
    frame["did"], frame["ruggedness"] = did, rug[county] * (year - 2013)
    frame["treated"] = np.isin(county, treated)
    return frame


class Printer:
    """Collects cells, rounded as the paper's tables are."""

    def __init__(self, units):
        self.cells, self.df = [], units - 1

    def put(self, table, column, row, statistic, value, stars=None):
        text = f"{value:.0f}" if statistic == "n" else f"{value:.3f}"
        decimals = 0 if statistic == "n" else 3
        self.cells.append(
            Cell(f"table_{table}", str(column), row, statistic, text, decimals, stars)
        )

    def regression(self, table, column, rows, fit, n, r2=None):
        b, vcov = fit[:2]
        for row, value, se in zip(rows, b, np.sqrt(np.diag(vcov)), strict=False):
            p = 2 * stdtr(self.df, -abs(value) / se)
            self.put(
                table, column, row, "estimate", value, sum(p < level for level in (0.1, 0.05, 0.01))
            )
            self.put(table, column, row, "se", se)
        self.put(table, column, "model", "n", n)
        if r2 is not None:
            self.put(table, column, "model", "r2", r2)


def two_way(frame, outcome, extra=()):
    """Two-way fixed effects with controls: fit, R², constant through the means."""
    names = ["did", *CONTROLS, *extra]
    county, year = frame.county.to_numpy(), frame.year.to_numpy()
    values = frame[[outcome, *names]].to_numpy()
    net, mean = within(values, county, year), values.mean(axis=0)
    b, vcov, e = cluster_ols(net[:, 0], net[:, 1:], county)
    total = ((values[:, 0] - mean[0]) ** 2).sum()
    return b, vcov, 1 - (e @ e) / total, mean[0] - mean[1:] @ b


def no_singletons(frame):
    return frame[np.bincount(frame.county)[frame.county] > 1]


def honest_tables(rng, roles):
    """All cells of a paper like ours, and its roles, from one honest random panel."""
    units = int(rng.integers(80, 140))
    panel = honest_panel(rng, units)
    page, n = Printer(units), len(panel)
    for name in ["gap", *CONTROLS, *MECHANISMS]:
        page.put(1, "main", name, "n", n)
        page.put(1, "main", name, "mean", panel[name].mean())
        page.put(1, "main", name, "sd", panel[name].std())
    y, county = panel.gap.to_numpy(), panel.county.to_numpy()
    ones = np.ones(n)
    for column, names in ((1, ["did"]), (2, ["did", *CONTROLS])):
        x = np.column_stack([panel[names].to_numpy(), ones])
        fit = cluster_ols(y, x, county if rng.random() < 0.5 else np.arange(n))
        page.regression(2, column, [*names, "constant"], fit, n, 1 - fit[2].var() / y.var())
    names = ["did", *CONTROLS]
    b, vcov, r2, constant = two_way(panel, "gap")
    level_se = 0.02 + 0.05 * rng.random()  # the constant's error is of no use to any check
    wide = np.zeros((len(b) + 1,) * 2)
    wide[:-1, :-1], wide[-1, -1] = vcov, level_se**2
    page.regression(2, 3, [*names, "constant"], (np.append(b, constant), wide), n, r2)
    effect = b[0]

    columns = ["gap", "did", "ruggedness", *CONTROLS]
    net = within(panel[columns].to_numpy(), county, panel.year.to_numpy())
    x = net[:, 3:]
    y_net, d, z = (net[:, :3] - x @ np.linalg.lstsq(x, net[:, :3])[0]).T
    first = cluster_ols(d, z[:, None], county)
    dof = n - units - 8 - 9
    page.regression(3, 1, ["ruggedness"], first, n)
    f = first[0][0] ** 2 / first[1][0, 0]
    cragg_donald = first[0][0] ** 2 * (z @ z) / (first[2] @ first[2]) * dof
    page.put(3, 1, "model", "cragg_donald_f", cragg_donald)
    page.put(3, 1, "model", "kleibergen_paap_f", f)
    iv = (z @ y_net) / (z @ d)
    u = y_net - iv * d
    sums = np.bincount(county, weights=z * u)
    page.regression(3, 2, ["did"], ([iv], np.array([[(sums @ sums) / (z @ d) ** 2]])), n)

    # the matched sample: whole counties off the support, or single rows
    drop = rng.choice(units, 3, replace=False)
    kept = panel[~panel.county.isin(drop)] if rng.random() < 0.5 else panel.drop(index=[1, 12, 30])
    clipped = panel.assign(gap=panel.gap.clip(*panel.gap.quantile([0.01, 0.99])))
    other = panel.assign(capaa=(rng.random(n) < 0.1).astype(float))
    robustness = [
        (panel, "gini", ()),
        (clipped, "gap", ()),
        (kept, "gap", ()),
        (other, "gap", ["capaa"]),
    ]
    for column, (frame, outcome, extra) in enumerate(robustness, start=1):
        fit = two_way(frame, outcome, extra)
        page.regression(4, column, ["did"], fit, len(frame), fit[2])
    for column, mediator in enumerate(MECHANISMS, start=1):
        fit = two_way(panel, mediator)
        page.regression(5, column, ["did"], fit, n, fit[2])

    grain = panel.treated & (panel.county % 3 == 0)
    if rng.random() < 0.5:  # one county is high-value in its first year
        first_row = grain.idxmax()
        grain = grain & (panel.index != first_row)
    east = panel.county < units // 3
    rich = panel.financial > panel.financial.median()
    for start, flag in ((1, ~grain), (3, east), (5, rich)):
        for column, part in ((start, panel[flag]), (start + 1, panel[~flag])):
            part = no_singletons(part)
            fit = two_way(part, "gap")
            page.regression(6, column, ["did"], fit, len(part), fit[2])
    return page.cells, honest_roles(roles, page.cells, units, effect / panel.gap.mean(), f)


def honest_roles(roles, cells, units, relative_effect, f):
    """The paper's roles with this panel's numbers in them."""
    at = {cell[:4]: cell.printed for cell in cells}
    said = [
        claim | {"says": at[*claim["cell"].split("/"), "estimate"]}
        for claim in roles["claims"]
        if "says" in claim
    ]
    percent = {"cell": "table_2/3/did", "percent": f"{100 * abs(relative_effect):.1f}"}
    return roles | {
        "panel": {"units": units, "first": 2014, "last": 2022},
        "periods": {"everywhere": [2014, 2022]},
        "defaults": roles["defaults"] | {"clusters": units},
        "statistics": {"LM": f"{0.9 * f:.3f}"},
        "claims": [percent, *said],  # this prose makes no claims of significance
    }
