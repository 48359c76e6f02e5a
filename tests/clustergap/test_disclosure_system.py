"""Nothing that is published lets a small number of real counties be solved for."""

import json
import re
from itertools import product

import diff_diff as dd
import nbformat
import numpy as np
import pandas as pd
import pytest
import unusual
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from bookkit import build
from bookkit.contents import NOTEBOOKS, chapters, parameters
from bookkit.students import SCRAP
from clustergap.disclosure import (
    MIN_CELL_COUNTIES,
    SUPPRESSED,
    format_count,
    format_counts,
    format_report,
    may_show_cohorts,
    suppress,
)
from clustergap.panel import assemble


def bounds_of(shown, truth):
    """Solve the system of all published counts: lowest and highest value of each hidden cell.

    Unknown are all cells of the table (whole and parts of each row). Known are those that are
    shown, that each whole is the sum of its parts, and the total of every column.
    """
    rows, columns = truth.shape
    at = np.arange(rows * columns).reshape(rows, columns)
    equations, values = [], []

    def know(cells, signs, value):
        row = np.zeros(rows * columns)
        row[list(cells)] = signs
        equations.append(row)
        values.append(value)

    for r in range(rows):
        if columns > 1:
            know(at[r], [1, *[-1] * (columns - 1)], 0)
        for c in range(columns):
            if shown[r][c] != SUPPRESSED:
                know([at[r, c]], [1], truth[r, c])
    for c in range(columns):
        know(at[:, c], 1, truth[:, c].sum())
    found = {}
    for r, c in zip(*np.nonzero(np.array(shown) == SUPPRESSED), strict=True):
        aim = np.zeros(rows * columns)
        aim[at[r, c]] = 1
        ends = [s * linprog(s * aim, A_eq=np.array(equations), b_eq=values).fun for s in (1, -1)]
        found[r, c] = ends
    return found


def solved(table):
    """Small cells that the table as written and the totals of its columns narrow down."""
    shown = format_counts(table).to_numpy().tolist()
    truth = table.to_numpy()
    return [
        (cell, ends)
        for cell, ends in bounds_of(shown, truth).items()
        if 0 < truth[cell] < MIN_CELL_COUNTIES and ends[1] - ends[0] < MIN_CELL_COUNTIES - 1
    ]


COHORTS = st.lists(st.integers(0, 12), min_size=2, max_size=4)


