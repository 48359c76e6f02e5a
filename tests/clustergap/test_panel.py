"""Assembly: variables by hand, checked merges, and an account of every row."""

import numpy as np
import pandas as pd
import pytest

from clustergap.panel import CONTROLS, SYNTHETIC, VARIABLES, assemble, load
from paneldid import identified as estimable
from yearbooks.contract import ContractError

EXACT = 1e-12  # one division or logarithm


def yearbook(county="130001", years=(2019, 2020, 2021)):
    """Three years of one made-up county with round numbers."""
    row = {
        "county": county, "county_name": "a county", "population": 1000.0,
        "urban_population": 400.0, "rural_population": 600.0, "registered_population": 1100.0,
        "urban_income": 30000.0, "rural_income": 10000.0, "gdp": 5000.0,
        "secondary_value_added": 2000.0, "tertiary_value_added": 2500.0, "grain_output": 500.0,
        "fiscal_revenue": 100.0, "fiscal_expenditure": 400.0, "secondary_students": 55.0,
        "loans": 4000.0, "telephones": 90.0, "machinery_power": 900.0,
    }  # fmt: skip
    return pd.DataFrame([row | {"year": year} for year in years])


def tables(**changed):
    keys = yearbook()[["county", "year"]]
    made = {
        "yearbook": yearbook(),
        "clusters": pd.DataFrame(
            {
                "county": ["130001"], "batch_year": [2020], "cluster": ["c"], "product": ["tea"],
                "cluster_type": ["high_value"],
            }
        ),
        "capaa": pd.DataFrame({"county": ["130001"], "year": [2021]}),
        "registrations": keys.assign(agro_processing=0, auxiliary=[0, 1, 3]),
        "gi_products": keys.assign(gi_products=2),
        "terrain": pd.DataFrame({"county": ["130001"], "ruggedness": [1.5]}),
    }  # fmt: skip
    return made | changed


def test_variables_by_hand():
    panel, _ = assemble(tables())
    row = panel.iloc[-1]
    expected = {
        "gap": (2 / 3) * np.log((2 / 3) / 0.4) + (1 / 3) * np.log((1 / 3) / 0.6),
        "gini": 2 / 3 - 0.4,
        "income_ratio": 3.0,
        "pgdp": 5.0,
        "pgra": 500.0,
        "ind": 0.4,
        "serv": 0.5,
        "fiscal": 0.25,
        "edu": 0.05,
        "financial": 0.8,
        "com": 0.09,
        "atl": 1.5,
        "chain_aux": np.log(4),
        "chain_process": 0.0,
        "brand": 2,
        "ruggedness_trend": 4.5,
    }
    for name, value in expected.items():
        assert row[name] == pytest.approx(value, abs=EXACT), name


def test_treatment_by_hand():
    panel, _ = assemble(tables())
    assert panel["treat"].tolist() == [1, 1, 1]
    assert panel["post"].tolist() == panel["did"].tolist() == [0, 1, 1]
    assert panel["event_time"].tolist() == [-1, 0, 1]
    assert panel["capaa"].tolist() == [0, 0, 1]
    assert (panel["cohort"] == 2020).all()


def test_no_county_designated_is_zero_and_no_table_is_missing():
    elsewhere = pd.DataFrame({"county": ["990001"], "year": [2020]})
    panel, report = assemble(tables(capaa=elsewhere))
    assert panel["capaa"].tolist() == [0, 0, 0]
    assert report.set_index("step").loc["CAPAA designations", "lost"] == 1
    panel, _ = assemble(tables(capaa=elsewhere.head(0)))
    assert "capaa" not in panel


def test_never_treated_have_no_cohort():
    other = pd.concat([yearbook(), yearbook("420001")])
    panel, _ = assemble(tables(yearbook=other))
    never = panel[panel["county"] == "420001"]
    assert never[["cohort", "event_time", "cluster_type"]].isna().all(axis=None)
    assert never[["treat", "post", "did"]].eq(0).all(axis=None)
    assert never["region"].eq("central_western").all() and never["province"].eq("42").all()


def test_a_county_in_two_clusters_starts_with_the_first_and_changes_type():
    twice = pd.DataFrame(
        {
            "county": ["130001"] * 2, "batch_year": [2021, 2020], "cluster": ["b", "a"],
            "product": ["tea", "rice"], "cluster_type": ["high_value", "grain"],
        }
    )  # fmt: skip
    panel, _ = assemble(tables(clusters=twice))
    assert (panel["cohort"] == 2020).all()
    assert panel["cluster_type"].tolist() == ["grain", "grain", "high_value"]


def test_a_missing_control_drops_the_row_and_says_so():
    gap = yearbook()
    gap.loc[1, "loans"] = np.nan
    panel, report = assemble(tables(yearbook=gap))
    assert panel["year"].tolist() == [2019, 2021]
    lost = report.set_index("step")["lost"]
    assert lost["financial missing"] == 1
    assert lost["county-years with all controls"] == 1
    assert lost["counties observed in every year"] == 0


def test_what_finds_no_partner_is_counted_and_never_filled():
    made = tables()
    made["registrations"] = made["registrations"].iloc[:2]
    made["clusters"] = pd.concat([made["clusters"], made["clusters"].assign(county="990001")])
    panel, report = assemble(made)
    assert len(panel) == 3
    assert panel["chain_aux"].isna().tolist() == [False, False, True]
    table = report.set_index("step")
    assert table.loc["county-years without registrations", "rows"] == 1
    assert table.loc["county-cluster pairs", "lost"] == 1


