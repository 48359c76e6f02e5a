"""What a panel cannot answer, and the words that say so."""

import numpy as np
import pandas as pd
import pyfixest as pf
import pytest

from paneldid import identified as estimable
from paneldid.identified import Gaps, NotEstimable

SEED = 11


def panel(cohorts, years=range(2014, 2020)):
    """A county for each cohort, None if never treated."""
    frame = pd.DataFrame(
        [(f"{i:06d}", year, cohort) for i, cohort in enumerate(cohorts) for year in years],
        columns=["county", "year", "cohort"],
    ).astype({"cohort": float})
    treat = frame["cohort"].notna().astype(int)
    post = (frame["year"] >= frame["cohort"]).astype(int)
    return frame.assign(
        treat=treat, post=post, did=post, event_time=frame["year"] - frame["cohort"]
    )


@pytest.mark.parametrize(
    ("cohorts", "words"),
    [
        ([None, None, None], "No county-year of the sample is treated"),
        ([2014, 2013, 2012], "Every county-year of the sample is treated"),
        ([2016, 2016, 2016], "all in the same year"),
        ([2030, 2030, None], "No county-year"),
        ([2010, None, 2012], "explain the treatment completely"),
        ([2016, None], ""),
        ([2016, 2018], ""),
    ],
)
def test_why_there_is_no_effect(cohorts, words):
    said = estimable.without_effect(panel(cohorts), "the sample")
    assert words in said and bool(words) is bool(said)
    if words:
        with pytest.raises(NotEstimable, match=words):
            estimable.require_effect(panel(cohorts), "the sample")


def test_no_rows_and_counties_seen_once():
    frame = panel([2016, 2016, None])
    assert "There is no county-year" in estimable.without_effect(frame.head(0))
    once = frame[(frame["treat"] == 1) | (frame["year"] == 2014)]
    assert "all in the same year" in estimable.without_effect(once)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_there_is_an_effect_if_and_only_if_pyfixest_has_a_coefficient():
    rng = np.random.default_rng(SEED)
    answers = set()
    for _ in range(60):
        chosen = [None, 2012, 2016, 2016, 2018][: rng.integers(2, 6)]
        cohorts = [chosen[i] for i in rng.integers(0, len(chosen), rng.integers(2, 5))]
        frame = panel(cohorts)
        frame = frame[rng.random(len(frame)) > 0.15]
        frame["y"] = rng.standard_normal(len(frame))
        if not frame["did"].any():
            continue
        try:
            fit = pf.feols("y~did|county+year", frame, vcov="iid", fixef_rm="singleton")
            has = "did" in fit.coef().index and np.isfinite(fit.coef()["did"])
        except (ValueError, ZeroDivisionError):
            has = False
        assert (estimable.without_effect(frame) == "") is bool(has), cohorts
        answers.add(bool(has))
    assert answers == {True, False}


def test_never_treated_and_several():
    estimable.require_never(panel([2016, None]))
    with pytest.raises(NotEstimable, match="sooner or later"):
        estimable.require_never(panel([2016, 2018]))
    estimable.require_several(panel([2016, None]), "county", "year")
    with pytest.raises(NotEstimable, match="one county only"):
        estimable.require_several(panel([2016]), "year", "county")


def test_the_last_cohort_stands_in_for_the_never_treated():
    mixed = panel([2016, None])
    same, words = estimable.with_comparison(mixed)
    assert same is mixed and words == ""
    frame = panel([2016, 2017, 2018])
    before = frame.copy()
    shorter, words = estimable.with_comparison(frame)
    pd.testing.assert_frame_equal(frame, before)
    assert "Until 2017" in words and shorter["year"].max() == 2017
    late = shorter[shorter["county"] == "000002"]
    assert not late[["treat", "post", "did"]].any(axis=None)
    assert late[["cohort", "event_time"]].isna().all(axis=None)
    pd.testing.assert_frame_equal(
        shorter[shorter["county"] != "000002"],
        frame[(frame["county"] != "000002") & (frame["year"] < 2018)],
    )
    with pytest.raises(NotEstimable, match="sooner or later"):
        estimable.with_comparison(panel([2016, 2016]))


def test_all_that_start_after_the_shorter_panel_are_untreated_in_it():
    frame = panel([2016, 2017, 2018], years=(2014, 2015, 2016, 2019))
    shorter, _ = estimable.with_comparison(frame)
    assert shorter["year"].max() == 2016
    assert shorter.groupby("county")["treat"].max().tolist() == [1, 0, 0]
    assert shorter.groupby("county")["cohort"].max().notna().tolist() == [True, False, False]


def test_a_column_that_cannot_be_filled_is_left_out_and_named():
    gaps, made = Gaps(), []
    for name in ("(1)", "(2)", "(3)"):
        with gaps.column(name):
            if name == "(2)":
                raise NotEstimable("Nobody is left.")
            made.append(name)
    assert made == ["(1)", "(3)"] and gaps.note == " Not shown: (2). Nobody is left."
    assert Gaps().note == ""
    with pytest.raises(ValueError, match="a fault"), gaps.column("(4)"):
        raise ValueError("a fault")