@pytest.mark.slow
@given(east=COHORTS, west=COHORTS, never=st.integers(20, 60))
@settings(max_examples=60)
def test_no_hidden_cell_can_be_solved_from_the_totals(east, west, never):
    parts = [(never // 2, never - never // 2), *zip(east, west, strict=False)]
    table = pd.DataFrame([(e + w, e, w) for e, w in parts], columns=["counties", "east", "west"])
    assert solved(table) == []
    assert solved(table[["counties"]]) == []


@pytest.mark.parametrize("cohorts", [[1, 1, 1], [4, 4, 4], [4, 4], [1, 5], [2], [3, 3, 40]])
def test_cohorts_of_few_counties_are_not_given_away(cohorts):
    sizes = pd.Series([90, *cohorts])
    assert suppress(sizes) and not suppress(sizes, private=False)
    assert solved(sizes.to_frame()) == []


def panel(sizes):
    cohorts = [c for cohort, n in sizes.items() for c in [cohort] * n]
    return pd.DataFrame({"county": range(len(cohorts)), "cohort": cohorts})


def test_where_cohorts_are_hidden_so_are_the_numbers_of_clusters():
    steps = ["county-years in the yearbook", "county-cluster pairs"]
    report = pd.DataFrame({"step": steps, "rows": [900, 9], "lost": [0, 2], "why": ""})
    few, many = panel({np.nan: 90, 2020: 3, 2021: 6}), panel({np.nan: 90, 2020: 30})
    assert not may_show_cohorts(few) and may_show_cohorts(many)
    assert format_report(report, few)["rows"].tolist() == ["900", SUPPRESSED]
    assert format_report(report, many)["rows"].tolist() == ["900", "9"]
    assert format_report(report, few, private=False)["rows"].tolist() == ["900", "9"]
    assert format_count(3) == "fewer than 5" and format_count(3, private=False) == "3"


# --- all pages and exports of a book ---------------------------------------------------

NUMBER = re.compile(r"(?<![\d.,])\d[\d,]*(?:\.\d+)?(?![\d.,]*\d)")


def told(files):
    """Numbers of texts as written: (file, its line without digits, place in the line) to them."""
    found = {}
    for name, text in files.items():
        lines = re.sub("<[^>]*>", " ", text).split("\n")
        for line in (line for line in lines if re.search("[A-Za-z|]", line)):  # no bare axis mark
            for place, number in enumerate(NUMBER.findall(line)):
                key = name, re.sub(r"\d[\d,.]*", "#", line), place
                found.setdefault(key, set()).add(number.replace(",", ""))
    return found


def pairs_of(books):
    """What two books tell at the same place, where they differ.

    A number counts as told if two books on panels of different sizes hold it at the same place,
    each its own; one alone would find too many by chance. A place that holds the same numbers in
    both, as a tally of what the paper prints does, tells of neither.
    """
    first, second = map(told, books)
    return [(a, second[key]) for key, a in first.items() if second.get(key, a) != a]


def is_said(value, written):
    """Whether one of the written numbers is this one: a whole one, or by three digits or more."""
    return any(
        f"{value:.{len(number.partition('.')[2])}f}" == number
        and (value == round(value) or len(number.strip("0.").replace(".", "")) > 2)
        for number in written
    )


def secrets_of(panel):
    """What follows from the sizes of cohorts alone, and so is withheld where one is small."""
    counties = panel.drop_duplicates("county")
    never, since = counties["cohort"].isna(), panel["year"] >= panel["cohort"].min()
    clusters = counties[~never].value_counts(["province", "industrial_cluster", "cohort"])
    size = round(clusters.mean())
    did = panel.pivot(index="county", columns="year", values="did")
    left = did.sub(did.mean(axis=1), axis=0) - did.mean() + did.to_numpy().mean()
    weight = left[did == 1].stack() / left[did == 1].sum().sum() * did.sum().sum()
    by_kind = dd.BaconDecomposition(weights="exact").fit(
        panel.assign(first=panel["cohort"].fillna(0).astype(int)),
        outcome="gap", unit="county", time="year", first_treat="first",
    ).to_dataframe().groupby("comparison_type")["weight"].sum()  # fmt: skip
    return {
        "never treated": never.sum(),
        "joined": (~never).sum(),
        "treated county-years": panel["did"].sum(),
        "without event time -8": (panel["event_time"] != -8).sum(),
        "untreated county-years since the start": (since & (panel["did"] == 0)).sum(),
        "degrees of freedom by cluster": len(clusters) - 1
        + np.ceil(counties[never].value_counts("province") / size).sum(),
        # with the mean of all and that of treated ones, it tells the number of these
        "mean of untreated county-years": panel.loc[panel["did"] == 0, "gap"].mean(),
        "least weight": weight.min(),
        "largest weight": weight.max(),
        **by_kind,
    }  # fmt: skip


def secrets_told(secrets, books):
    here, there = secrets
    pairs = pairs_of(books)
    return [
        name
        for name, value in here.items()
        if any(is_said(value, a) and is_said(there[name], b) for a, b in pairs)
    ]


def counts_of(panel):
    """What a book may tell of a balanced panel: name to (number, counties each cell adds to it).

    A cell is a cohort of one cluster type in one region, empty or not. Numbers are of counties and
    of county-years: of every group, of all but it, of it and the never treated; all, treated, not
    yet treated, at one event time and at all others.
    """
    panel = panel.assign(
        cohort=panel["cohort"].fillna(0), cluster_type=panel["cluster_type"].fillna("")
    )
    by = ["cohort", "cluster_type", "region"]
    sizes = panel.drop_duplicates("county").value_counts(by)
    cells = pd.DataFrame(
        [c for c in product(*(sorted(panel[b].unique()) for b in by)) if bool(c[0]) == bool(c[1])],
        columns=by,
    )
    truth = sizes.reindex(pd.MultiIndex.from_frame(cells), fill_value=0).to_numpy()
    rows = cells.reset_index(names="cell").merge(panel[["year"]].drop_duplicates(), how="cross")
    event_time = (rows["year"] - rows["cohort"]).where(rows["cohort"] > 0)
    never = rows["cohort"] == 0
    groups = {f"{b} {v}": rows[b] == v for b in by for v in rows[b].unique()}
    groups |= {f"{b} {v} and never": groups[f"{b} {v}"] | never for b, v in
               (name.split(" ", 1) for name in [*groups] if name[0] == "c")}  # fmt: skip
    groups |= {f"not {name}": ~rows_ for name, rows_ in groups.items()} | {"all": ~never | never}
    ways = {
        "county-years": ~never | never,
        "treated": event_time >= 0,
        "not yet": event_time < 0,
        "untreated": ~(event_time >= 0),
        "untreated since the start": ~(event_time >= 0)
        & (rows["year"] >= panel["year"].where(panel["did"] == 1).min()),
        "counties": rows["year"] == rows["year"].min(),
    }
    ways |= {f"event time {k:.0f}": event_time == k for k in event_time.dropna().unique()}
    ways |= {f"without event time {k:.0f}": event_time != k for k in event_time.dropna().unique()}
    found = {}
    for (group, those), (way, when) in product(groups.items(), ways.items()):
        adds = np.bincount(rows["cell"][those & when], minlength=len(cells))
        found[f"{group}: {way}"] = int(adds @ truth), adds
    return found, cells, truth


def given_away(counts, books):
    """Small groups of the first panel that the whole numbers of its book narrow down."""
    (here, cells, truth), (there, *_) = counts
    pairs = [[{*map(float, written)} for written in pair] for pair in pairs_of(books)]
    known = {
        name: (value, adds)
        for name, (value, adds) in here.items()
        if value >= MIN_CELL_COUNTIES
        and value != there.get(name, (value,))[0]
        and any(value in a and there[name][0] in b for a, b in pairs)
    }
    values, equations = (np.array(part) for part in zip(*known.values(), strict=True))
    found = {}
    for column in cells:
        for name in cells[column].unique():
            aim = (cells[column] == name).to_numpy(float)
            if 0 < aim @ truth < MIN_CELL_COUNTIES:
                ends = [s * linprog(s * aim, A_eq=equations, b_eq=values).fun for s in (1, -1)]
                if ends[1] - ends[0] < MIN_CELL_COUNTIES - 1:
                    found[f"{column} {name}"] = ends, sorted(known)
    return found, known


@pytest.fixture(scope="module")
def small():
    """Raw tables of two panels with small cohorts and types, of different sizes."""
    some = unusual.some(unusual.whole())
    counties = sorted(some["terrain"]["county"])
    return unusual.small_cells(some), unusual.small_cells(
        unusual.subset(some, set(counties) - set(counties[::11])), first=4, grain=3
    )


@pytest.fixture(scope="module")
def panels(small):
    return [assemble(tables)[0] for tables in small]


@pytest.fixture(scope="module")
def counts(panels):
    return [counts_of(panel) for panel in panels]


@pytest.fixture(scope="module")
def secrets(panels):
    return [secrets_of(panel) for panel in panels]


def test_a_number_that_gives_a_cohort_away_is_found(counts):
    def books(*names):
        return [{"page": "\n".join(f"{n} is {c[n][0]:,}" for n in names)} for c, *_ in counts]

    whole = "all: county-years", "all: counties"
    assert given_away(counts, books(*whole))[0] == {}
    assert set(given_away(counts, books(*whole))[1]) >= {*whole}
    sums = "all: treated", "not cohort 0.0: counties", "cohort 2022.0: county-years"
    assert "cohort 2020.0" in given_away(counts, books(*whole, *sums))[0]
    rivals = "all: untreated since the start", "cohort 2022.0: counties", "cohort 0.0: counties"
    assert "cohort 2020.0" in given_away(counts, books(*whole, *rivals))[0]
    grain = "cluster_type grain: not yet"  # 16 county-years in one panel, 24 in the other
    assert grain in given_away(counts, books(*whole, grain))[1]
    tally = "\n".join(f"Table {n} has {c[grain][0]} numbers" for n, (c, *_) in enumerate(counts))
    of_print = [a | {"tally": tally} for a in books(*whole)]
    assert grain not in given_away(counts, of_print)[1]
    types = "not cohort 0.0: counties", "cluster_type high_value: county-years"
    assert "cluster_type grain" in given_away(counts, books(*whole, *types))[0]


def test_a_secret_is_found_in_a_table_and_in_a_sentence(secrets):
    def books(form):
        return [{"page": "\n".join(form.format(n, v) for n, v in s.items())} for s in secrets]

    whole = [name for name, value in secrets[0].items() if value == round(value)]
    assert len(whole) == 6 and secrets_told(secrets, books("{} | {:,.0f} | 0.02")) == whole
    assert secrets_told(secrets, books("{} is {}, as the others")) == [*secrets[0]]
    assert "largest weight" in secrets_told(secrets, books("{} | {:.3f}"))
    assert secrets_told(secrets, [{"page": "Of 7 counties"}, {"page": "Of 8 counties"}]) == []


def files_of(chapter, folder):
    """Text of a chapter's page, the numbers its sentences may use, and all that it hands on."""
    handed = json.loads((build.chapter_folder(chapter, folder) / "files.json").read_text("utf-8"))
    path = build.chapter_folder(chapter, folder) / "chapter.ipynb"
    book = nbformat.read(path, as_version=4)
    sentences = "\n".join(
        f"{output.metadata['scrapbook']['name']} is {output.data[SCRAP]}"
        for output in (output for cell in book.cells for output in cell.get("outputs", []))
        if SCRAP in output.get("data", {})
    )
    told_by = handed | {"page": unusual.text_of(book), "sentences": sentences}
    return {f"{chapter}/{name}": text for name, text in told_by.items()}


@pytest.mark.slow
@pytest.mark.parametrize("all_chapters", [False, pytest.param(True, marks=pytest.mark.weekly)])
def test_no_hidden_cell_can_be_solved_from_all_pages_and_exports(
    small, counts, secrets, tmp_path, all_chapters
):
    books = []
    for at, tables in enumerate(small):
        folder = tmp_path / str(at)
        data = unusual.write(tables, folder / "tables")
        asked = {name: parameters(NOTEBOOKS / f"{name}.ipynb") for name in chapters()}
        chosen = ["03_data", "04_1_baseline", "07_1_staggered", "07_4_inference"]
        if all_chapters:  # and the audit, which some of them sum up
            chosen = [n for n in asked if "DATA" in asked[n] or n == "90_audit"]
        for name in sorted(chosen, key=lambda n: "RESULTS" in asked[n]):
            if "RESULTS" in asked[name]:
                build.gather(chosen, folder)
            unusual.execute(name, data, folder)
        books.append({k: v for name in chosen for k, v in files_of(name, folder).items()})
    found, known = given_away(counts, books)
    assert "all: county-years" in known
    assert (found, secrets_told(secrets, books)) == ({}, [])