def test_doubled_keys_cannot_multiply_rows():
    made = tables()
    made["registrations"] = pd.concat([made["registrations"]] * 2)
    with pytest.raises(pd.errors.MergeError):
        assemble(made)


def test_one_year_is_no_panel():
    with pytest.raises(ContractError, match="only one year"):
        assemble(tables(yearbook=yearbook(years=(2020,))))


@pytest.mark.parametrize(("empty", "rows"), [([0, 1, 2], 3), ([0, 2], 2)])
def test_a_control_that_leaves_no_panel_is_named(empty, rows):
    book = yearbook()
    book.loc[empty, "telephones"] = np.nan
    years = "only one year" if rows == 2 else "no year"
    words = (
        rf"{years} with all controls.* com \(Fixed-line telephone .* in {rows} of 3 county-years"
    )
    with pytest.raises(ContractError, match=words):
        assemble(tables(yearbook=book))


def clusters(*rows):
    frame = pd.DataFrame(rows, columns=["county", "batch_year", "cluster", "cluster_type"])
    return frame.assign(product="tea")


@pytest.mark.parametrize("empty", [False, True])
def test_a_cluster_that_starts_after_the_last_year_treats_nobody(empty):
    """2022 is the last year, or, where no county-year of 2022 is complete, 2021."""
    years = (2019, 2020, 2021, 2022)
    book = pd.concat(
        [yearbook(code, years) for code in ("130001", "130002", "130003")], ignore_index=True
    )
    if empty:
        book.loc[book["year"] == 2022, "loans"] = np.nan
    rows = [
        ("130001", 2020, "a", "grain"), ("130001", 2024, "b", "high_value"),
        ("130002", 2023, "b", "high_value"), ("130003", 2022, "c", "grain"),
    ]  # fmt: skip
    panel, report = assemble(tables(yearbook=book, clusters=clusters(*rows)))
    never = panel["county"].isin(["130002", "130003"] if empty else ["130002"])
    names = ["cohort", "event_time", "cluster_type", "industrial_cluster"]
    assert panel.loc[never, names].isna().all(axis=None)
    assert panel.loc[never, ["treat", "post", "did"]].eq(0).all(axis=None)
    assert panel.loc[~never, names].notna().all(axis=None)
    first = panel[panel["county"] == "130001"]
    assert first["cohort"].eq(2020).all() and first["cluster_type"].eq("grain").all()
    assert first["industrial_cluster"].eq("a").all()  # its first, whatever comes later
    estimable.require_never(panel)
    assert estimable.with_comparison(panel)[0] is panel
    last, number = (2021, 3) if empty else (2022, 2)
    step = report.set_index("step").loc[f"county-cluster pairs that start after {last}"]
    assert step["rows"] == number and step["why"] == "not treated by them within the panel"


def test_a_panel_that_sees_all_clusters_start_does_not_speak_of_later_ones():
    assert not assemble(tables())[1]["step"].str.contains("after").any()


@pytest.mark.parametrize("order", [1, -1])
def test_of_two_clusters_of_one_batch_grain_counts_before_and_after(order):
    """The name of a cluster, the order of rows and other counties do not matter."""
    twice = [("130001", 2020, "a", "grain"), ("130001", 2020, "b", "high_value")]
    named = [("130002", 2020, "b", "grain"), ("130002", 2020, "a", "high_value")]
    others = [(f"1301{n}", 2020 + n % 2, "c", "high_value") for n in range(21, 61)]
    table = clusters(*others, *twice, *named)[::order]
    book = pd.concat([yearbook(code) for code in table["county"].unique()])
    panel, report = assemble(tables(yearbook=book, clusters=table))
    both = panel[panel["county"].isin(["130001", "130002"])]
    assert both["cluster_type"].tolist() == ["grain"] * 6
    assert both["industrial_cluster"].tolist() == ["a"] * 6
    step = report.set_index("step").loc["counties in both types of cluster in one batch"]
    assert step["rows"] == 2 and step["why"] == "counted as grain"


def test_raw_tables_are_left_alone():
    made = tables()
    before = {name: table.copy() for name, table in made.items()}
    assemble(made)
    for name, table in made.items():
        pd.testing.assert_frame_equal(table, before[name])


def test_shipped_panel_is_balanced_and_says_what_it_is():
    study = load()
    assert study.synthetic and study.source == SYNTHETIC
    assert study.panel.groupby("county").size().eq(9).all()
    assert list(study.panel.columns) == ["county", "year", *VARIABLES]
    assert study.panel[["gap", "gini", *CONTROLS]].notna().all(axis=None)
    assert study.panel.groupby("cohort")["county"].nunique().to_dict() == {
        2020: 175, 2021: 175, 2022: 140,
    }  # fmt: skip
    assert study.panel["did"].sum() == 1015


def test_other_data_is_named_by_its_fingerprint(raw_folder):
    for path in raw_folder.glob("*.csv"):
        path.write_text(path.read_text(encoding="utf-8").replace("S", "0"), encoding="utf-8")
    study = load(raw_folder)
    assert not study.synthetic
    assert study.fingerprint in study.source


def test_fingerprint_changes_with_any_table(raw_folder):
    first = load(raw_folder).fingerprint
    path = raw_folder / "terrain.csv"
    assert load(raw_folder).fingerprint == first
    frame = pd.read_csv(path)
    frame["ruggedness"] += 0.5
    frame.to_csv(path, index=False)
    assert load(raw_folder).fingerprint != first
