"""What the book will lack on the data at hand, and why: told before anyone builds it."""

from __future__ import annotations

import pandas as pd

from clustergap.panel import CONTROLS, OPTIONAL_VARIABLES, VARIABLES, Study
from paneldid.identified import without_effect
from yearbooks.intake import Loaded

COSTLY = 0.2
"""Share of county-years that one control may cost without a word in the head line."""
FEW_COUNTIES = 10


def lacks(study: Study, loaded: Loaded) -> tuple[list[str], list[str]]:
    """Sentences: what costs a chapter its main table, and what costs less."""
    panel, years = study.panel, study.panel["year"].nunique()
    grave, small = [*_of_lists(loaded, panel), *_costly_controls(study, loaded)], []
    if not grave and (why := without_effect(panel)):
        grave.append(f"Table 2 and all that builds on it: {why}")
    sizes = panel.groupby("county").size()
    full = int((sizes == years).sum())
    first = panel.groupby("county")["year"].transform("min")
    always = panel.loc[(panel["cohort"] <= first), "county"].nunique()
    if always:
        small.append(
            f"{_counties(always)} treated from the first year observed: without a year before, "
            "7.1 and the other estimators that choose their comparisons leave them out"
        )
    if single := int((sizes == 1).sum()):
        small.append(f"{_counties(single)} seen in one year only: no regression with county "
                     "effects uses them")  # fmt: skip
    if not full:
        small.append("no county is seen in every year: the estimators of 7.1 that need it end")
    elif full < len(sizes):
        small.append(f"{full:,} of {len(sizes):,} counties are seen in every year")
    if years < 4:
        small.append(f"{years} years: event studies (4.2, 7.1, 7.2) have hardly a year before")
    if len(sizes) < FEW_COUNTIES:
        small.append(f"{len(sizes)} counties: errors clustered by county say little (7.4)")
    for control, why in study.uninformative.items():
        small.append(f"{control} is left out of every model: it {why}")
    for name in (n for n in OPTIONAL_VARIABLES if n not in panel):
        small.append(f"no {name} ({VARIABLES[name][0]}): the models and tables go without it")
    return grave, small


def _counties(number: int) -> str:
    return f"{number:,} {'county is' if number == 1 else 'counties are'}"


def _of_lists(loaded: Loaded, panel: pd.DataFrame) -> list[str]:
    """Lists of which no county is in the yearbook."""
    return [
        f"{name}: none of its {len(table):,} rows has a county of the yearbook (such as "
        f"{table['county'].iloc[0]}); mend its codes"
        for name, table in loaded.tables.items()
        if len(table) and not table["county"].isin(panel["county"]).any()
    ]


def _costly_controls(study: Study, loaded: Loaded) -> list[str]:
    """Controls whose gaps alone cost many county-years, or all treated ones."""
    lost = study.report.groupby("step")["lost"].sum()
    rows, found = len(loaded.tables["yearbook"]), []
    none_treated = not study.panel["did"].any()
    for control in CONTROLS:
        missing = int(lost.get(f"{control} missing", 0))
        if missing > COSTLY * rows or (missing and none_treated):
            raw = OPTIONAL_VARIABLES[control].split(", ")[1].split(" and ")
            treated = ", and with them every treated one" if none_treated else ""
            found.append(
                f"{control} is missing in {missing:,} of {rows:,} county-years{treated}: declare "
                f"{' or '.join(raw)} absent, and the models go without it (absent: [{raw[0]}])"
            )
    return found
