"""This paper's tables through the tool: its findings, honest tables like them, planted faults."""

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from paper_like import honest_tables
from scipy import stats

from bookkit.ledger import PUBLISHED
from clustergap.panel import CONTROLS, MECHANISMS
from printcheck import check, designs, read_cells, read_roles
from printcheck.checks import Outcome
from printcheck.intervals import Interval

YES, OPEN = Outcome.CONSISTENT, Outcome.CONSISTENT_ONLY_IF
NO, UNKNOWN = Outcome.INCONSISTENT, Outcome.NOT_TESTABLE


@pytest.fixture(scope="module")
def paper():
    return read_cells(PUBLISHED / "cells.csv"), read_roles(PUBLISHED / "roles.yml")


@pytest.fixture(scope="module")
def found(paper):
    return check(*paper).findings


# The paper's own numbers, against hand computation


def test_treated_rows_of_the_paper_by_hand(found):
    """By means p is in [0.0150 / 0.1865, 0.0170 / 0.1855]; R² narrows it from both sides."""
    low = (1 - math.sqrt(1 - 4 * 0.0795 * (0.1855 / 0.1865) ** 2 * 11582 / 11583)) / 2
    high = (1 - math.sqrt(1 - 4 * 0.0805 * (0.1865 / 0.1855) ** 2 * 11582 / 11583)) / 2
    treated = found["treated_share_table_2_1"].numbers["treated"]
    assert treated.ends == (math.ceil(low * 11583), math.floor(high * 11583)) == (997, 1034)


def test_hidden_coefficients_of_the_paper_by_hand(found):
    rest = 0.356 - 0.754 + 0.171 * 1016 / 11583 + 0.009 * 5.286 + 0.145 * 0.401 + 0.376 * 0.426
    rest += 0.126 * 0.333 + 1.148 * 0.050 + 0.026 * 0.837 - 0.009 * 0.088
    assert rest / 585.045 == pytest.approx(5.5e-6, rel=0.02)
    assert rest / 585.045 in found["plane_table_2_2"].numbers["coefficient"]
    assert found["plane_table_2_3"].numbers["coefficient"].hi < 0  # its sign and three stars fit
    assert -6.9e-5 in found["plane_table_2_3"].numbers["coefficient"]


def test_paper_outcomes(found):
    """All outcomes in one place, so that a changed check cannot change one unnoticed."""
    assert {k for k, r in found.items() if r.outcome == NO} == {"period", "percent"}
    fits = (
        "ranges stars_table_3 stars_table_4 stars_table_5 stars_table_6 nested moments rows words"
    )
    fits += " treated_share_table_2_1 first_stage_ruggedness pooled_region pooled_finance"
    fits += " split_region difference_type difference_region difference_finance"
    assert {k for k, r in found.items() if r.outcome == YES} == set(fits.split())
    assert not [k for k, r in found.items() if r.outcome == UNKNOWN]
    assert all(item.condition for item in found.values() if item.outcome == OPEN)


def test_numbers_that_the_page_names(found):
    numbers = {key: item.numbers for key, item in found.items()}
    assert 9.27 in numbers["percent"]["of_mean"] and 17.7 in numbers["percent"]["of_sd"]
    assert numbers["theil_level"]["lowest"].ends == pytest.approx((5.58, 5.60), abs=0.01)
    assert numbers["two_indices"]["ratio"].ends == pytest.approx((11.1, 14.6), abs=0.05)
    assert numbers["two_indices"]["sampled"].lo == pytest.approx(3.76, abs=0.01)
    assert 23.4 in numbers["iv_scale_ruggedness"]["times"]
    assert numbers["first_stage_ruggedness"]["t"].ends == pytest.approx((5.384, 5.384), abs=0.001)
    assert 1.4848 in numbers["variance_ratio_ruggedness"]["ratio"]
    assert numbers["iv_error_ruggedness"]["design"].ends == pytest.approx((1.05, 1.48), abs=0.01)
    assert numbers["difference_region"]["z"].ends == pytest.approx((2.40, 3.22), abs=0.01)
    assert 2.07 in numbers["clustering"]["Table 2 (1) constant"]
    least = numbers["least_errors_table_2_2"]
    assert (least["edu"].hi, least["com"].hi) == pytest.approx((1.206, 1.239), abs=0.001)
    assert numbers["ceilings"]["joint"].ends == pytest.approx((0.74, 0.78), abs=0.005)
    assert numbers["parts_r2_region"]["f"].ends == pytest.approx((45.5, 53.4), abs=0.1)


