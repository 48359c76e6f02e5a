"""Checks of the exercises in chapter 7.1."""

import pyfixest as pf


def check_1(answer, panel, treated):
    """Exercise 1."""
    pure = panel.assign(pure=(panel["event_time"] + 1).where(treated, 0.0))
    fit_pure = pf.feols("pure~did|county+year", pure, vcov="iid")
    multiple = fit_pure.coef()["did"] / pure.loc[treated, "pure"].mean()
    assert abs(answer - multiple) < 1e-6, (
        "A regression whose outcome is nothing but these effects gives another "
        "multiple. Are the effects 1, 2, 3, and is the mean a plain one?"
    )
    print(f"Right: {answer:.3f} times the mean effect.")


def check_2(answer, panel):
    """Exercise 2."""
    starters = panel[panel["first"] > 0].groupby("first")["county"].nunique()
    exposed = {
        g: (panel.loc[panel["first"] == g, "did"]).mean()
        for g in starters.index
    }
    clean = unclean = 0.0
    for g in starters.index:
        for later in starters.index[starters.index > g]:
            both = (
                starters[g] * starters[later] * (exposed[g] - exposed[later])
            )
            clean += both * (1 - exposed[g])
            unclean += both * exposed[later]
    assert abs(answer - unclean / (clean + unclean)) < 1e-6, (
        "Goodman-Bacon's formula gives another weight. Are the never treated "
        "out, and is it the weight of later with earlier treated counties?"
    )
    print(f"Right: {answer:.3f}.")


def check_3(answer, panel, cs, sun_abraham):
    """Exercise 3."""
    earliest = int(panel["cohort"].min())
    callaway = cs["never", False].cells.query("cohort == year == @earliest")
    abraham = sun_abraham.cohort_effects[earliest, 0]["effect"]
    for whose, effect in (
        ("Callaway and Sant'Anna's", callaway["estimate"].iloc[0]),
        ("Sun and Abraham's", abraham),
    ):
        assert abs(answer - effect) < 1e-8, (
            f"It is not {whose} effect. Is it the change of the cohort since "
            "the year before its start, less that of the never treated?"
        )
    print(f"Right: {answer:.4f}, by hand and by both estimators.")
