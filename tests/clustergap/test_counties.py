"""Real counties: the measures of the files, and every estimate of their chapters done otherwise.

The chapters run once, in a process that must not open the synthetic data. What they find is
compared with linearmodels, with loops and with sums by hand, all from the files themselves.
"""

import csv
import json
import math
import pickle
import runpy
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import nbformat
import numpy as np
import pandas as pd
import pytest
from linearmodels import PanelOLS

import clustergap as cg
from bookkit import build
from bookkit.contents import parameters
from bookkit.paths import ROOT
from clustergap import official
from clustergap.counties import sensitivity_samples
from clustergap.official import COUNTIES, TakenOut

SAME = 1e-8  # absolute, on coefficients of 1e-4 to 1e-1: pyfixest's demeaning stops there
CHAPTERS = sorted((ROOT / "notebooks").glob("05_*.py"))
AUDIT = "90_audit"  # sets real counties beside two of its findings
OUTCOMES = ("theil", "theil_2020", "log_ratio")
WORDS = {"Theil": "theil", "Theil, shares of 2020": "theil_2020", "log ratio": "log_ratio"}


# --- the files -------------------------------------------------------------------------


def read(name):
    with (COUNTIES / f"{name}.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def theil_by_hand(ratio, share):
    town = share * ratio / (share * ratio + 1 - share)
    return town * math.log(town / share) + (1 - town) * math.log((1 - town) / (1 - share))


@pytest.fixture(scope="module")
def by_hand():
    """(county, year) to ratio, Theil at the share of the year, Theil at the share of 2020."""
    places, found = {row["county"]: row for row in read("county_places")}, {}
    for row in read("county_income_ratio"):
        place, ratio, year = places[row["county"]], float(row["income_ratio"]), int(row["year"])
        people = {k: float(place[k] or "nan") for k in place if k[:5] in ("urban", "rural")}
        early, late = (
            people[f"urban_{y}"] / (people[f"urban_{y}"] + people[f"rural_{y}"])
            for y in (2010, 2020)
        )
        share = early + (late - early) * (year - 2010) / 10
        now = theil_by_hand(ratio, share) if share == share else math.nan
        found[int(row["county"]), year] = ratio, now, theil_by_hand(ratio, late)
    return found


def test_the_panel_is_the_one_that_a_loop_over_the_files_gives(by_hand):
    panel = cg.load_counties().set_index(["county", "year"])
    assert set(panel.index) == set(by_hand)
    twin = pd.DataFrame(by_hand, index=["income_ratio", "theil", "theil_2020"]).T.loc[panel.index]
    np.testing.assert_allclose(panel[twin.columns], twin, atol=1e-12)
    np.testing.assert_allclose(panel["log_ratio"], np.log(twin["income_ratio"]))
    gini = panel["urban_share"] * panel["income_ratio"]
    gini = gini / (gini + 1 - panel["urban_share"]) - panel["urban_share"]
    np.testing.assert_allclose(panel["gini"], gini.abs(), atol=1e-12)


def test_the_measures_of_the_level(by_hand):
    values = sorted(t for _, t, _ in by_hand.values() if t == t)
    assert len(values) == 3674
    assert round(math.fsum(values) / 3674, 4) == 0.1225
    place = 0.99 * 3673  # linear between order statistics
    low, high = values[int(place)], values[int(place) + 1]
    assert round(low + (place % 1) * (high - low), 4) == 0.2486
    assert round(values[-1], 4) == 0.3698
    assert round(100 * sum(v > 0.356 for v in values) / 3674, 2) == 0.08


def test_units_are_prefectures_but_districts_in_chongqing_and_counties_without_one():
    panel = cg.load_counties().drop_duplicates("county").set_index("county")
    assert panel.loc[130125, "unit"] == 130100
    assert panel.loc[500101, "unit"] == 500101
    assert panel.loc[469001, "unit"] == 469001
    own = panel["unit"] == panel.index
    assert set(panel.loc[own, "province"]) == {46, 50}


def test_jumps_are_the_ratios_that_move_by_more_than_a_quarter(by_hand):
    panel, jumps = cg.load_counties(), set()
    for county, year in by_hand:
        before = [y for c, y in by_hand if c == county and y < year]
        if before:
            change = by_hand[county, year][0] / by_hand[county, max(before)][0] - 1
            if abs(change) > 0.25:
                jumps.add((county, year))
    assert set(panel.loc[panel["jump"], ["county", "year"]].itertuples(index=False)) == jumps
    named = {(131123, 2021), (131128, 2021), (220882, 2019), (222406, 2019), (620123, 2018)}
    assert named < jumps and len(jumps) == 7


def test_each_sensitivity_sample_leaves_out_what_it_says():
    panel = cg.load_counties()
    samples = sensitivity_samples(panel)
    counties = {name: set(rows["county"]) for name, rows in samples.items()}
    whole, jumps, _, towns, every, off = counties.values()
    assert len(whole) == 597
    assert whole - jumps == set(panel.loc[panel["jump"], "county"])
    assert len(whole - towns) == 58 and whole - off == {620102}
    assert samples["without extrapolated shares (2021, 2022)"]["year"].max() == 2020
    assert all(panel.loc[panel["county"] == c, "year"].ge(2015).sum() == 8 for c in every)


def test_without_the_folder_the_loader_says_why(tmp_path):
    with pytest.raises(TakenOut, match=r"taken out of this copy.*put the folder"):
        cg.load_counties(tmp_path / "counties")


# --- the chapters, without synthetic data ----------------------------------------------


@pytest.fixture(scope="module")
def chapters(tmp_path_factory):
    """What each chapter found, run in a project whose synthetic data cannot be opened."""
    file = tmp_path_factory.mktemp("chapters") / "found"
    program = Path(__file__).with_name("chapters_on_counties.py")
    subprocess.run([sys.executable, program, file], check=True)
    return pickle.loads(file.read_bytes())


@pytest.fixture(scope="module")
def panel():
    return cg.load_counties()


def test_the_chapters_do_not_need_synthetic_or_own_data(chapters):
    assert [path.stem for path in CHAPTERS] == sorted({*chapters} - {AUDIT}) and len(CHAPTERS) == 5
    for path in CHAPTERS:
        assert parameters(path.with_suffix(".ipynb")) == {}  # neither DATA nor RESULTS


@pytest.fixture
def taken_out(tmp_path, monkeypatch):
    """Execute a chapter in a copy of the project without the county files; its cells, its files."""
    monkeypatch.chdir(ROOT)
    reason = runpy.run_path(str(ROOT / "dodo.py"))["reason"]

    def executed(name, without=lambda cell: False):
        book = nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", as_version=4)
        book.cells = [cell for cell in book.cells if not without(cell)]
        lost = "from clustergap import official; official.COUNTIES = official.FOLDER / 'no such'\n"
        lost += f"import sys; sys.path.append({str(ROOT / 'notebooks')!r})"
        book.cells.insert(1, nbformat.v4.new_code_cell(lost))
        monkeypatch.setattr(build, "NOTEBOOKS", tmp_path)
        nbformat.write(book, tmp_path / f"{name}.ipynb")
        build.execute(name, tmp_path, {}, reason)
        folder = build.chapter_folder(name, tmp_path)
        page = nbformat.read(folder / "chapter.ipynb", as_version=4)
        return page.cells, json.loads((folder / "files.json").read_text("utf-8"))

    return executed


@pytest.mark.slow
def test_without_the_folder_the_audit_stands_and_says_what_is_missing(taken_out):
    def planted(cell):  # errors planted on purpose and exercises take a minute, and no counties
        return "newly_wrong" in cell.source or {"solution", "check"} & {
            *cell.metadata.get("tags", [])
        }

    cells, files = taken_out(AUDIT, lambda cell: cell.cell_type == "code" and planted(cell))
    said = [o["data"].get("text/markdown", "") for c in cells for o in c.get("outputs", [])
            if "data" in o]  # fmt: skip
    assert sum("were taken out of this copy" in words for words in said) == 2
    audit = json.loads(files["audit.json"])
    assert len(audit["findings"]) == 12 and "real counties" not in audit["data"]
    assert not any("county" in key for f in audit["findings"] for key in f["numbers"])
    assert all(f["brief"] and "eal counties" not in f["brief"] for f in audit["findings"])


@pytest.mark.slow
def test_without_the_folder_each_chapter_is_a_page_that_says_why(taken_out):
    cells, _ = taken_out("05_1_real_levels")
    assert cells[0].source.startswith("# 5.1 ") and len(cells) == 2
    assert "were taken out of this copy" in cells[1].source


def least_squares(rows, outcome, regressors, effects, cluster):
    """Coefficients by linearmodels; errors by hand: demeaned by turns, scores summed by cluster.

    The factor is fixest's: clusters and degrees of freedom, with the effects that are not nested in
    clusters counted.
    """
    rows = rows.dropna(subset=[outcome, *regressors]).copy()
    while True:  # as pyfixest: who is alone explains nothing
        size = [rows.groupby(list(e))["year"].transform("size") for e in effects]
        alone = np.any([s == 1 for s in size], axis=0)
        if not alone.any():
            break
        rows = rows[~alone]
    groups = [rows.groupby(list(e)).ngroup() for e in effects]
    z = rows[[outcome, *regressors]].to_numpy(float)
    for _ in range(4000):
        before = z.copy()
        for group in groups:
            z = z - pd.DataFrame(z).groupby(group.to_numpy()).transform("mean").to_numpy()
        if np.abs(z - before).max() < 1e-15:
            break
    y, x = z[:, 0], z[:, 1:]
    bread = np.linalg.inv(x.T @ x)
    beta = bread @ x.T @ y
    scores = pd.DataFrame(x * (y - x @ beta)[:, None]).groupby(rows[cluster].to_numpy()).sum()
    n, g = len(y), len(scores)
    nested = [(rows.groupby(group)[cluster].nunique() == 1).all() for group in groups]
    k = len(regressors)
    k += sum(group.nunique() for group, inside in zip(groups, nested, strict=True) if not inside)
    factor = g / (g - 1) * (n - 1) / (n - k)
    variance = factor * bread @ (scores.T.to_numpy() @ scores.to_numpy()) @ bread
    return beta, np.sqrt(np.diag(variance)), n


COUNTY_YEAR = [("county",), ("year",)]
PROVINCE_YEAR = [("county",), ("province", "year")]


def agree(found, twin, name):
    beta, se, n = twin
    assert found["n"] == n
    assert found["coef"][name] == pytest.approx(beta[0], abs=SAME)
    assert found["se"][name] == pytest.approx(se[0], abs=SAME)


def listed(programme):
    """County to the first year in which a programme lists it."""
    rows = [row for row in read("county_programmes") if row["programme"] == programme]
    return {int(row["county"]): int(row["year"]) for row in rows}


def with_relief(panel):
    rows = panel.dropna(subset=["theil", "relief"])
    sd = np.std([r for _, r in rows.groupby("county")["relief"].first().items()], ddof=1)
    return rows.assign(relief_trend=rows["relief"] / sd * (rows["year"] - 2014))


def test_levels(chapters, by_hand, panel):
    told = chapters["05_1_real_levels"]["told"]
    values = np.array([t for _, t, _ in by_hand.values() if t == t])
    assert told["rows"] == len(values)
    for name, twin in {
        "mean": values.sum() / len(values),
        "matched_sd": -0.033
        / 0.186
        * math.sqrt(((values - values.mean()) ** 2).sum() / (len(values) - 1)),
        "percent_above": 100 * (values > 0.356).sum() / len(values),
        "percent_real": 100 * 0.033 / values.mean(),
        "matched_mean": -0.033 / 0.356 * values.mean(),
    }.items():
        assert told[name] == pytest.approx(twin, abs=SAME), name
    whole = {c for c, _ in by_hand if all((c, y) in by_hand for y in range(2015, 2023))}
    whole = [c for c in whole if by_hand[c, 2015][1] == by_hand[c, 2015][1]]
    for place, name in ((1, "theil_fall"), (2, "fixed_fall")):
        early, late = (np.mean([by_hand[c, y][place] for c in whole]) for y in (2015, 2022))
        assert told[name] == pytest.approx(100 * (1 - late / early), abs=1e-6)
    assert told["same"] == len(whole) == 299
    before = []
    for county, year in by_hand:
        last = max((y for c, y in by_hand if c == county and y < year), default=None)
        if last and year < 2020:
            change = by_hand[county, year][1] - by_hand[county, last][1]
            before.append(change / (year - last))
    assert told["fall_before"] == pytest.approx(-np.nanmean(before), abs=SAME)
    kept = panel.dropna(subset=["theil"])
    twin = PanelOLS.from_formula(
        "theil ~ 1 + EntityEffects + TimeEffects", kept.set_index(["county", "year"])
    ).fit()
    seen = kept.groupby("county")["year"].transform("size").to_numpy() > 1  # pyfixest drops others
    within = chapters["05_1_real_levels"]["within"].std()
    assert within == pytest.approx(twin.resids.to_numpy()[seen].std(), abs=SAME)


def test_relief(chapters, panel):
    found, rows = chapters["05_2_real_instrument"], with_relief(panel)
    spans = {"2014 to 2022": rows, "2014 to 2019": rows[rows["year"] < 2020]}
    for (outcome, effects, span), fit in found["fits"].items():
        absorbed = COUNTY_YEAR if effects == "year" else PROVINCE_YEAR
        twin = least_squares(spans[span], outcome, ["relief_trend"], absorbed, "unit")
        agree(fit, twin, "relief_trend")
    assert len(found["fits"]) == 12
    for name, sample in sensitivity_samples(rows).items():
        twin = least_squares(sample, "theil", ["relief_trend"], COUNTY_YEAR, "unit")
        agree(found["checks"][name], twin, "relief_trend")


def test_relief_by_linearmodels(chapters, panel):
    rows = with_relief(panel).set_index(["county", "year"])
    fit = PanelOLS(rows["theil"], rows[["relief_trend"]], entity_effects=True, time_effects=True)
    twin = fit.fit().params["relief_trend"]
    found = chapters["05_2_real_instrument"]["fits"]["theil", "year", "2014 to 2022"]
    assert found["coef"]["relief_trend"] == pytest.approx(twin, abs=SAME)


def test_what_the_paper_implies(chapters):
    told = chapters["05_2_real_instrument"]["told"]
    share, cells = (0.356 - 0.372) / -0.186, []
    batches = {2020: 50, 2021: 50, 2022: 40}
    joined = share * 9 / (sum(n * (2023 - b) for b, n in batches.items()) / 140)
    for start, n in [*batches.items(), (9999, None)]:
        weight = joined * n / 140 if n else 1 - joined
        cells += [(start, y, weight / 9, float(y >= start)) for y in range(2014, 2023)]
    mean = sum(w * d for _, _, w, d in cells)
    of_year, of_start = defaultdict(float), {}
    for start, year, w, d in cells:
        of_year[year] += 9 * w * d
        of_start[start] = of_start.get(start, 0) + d / 9
    left = [(w, d - of_year[y] - of_start[s] + mean) for s, y, w, d in cells]
    sd = math.sqrt(sum(w * r * r for w, r in left))
    slope = -0.772 * math.sqrt(43.041 / (43.041 + 11583)) * sd / math.sqrt(60 / 9)
    assert told["per_sd"] == pytest.approx(slope, abs=1e-10)
    assert told["per_unit"] == pytest.approx(0.009 * -0.772)


def test_the_audit_has_of_real_counties_what_their_chapters_have(chapters):
    level, told = chapters[AUDIT]["own"]["level"], chapters["05_1_real_levels"]["told"]
    assert level["county_mean"] == pytest.approx([told["mean"]] * 2, abs=SAME)
    found, told = chapters[AUDIT]["own"]["iv_size"], chapters["05_2_real_instrument"]["told"]
    assert found["seen"] == pytest.approx([told["real_low"], told["real_high"]], abs=SAME)
    inside = [told["inside_low"], told["inside_high"]]
    assert found["seen_inside"] == pytest.approx(inside, abs=SAME)
    low, high = found["implied"]  # over all roundings, the chapter's takes the digits as they stand
    assert low - 1e-6 <= told["per_sd"] <= high + 1e-6 and high - low < 1e-4


# --- named places ----------------------------------------------------------------------


def first_named(readings):
    first = {}
    for row in read("cluster_places"):
        if row["reading"] in readings:
            for code in row["prefecture_codes"].split(";"):
                first[int(code)] = min(int(row["batch_year"]), first.get(int(code), 9999))
    return first


def named_counties(panel, readings):
    first, anywhere = first_named(readings), first_named(["narrow", "wide"])
    rows = panel[~panel["unit"].isin(set(anywhere) - set(first))].copy()
    rows["cohort"] = [first.get(u, math.inf) for u in rows["unit"]]
    rows["did"] = (rows["year"] >= rows["cohort"]).astype(float)
    return rows


def prefecture_means(rows):
    rows = rows.dropna(subset=["theil"])
    late = rows[rows["year"] >= 2015]
    late = late[late.groupby("county")["year"].transform("size") == 8]
    columns = [*OUTCOMES, "cohort", "did"]
    means = late.groupby(["province", "unit", "year"])[columns].mean().reset_index()
    return means.assign(county=means["unit"])


READINGS = {"narrow": ["narrow"], "narrow and wide": ["narrow", "wide"]}


def test_named_places(chapters, panel):
    found = chapters["05_3_named_places"]
    for reading, words in READINGS.items():
        loose = named_counties(panel, words).dropna(subset=["theil"])
        means = prefecture_means(loose)
        for outcome in OUTCOMES:
            fits = found["fits"][reading, outcome]
            agree(
                fits["two-way"], least_squares(means, outcome, ["did"], COUNTY_YEAR, "unit"), "did"
            )
            for name, rows in (
                ("province × year", means),
                ("counties, province × year", loose),
            ):
                agree(
                    fits[name], least_squares(rows, outcome, ["did"], PROVINCE_YEAR, "unit"), "did"
                )
    assert found["told"]["named_units"] == 36 and found["told"]["all_units"] == 81


def test_named_places_by_linearmodels(chapters, panel):
    means = prefecture_means(named_counties(panel, READINGS["narrow and wide"]))
    rows = means.set_index(["county", "year"])
    cell = rows["province"] * 10000 + rows.index.get_level_values("year")
    fit = PanelOLS(
        rows["theil"], rows[["did"]], entity_effects=True, other_effects=cell, singletons=False
    ).fit()
    found = chapters["05_3_named_places"]["told"]["itt"]
    assert found == pytest.approx(fit.params["did"], abs=SAME)


def test_callaway_and_santanna_by_means(chapters, panel):
    for reading, words in READINGS.items():
        means = prefecture_means(named_counties(panel, words))
        for outcome in OUTCOMES:
            wide = means.pivot(index="unit", columns="year", values=outcome)
            cohort = means.groupby("unit")["cohort"].first()
            never, total, weight = wide[np.isinf(cohort)], 0.0, 0
            for start in (2020, 2021, 2022):
                joined = wide[cohort == start]
                for year in range(start, 2023):
                    if len(joined):
                        change = (joined[year] - joined[start - 1]).mean()
                        change -= (never[year] - never[start - 1]).mean()
                        total, weight = total + len(joined) * change, weight + len(joined)
            effect = chapters["05_3_named_places"]["effects"][reading, outcome]
            assert effect.overall == pytest.approx(total / weight, abs=SAME)


def test_bounds_and_powers_are_arithmetic_on_the_deals(chapters):
    found = chapters["05_3_named_places"]
    told, deals = found["told"], found["dealt"]["narrow and wide", "theil"]
    assert told["itt"] == pytest.approx(deals.observed, abs=SAME)
    exceed = sum(abs(c) >= abs(deals.observed) * (1 - 1e-9) for c in deals.coefficients)
    assert told["p"] == (1 + exceed) / (1 + len(deals.coefficients))
    mean = sum(deals.coefficients) / len(deals.coefficients)
    spread = math.sqrt(sum((c - mean) ** 2 for c in deals.coefficients) / len(deals.coefficients))
    assert told["mde"] == pytest.approx(2.8 * spread)
    assert told["least_printed"] == math.ceil(100 * told["low"] / -0.033)
    for effect, rejected in ((told["low"] - 3e-5, True), (told["low"] + 3e-5, False)):
        as_far = sum(
            abs(c - effect * d) >= abs(deals.observed - effect) * (1 - 1e-9)
            for c, d in zip(deals.coefficients, deals.picked_up, strict=True)
        )
        assert ((1 + as_far) / (1 + len(deals.coefficients)) <= 0.05) == rejected


def test_leaving_out_each_cluster_and_other_samples(chapters, panel):
    found = chapters["05_3_named_places"]
    whole = named_counties(panel, READINGS["narrow and wide"])
    places = {
        row["cluster"]: {int(code) for code in row["prefecture_codes"].split(";")}
        for row in read("cluster_places")
        if row["prefecture_codes"]
    }
    there = set(prefecture_means(whole)["unit"])
    twins = {}
    for cluster, units in places.items():
        if units & there:
            means = prefecture_means(whole[~whole["unit"].isin(units)])
            twins[cluster] = least_squares(means, "theil", ["did"], PROVINCE_YEAR, "unit")[0][0]
    assert found["without"].to_dict() == pytest.approx(twins, abs=SAME)
    for name, sample in sensitivity_samples(panel).items():
        rows = named_counties(sample, READINGS["narrow and wide"]).dropna(subset=["theil"])
        agree(
            found["checks"][name],
            least_squares(rows, "theil", ["did"], PROVINCE_YEAR, "unit"),
            "did",
        )


def test_the_dummy_for_advantage_areas(chapters, panel):
    """Each county of the file against each of the list, by name within its province."""
    found = chapters["05_3_named_places"]
    with (official.FOLDER / "province_income.csv").open(encoding="utf-8") as file:
        codes = {row["province_zh"]: int(row["code"]) for row in csv.DictReader(file)}
    since = {}
    for place in read("county_places"):
        for area in read("capaa_places"):
            wanted, county = area["place_zh"], area["level"] == "county"
            here = place["name_zh"] if county else place["prefecture_zh"]
            same = here[:-1] == wanted[:-1] if county else here.startswith(wanted[:2])
            province = [c for p, c in codes.items() if p.startswith(area["province_zh"][:2])]
            if same and province == [int(place["province"])]:
                year = min(int(area["year_listed"]), since.get(int(place["county"]), 9999))
                since[int(place["county"])] = year
    rows = named_counties(panel, READINGS["narrow and wide"]).dropna(subset=["theil"])
    rows["area"] = [
        float(y >= since.get(c, 9999)) for c, y in zip(rows["county"], rows["year"], strict=True)
    ]
    assert found["told"]["area_counties"] == rows.loc[rows["area"] == 1, "county"].nunique() > 100
    fit = found["checks"]["all, with the paper's dummy for advantage areas"]
    beta, se, n = least_squares(rows, "theil", ["did", "area"], PROVINCE_YEAR, "unit")
    for at, name in enumerate(("did", "area")):
        agree(fit, (beta[at:], se[at:], n), name)


def event_dummies(rows, low=-7, high=2):
    """A dummy for each event time but -1; the never treated have none."""
    time = (rows["year"] - rows["cohort"]).clip(low, high)
    found = {k: (time == k).astype(float) for k in range(low, high + 1) if k != -1}
    return {k: d for k, d in found.items() if d.any()}


def test_event_study_of_named_places(chapters, panel):
    means = prefecture_means(named_counties(panel, READINGS["narrow and wide"]))
    means["cohort"] = means["cohort"].replace(np.inf, np.nan)
    dummies = event_dummies(means)
    rows = means.assign(**{f"d{i}": d for i, d in enumerate(dummies.values())})
    names = [f"d{i}" for i in range(len(dummies))]
    beta, se, _ = least_squares(rows, "theil", names, PROVINCE_YEAR, "unit")
    path = chapters["05_3_named_places"]["path"].set_index("event_time").drop(index=-1)
    assert list(path.index) == list(dummies)
    np.testing.assert_allclose(path["estimate"], beta, atol=SAME)
    np.testing.assert_allclose(path["se"], se, atol=SAME)


# --- strong towns ----------------------------------------------------------------------


def programme(panel, name):
    first = listed(name)
    rows = panel.dropna(subset=["theil"]).sort_values(["county", "year"]).copy()
    rows["cohort"] = [first.get(c, 9999) for c in rows["county"]]
    rows["cohort"] = rows["cohort"].where(rows["cohort"] <= 2022)
    rows["did"] = (rows["year"] >= rows["cohort"]).astype(float)
    for outcome in OUTCOMES:
        start = dict(zip(rows["county"][::-1], rows[outcome][::-1], strict=True))  # first wins
        rows[f"{outcome}_drift"] = [
            start[c] * (y - 2014) for c, y in zip(rows["county"], rows["year"], strict=True)
        ]
    return rows


MODELS = {
    "county and year": ([], COUNTY_YEAR),
    "+ initial level × trend": (["drift"], COUNTY_YEAR),
    "province × year": ([], PROVINCE_YEAR),
    "both": (["drift"], PROVINCE_YEAR),
}


@pytest.mark.parametrize("name", ["strong_town", "modern_park", "modernisation_zone"])
def test_programmes(chapters, panel, name):
    found, rows = chapters["05_4_strong_towns"], programme(panel, name)
    for outcome in OUTCOMES:
        for model, (more, effects) in MODELS.items():
            terms = ["did", *(f"{outcome}_{term}" for term in more)]
            agree(
                found["fits"][name, outcome, model],
                least_squares(rows, outcome, terms, effects, "county"),
                "did",
            )


def test_event_studies_and_other_samples_of_strong_towns(chapters, panel):
    found, towns = chapters["05_4_strong_towns"], programme(panel, "strong_town")
    dummies = event_dummies(towns)
    rows = towns.assign(**{f"d{i}": d for i, d in enumerate(dummies.values())})
    names = [f"d{i}" for i in range(len(dummies))]
    for (model, outcome), path in found["paths"].items():
        more, effects = MODELS[model]
        terms = [*names, *(f"{outcome}_{term}" for term in more)]
        beta, se, _ = least_squares(rows, outcome, terms, effects, "county")
        path = path.set_index("event_time").drop(index=-1)
        np.testing.assert_allclose(path["estimate"], beta[: len(names)], atol=SAME)
        np.testing.assert_allclose(path["se"], se[: len(names)], atol=SAME)
    for name, sample in sensitivity_samples(towns).items():
        for model, fit in found["checks"][name].items():
            more, effects = MODELS[model]
            terms = ["did", *(f"theil_{term}" for term in more)]
            agree(fit, least_squares(sample, "theil", terms, effects, "county"), "did")


# --- neighbours and provinces ----------------------------------------------------------


def demeaned(rows, columns, effects):
    """Columns without the means of the effects, taken out by turns."""
    z = rows[columns].to_numpy(float)
    groups = [rows.groupby(list(effect)).ngroup().to_numpy() for effect in effects]
    for _ in range(4000):
        before = z.copy()
        for group in groups:
            z = z - pd.DataFrame(z).groupby(group).transform("mean").to_numpy()
        if np.abs(z - before).max() < 1e-15:
            break
    return z.T


def apart(places):
    """Kilometres between each two places, by the haversine formula, one by one."""
    distance = np.zeros((len(places), len(places)))
    for i, a in enumerate(places):
        for j, b in enumerate(places[:i]):
            (x1, y1), (x2, y2) = ([math.radians(v) for v in place] for place in (a, b))
            h = math.sin((y2 - y1) / 2) ** 2
            h += math.cos(y1) * math.cos(y2) * math.sin((x2 - x1) / 2) ** 2
            distance[i, j] = distance[j, i] = 2 * 6371.0088 * math.asin(math.sqrt(h))
    return distance


def with_distances(panel):
    """Rows with relief and the strong towns; counties in order, and how far they are apart."""
    rows, first = with_relief(panel).sort_values(["county", "year"]), listed("strong_town")
    rows["town"] = [
        float(y >= first.get(c, 9999)) for c, y in zip(rows["county"], rows["year"], strict=True)
    ]
    places = rows.groupby("county")[["longitude", "latitude"]].first()
    return rows, list(places.index), apart(places.to_numpy().tolist())


def conley_by_loop(rows, y, x, distance, cutoffs):
    score = pd.Series(x * (y - x * (x @ y) / (x @ x))).groupby(rows["county"].to_numpy()).sum()
    for cutoff in cutoffs:
        meat = 0.0
        for i, own in enumerate(score):
            weight = np.maximum(1 - distance[i] / cutoff, 0) if cutoff else np.eye(len(score))[i]
            meat += own * float(sum(weight * score.to_numpy()))
        yield math.sqrt(meat) / (x @ x)


def test_conley_errors_by_a_double_loop_over_counties(chapters, panel):
    (rows, names, distance), found = with_distances(panel), chapters["05_5_real_neighbours"]
    for regressor, word in (("town", "strong town"), ("relief_trend", "relief × trend")):
        for effects, word_2 in (
            (COUNTY_YEAR, "county and year"),
            (PROVINCE_YEAR, "province × year"),
        ):
            y, x = demeaned(rows, ["theil", regressor], effects)
            errors = found["errors"][word, word_2]
            twins = list(conley_by_loop(rows, y, x, distance, errors.index))
            np.testing.assert_allclose(errors, twins, atol=SAME)
            assert found["reach"][word_2]["pairs"].sum() <= len(names) * (len(names) - 1) / 2


def test_what_neighbours_share_in_other_samples(chapters, panel):
    (rows, names, distance), found = with_distances(panel), chapters["05_5_real_neighbours"]
    samples = sensitivity_samples(rows)
    assert list(found["checks"]) == list(samples)
    for name, sample in samples.items():
        here = found["checks"][name]
        y, x = demeaned(sample, ["theil", "relief_trend"], COUNTY_YEAR)
        at = [names.index(c) for c in sorted(set(sample["county"]))]
        twins = conley_by_loop(sample, y, x, distance[np.ix_(at, at)], here["errors"].index)
        np.testing.assert_allclose(here["errors"], list(twins), atol=SAME)
        total, pairs = 0.0, 0
        for year in set(sample["year"]):
            then = (sample["year"] == year).to_numpy()
            at = sample.loc[then, "county"].map(names.index).to_numpy()
            near = np.triu(distance[np.ix_(at, at)] < 50, k=1)
            total, pairs = total + (np.outer(y[then], y[then]) * near).sum(), pairs + near.sum()
        assert here["near"] == pytest.approx(total / pairs / np.mean(y**2), abs=SAME)
        assert here["n"] == len(sample)


def test_provinces(chapters):
    rows = pd.read_csv(official.FOLDER / "province_income.csv")
    rows["ratio"] = rows["urban_income_yuan"] / rows["rural_income_yuan"]
    rows = rows.dropna(subset=["ratio", "urban_share"])
    rows["theil"] = [
        theil_by_hand(r, p) for r, p in zip(rows["ratio"], rows["urban_share"], strict=True)
    ]
    rows["log_ratio"] = np.log(rows["ratio"])
    clusters = pd.read_csv(official.FOLDER / "clusters.csv")
    rows["clusters"] = [
        ((clusters["province"] == p) & (clusters["batch_year"] <= y)).sum()
        for p, y in zip(rows["province"], rows["year"], strict=True)
    ]
    total = [
        ((clusters["province"] == p) & (clusters["batch_year"] <= 2022)).sum()
        for p in rows["province"]
    ]
    effects, found = [("code",), ("year",)], chapters["05_5_real_neighbours"]
    years = [y for y in sorted(set(rows["year"])) if y != 2019]
    for y in years:
        rows[f"t{y}"] = (rows["year"] == y) * np.array(total, float)
    for outcome in ("theil", "log_ratio"):
        agree(
            found["totals"][outcome],
            least_squares(rows, outcome, ["clusters"], effects, "code"),
            "clusters",
        )
        beta, se, _ = least_squares(rows, outcome, [f"t{y}" for y in years], effects, "code")
        study = found["studies"][outcome]
        np.testing.assert_allclose(list(study["coef"].values()), beta, atol=SAME)
        np.testing.assert_allclose(list(study["se"].values()), se, atol=SAME)