def misprint(cells, exhibit, column, row, statistic, printed):
    address = (exhibit, column, row, statistic)
    assert sum(cell[:4] == address for cell in cells) == 1
    return [c._replace(printed=printed) if c[:4] == address else c for c in cells]


@pytest.mark.parametrize(
    ("address", "impossible", "extreme"),
    [
        (("table_2", "1", "did", "se"), "-0.006", "0.000"),
        (("table_1", "main", "edu", "sd"), "-0.014", "0.000"),
        (("table_2", "3", "model", "r2"), "1.001", "1.000"),
        (("table_2", "3", "model", "r2"), "-0.001", "0.000"),
        (("table_6", "2", "model", "n"), "0", "1"),
        (("table_1", "main", "gap", "n"), "0", "1"),
    ],
)
def test_an_impossible_number_stops_the_other_checks(paper, address, impossible, extreme):
    cells, roles = paper
    found = check(misprint(cells, *address, impossible), roles).findings
    assert set(found) == {"ranges"} and found["ranges"].outcome == NO
    assert " ".join(address) in found["ranges"].arithmetic
    found = check(misprint(cells, *address, extreme), roles).findings
    assert len(found) > 1 and found["ranges"].outcome == YES


def test_numbers_of_the_paper_by_hand(paper, found):
    """Each check's number from the printed cells in the middle of their rounding intervals."""
    cell = {c[:4]: float(c.printed) for c in paper[0]}

    def in_table(number, column, row="did", statistic="estimate"):
        return cell[f"table_{number}", str(column), row, statistic]

    effect, numbers = in_table(2, 3), {key: read.numbers for key, read in found.items()}
    left, squares = 0.186 * math.sqrt(1 - 0.827), 0.0
    for column, name in enumerate(MECHANISMS, start=1):
        sd, r2 = in_table(1, "main", name, "sd"), in_table(5, column, "model", "r2")
        share = abs(in_table(5, column) * left / (sd * math.sqrt(1 - r2)) / effect)
        squares += share**2
        assert share in numbers["ceilings"][name]
    assert math.sqrt(squares) in numbers["ceilings"]["joint"]
    for name, (a, b) in {"type": (1, 2), "region": (3, 4), "finance": (5, 6)}.items():
        errors = [in_table(6, column, "did", "se") for column in (a, b)]
        se = sum(errors) if name == "finance" else math.hypot(*errors)
        assert abs(in_table(6, a) - in_table(6, b)) / se in numbers[f"difference_{name}"]["z"]
        ends = sorted((in_table(6, a), in_table(6, b)))
        assert f"{ends[0] - 0.0005:.4f} to {ends[1] + 0.0005:.4f} in parts".replace("-", "−") in (
            found[f"pooled_{name}"].arithmetic
        )
        lacking = 11583 - in_table(6, a, "model", "n") - in_table(6, b, "model", "n")
        assert numbers[f"split_{name}"]["missing"].lo == lacking
    assert numbers["split_matched"]["missing"].lo == 11583 - in_table(4, 3, "model", "n")
    assert in_table(2, 3) / in_table(4, 1) in numbers["two_indices"]["slope"]
    assert -in_table(3, 2) / 0.356 in numbers["iv_scale_ruggedness"]["means"]
    assert -in_table(3, 2) / 0.186 in numbers["iv_scale_ruggedness"]["sds"]
    assert 0.372 - 0.186 in numbers["treated_share_table_2_1"]["level"]
    assert 1.0 in numbers["percent"]["base"]
    assert numbers["event_window"]["first"].lo == 2014 - 2022
    assert numbers["period"]["compared"].lo == 4 and numbers["rows"]["compared"].lo == 24
    se = [in_table(table, column, statistic="se") for table, column in ((4, 1), (2, 3))]
    r2 = [in_table(table, column, "model", "r2") for table, column in ((4, 1), (2, 3))]
    spread = 0.186 * se[0] / se[1] * math.sqrt((1 - r2[1]) / (1 - r2[0]))
    assert spread in numbers["two_errors"]["spread"] and spread > 0.187
    assert 0.033 / se[1] in numbers["two_errors"]["theil_t"]
    assert 0.013 / se[0] in numbers["two_errors"]["gini_t"]
    assert (0.033 - 0.021) / (0.041 - 0.021) in numbers["pooled_region"]["weight"]
    assert stats.norm.cdf(-2.704 / 1.071) in numbers["logarithms"]["chain_process"]
    ratio = numbers["variance_ratio_ruggedness"]
    assert ratio["share"].ends == pytest.approx((0.416, 0.548), abs=0.001)
    stars = [n["coefficients"].lo for key, n in numbers.items() if key.startswith("stars_")]
    assert sum(stars) == 38 and numbers["words"]["compared"].lo == 17
    squares = sum(
        n * (1 - in_table(6, c, "model", "r2")) for n, c in ((4446 / 11583, 3), (7137 / 11583, 4))
    )
    assert (0.173 / squares - 1) * (10279 - 17) / 17 in numbers["parts_r2_region"]["f"]


