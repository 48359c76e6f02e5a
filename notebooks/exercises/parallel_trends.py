"""Checks of the exercises in chapter 4.2."""

import numpy as np
import pandas as pd


def check_1(answer, old):
    """Changes of the event study under a drift of -0.01 a year."""
    assert len(answer) == len(old.coef().filter(like="k::")) + 1, (
        "one value for each event time, the base year included"
    )
    assert answer.loc[-1] == 0, "the base year does not move"
    steps = np.diff(answer.sort_index()) / np.diff(sorted(answer.index))
    assert np.allclose(steps, steps[0], atol=1e-5), (
        "a steady drift must move the points by equal steps"
    )
    assert np.isclose(steps[0], -0.01, atol=1e-4), (
        "the steps are equal, but not by the drift of one year: new less old?"
    )


def check_2(answer, event):
    """The event study with year −2 as its base."""
    shifted, old = answer.coef(), event.coef()
    assert "k::-2" not in shifted, (
        "year −2 has a coefficient: it is not the base"
    )
    assert "k::-1" in shifted, (
        "year −1 has no coefficient: it is still left out"
    )
    assert np.isclose(shifted["k::-1"], -old["k::-2"], rtol=1e-4), (
        "from −2 to −1 should be the way back of from −1 to −2"
    )
    assert np.isclose(
        shifted["k::0"] - shifted["k::-1"], old["k::0"], rtol=1e-4
    ), "the step from −1 to 0 does not depend on the base: what else changed?"


def check_3(answer, panel):
    """Number of cohorts observed at each event time."""
    assert answer.max() <= panel["cohort"].nunique(), (
        "more than there are cohorts: these look like counties or county-years"
    )
    starts, years = panel["cohort"].dropna().unique(), panel["year"].unique()
    apart = pd.Series([year - start for start in starts for year in years])
    assert answer.sort_index().to_dict() == apart.value_counts().to_dict(), (
        "for each event time: in how many cohorts does some year have it?"
    )