def test_clustering_of_the_paper_by_hand(found):
    """Textbook errors from the ends of all rounding intervals; 997 to 1034 rows are treated."""
    n, (few, many) = 11583, (997 / 11583, 1034 / 11583)
    design = found["clustering"].numbers
    # the interval of p (1 - p) takes the two factors at different p
    variance = {"constant": (1 - many, 1 - few), "did": (few * (1 - many), many * (1 - few))}
    for (name, spread), se in zip(variance.items(), (0.002, 0.006), strict=True):
        unit = n * (n - 2) / (n - 1)
        lo = (se - 0.0005) ** 2 * unit * spread[0] / (0.1865**2 * (1 - 0.0795))
        hi = (se + 0.0005) ** 2 * unit * spread[1] / (0.1855**2 * (1 - 0.0805))
        assert design[f"Table 2 (1) {name}"].ends == pytest.approx((lo, hi))
    paths = designs.staggered(1287, 9, [3, 2, 1], Interval(997, 1034))
    dof = n - 1287 - 8 - 1 - len(CONTROLS)  # counties, years but one, the treatment, controls
    unit = n * dof / (n - 1)
    lo = 0.0035**2 * unit * paths["variance"].lo / (0.1865**2 * (1 - 0.8265))
    hi = 0.0045**2 * unit * paths["variance"].hi / (0.1855**2 * (1 - 0.8275))
    assert design["Table 2 (3) did"].ends == pytest.approx((lo, hi))
    scaled = found["variance_ratio_ruggedness"].numbers
    for name in ("clustered", "robust"):  # with fixed effects counted as parameters, or not
        ends = (paths[name].lo * dof / n, paths[name].hi)
        assert scaled[name].ends == pytest.approx(ends)
    first = found["first_stage_ruggedness"]
    assert first.numbers["se"].lo == pytest.approx(0.0085 / math.sqrt(28.9875))
    assert "t² is 10.3 to 45.2" in first.arithmetic  # 11.56 dof / n, 40.11 n / dof
    assert found["theil_level"].arithmetic.endswith("stated 2.33 to 2.76")
    edu = found["least_errors_table_2_2"].numbers["edu"]
    hi = (0.0945 * 0.0175) ** 2 * (n - 10) / (0.1855**2 * (1 - 0.2375))
    assert edu.hi == pytest.approx(hi)


def test_where_print_does_not_tell_any_rows_of_the_longest_cohort_may_be_treated(paper):
    cells, roles = paper
    found = check(misprint(cells, "table_2", "1", "did", "estimate", "0.186"), roles).findings
    assert found["treated_share_table_2_1"].outcome == NO  # it would be negative
    unit = 11583 * 11581 / 11582
    least = 0.0015**2 * unit * (1 - 3 / 9) / (0.1865**2 * (1 - 0.0795))
    most = 0.0025**2 * unit * (1 - 1 / 11583) / (0.1855**2 * (1 - 0.0805))
    design = found["clustering"].numbers["Table 2 (1) constant"]
    assert design.ends == pytest.approx((least, most))


def test_stars_have_one_degree_of_freedom_less_than_clusters(paper):
    cells, roles = paper
    few = roles | {"defaults": roles["defaults"] | {"clusters": 3}}
    wide = check(cells, few).findings["stars_table_5"]
    assert wide.outcome == OPEN  # Student's t of two degrees of freedom needs 4.30 for 5 %
    assert check(cells, roles).findings["stars_table_5"].outcome == YES


def test_fewer_rows_than_parts_is_no_split(paper):
    cells, roles = paper
    found = check(misprint(cells, "table_2", "3", "model", "n", "1158"), roles).findings
    assert found["split_region"].outcome == NO  # its parts have more rows than all


def test_prose_that_contradicts_a_table_is_named(paper):
    cells, roles = paper
    altered = misprint(cells, "table_5", "2", "model", "n", "11584")
    read = check(altered, roles).findings["rows"]
    assert read.outcome == NO and read.arithmetic.endswith("Table 5 (2): 11584 / 11583")
    for address in (("table_3", "1", "ruggedness"), ("table_6", "4", "did")):
        altered = [c._replace(stars=1) if c[:4] == (*address, "estimate") else c for c in cells]
        read = check(altered, roles).findings["words"]
        assert read.outcome == NO and "10 % / 1 %" in read.arithmetic
    for column in ("1", "2", "3", "4"):
        altered = misprint(cells, "table_6", column, "did", "estimate", "-0.111")
        read = check(altered, roles).findings["words"]
        assert read.arithmetic.startswith(f"1 of 17 differ; Table 6 ({column}) did: −0.1115 to")


def test_the_roles_say_what_the_sentences_say(paper):
    """Numbers of the prose stand in the roles file as in text.csv."""
    said = pd.read_csv(PUBLISHED / "text.csv", dtype=str).set_index("key").printed
    roles = paper[1]
    panel, adoption = roles["panel"], roles["adoption"]
    assert str(panel["units"]) == said["counties_data"]
    assert [str(panel[k]) for k in ("first", "last")] == [
        *said[["first_year_data", "last_year_data"]]
    ]
    assert [*map(str, adoption["cohorts"])] == [
        said[f"cluster_list_{nth}_year"] for nth in ("first", "second", "third")
    ]
    assert {*map(str, adoption["event_times"])} == {*said[said.index.str.startswith("event_")]}
    assert roles["indices"]["ratio"] == [said["income_ratio_2024"], said["income_ratio_2014"]]
    assert [*roles["statistics"].values()] == [said["kleibergen_paap_lm"]]
    assert [*map(str, roles["stars"])] == [said[f"star_level_{n}"] for n in (1, 2, 3)]
    for name, span in roles["periods"].items():
        key = "data" if name == "section 3.1" else name
        assert [*map(str, span)] == [said[f"{end}_year_{key}"] for end in ("first", "last")]
    names = dict(zip("1234", ("high_value", "grain", "eastern", "central_western"), strict=True))
    told = {k: v for k, v in said.items() if k.startswith("significance_table_")}
    for claim in roles["claims"]:
        exhibit, column, _ = claim["cell"].split("/")
        if "percent" in claim:
            assert claim["percent"] == said["reduction_percent"]
        elif "says" in claim:
            assert claim["says"] == said[f"coefficient_{names[column]}"]
        else:
            keys = [k for k in told if exhibit in k and column in k.partition("_column_")[2]]
            assert [str(claim["level"])] == [told[k] for k in keys]
    columns = sum(len(k.partition("_column_")[2].split("_and_")) for k in told)
    assert columns == sum("level" in claim for claim in roles["claims"])


def test_the_tool_knows_no_paper():
    """Nothing in the package names a variable, a table or a place of this paper."""
    words = (
        "did",
        "gap",
        "pgdp",
        "pgra",
        "ruggedness",
        "chain_aux",
        "brand",
        "grain",
        "china",
        "county",
    )
    for path in Path(designs.__file__).parent.iterdir():
        if path.suffix in (".py", ".yml", ".json"):
            text = path.read_text(encoding="utf-8").lower()
            assert not [w for w in words if f'"{w}"' in text or f"{w}_" in text], path.name
            assert "clustergap" not in text and "bookkit" not in text, path.name


# Honest tables


def wrong(cells, roles):
    report = check(cells, roles)
    return {item.id for item in report.items if item.finding.outcome == NO}


def check_honest(roles, draws, seed):
    for number, child in enumerate(np.random.SeedSequence(seed).spawn(draws)):
        cells, told = honest_tables(np.random.default_rng(child), roles)
        assert len(cells) == 153
        assert not wrong(cells, told), f"honest table {number}: {check(cells, told).text()}"


@pytest.mark.slow
def test_honest_tables_are_never_called_inconsistent(paper):
    check_honest(paper[1], 100, 20)


@pytest.mark.weekly
def test_a_thousand_honest_tables(paper):
    check_honest(paper[1], 1000, 21)


# Planted errors


def plant(cells, kind, rng):
    """A copy of the cells with one fault of a kind that happens."""
    statistic = kind.partition(" ")[0]
    rows = [
        i
        for i, c in enumerate(cells)
        if c.statistic == ("estimate" if statistic in ("stars", "sign", "swap") else statistic)
    ]
    row = int(rng.choice(rows))
    cell, copy = cells[row], list(cells)
    if kind == "stars":
        copy[row] = cell._replace(stars=int(rng.choice([s for s in range(4) if s != cell.stars])))
    elif kind == "sign":
        copy[row] = cell._replace(
            printed=cell.printed[1:] if cell.printed[0] == "-" else f"-{cell.printed}"
        )
    elif kind == "swap":  # with the estimate of another row or column
        other = int(rng.choice([i for i in rows if cells[i].printed != cell.printed]))
        copy[row] = cell._replace(printed=cells[other].printed)
        copy[other] = cells[other]._replace(printed=cell.printed)
    else:
        places = [i for i, character in enumerate(cell.printed) if character.isdigit()]
        shown = [i for i in places if cell.printed[i] != "0"] or places
        place = places[-1] if kind.endswith("last") else shown[0]
        digit = rng.choice([d for d in "0123456789" if d != cell.printed[place]])
        copy[row] = cell._replace(printed=cell.printed[:place] + digit + cell.printed[place + 1 :])
    return copy


KINDS = [f"{s} {d}" for s in ("estimate", "se", "n", "r2") for d in ("last", "leading")]
KINDS += ["stars", "sign", "swap"]


def caught(roles, draws, seed):
    """Share of planted errors that turn some check INCONSISTENT, by kind."""
    hits = dict.fromkeys(KINDS, 0)
    for child in np.random.SeedSequence(seed).spawn(draws):
        rng = np.random.default_rng(child)
        cells, told = honest_tables(rng, roles)
        for kind in KINDS:
            hits[kind] += bool(wrong(plant(cells, kind, rng), told))
    return {kind: count / draws for kind, count in hits.items()}


# A third of the rates measured on 200 tables: far enough below for chance, and still a test that
# notices a check gone dead. The last digit of an R² is seen in 1 of 30 tables: too rare to test.
LEAST_CAUGHT = {
    "estimate last": 0.08, "estimate leading": 0.18, "se last": 0.03, "se leading": 0.07,
    "n last": 0.14, "n leading": 0.17, "r2 leading": 0.04, "stars": 0.29, "sign": 0.06,
    "swap": 0.28,
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(
    ("draws", "seed"), [(12, 23), pytest.param(200, 22, marks=pytest.mark.weekly)]
)
def test_planted_errors_are_caught(paper, draws, seed):
    rates = caught(paper[1], draws, seed)
    assert all(rates[kind] >= least for kind, least in LEAST_CAUGHT.items()), rates
