"""What the book will lack on the data at hand, and why: told before anyone builds it."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import yaml

from clustergap.disclosure import may_show_cohorts
from clustergap.panel import CONTROLS, OPTIONAL_VARIABLES, Study
from clustergap.requirements import before_policy
from paneldid.identified import Gaps, without_effect
from yearbooks.intake import Loaded
from yearbooks.mapping import OPTIONAL

COSTLY = 0.2
"""Share of county-years that one control may cost without a word in the head line."""
FEW_COUNTIES, FEW_YEARS, COHORT = 10, 4, 8  # of fewer than COHORT, chapter 7.6 tells nothing
WORDS = yaml.safe_load(Path(__file__).with_suffix(".yml").read_text(encoding="utf-8"))


def lacks(study: Study, loaded: Loaded) -> tuple[list[str], list[str]]:
    """Sentences: what costs a chapter its main table, and what costs less."""
    panel, years, early = study.panel, study.panel["year"].nunique(), Gaps()
    grave, small = [*_of_lists(loaded, panel), *_costly_controls(study, loaded)], []
    if not grave and (why := without_effect(panel)):
        grave.append(f"Table 2 and all that builds on it: {why}")
    sizes = panel.groupby("county").size()
    full = int((sizes == years).sum())
    first = panel.groupby("county")["year"].transform("min")
    found = {
        "always": panel.loc[panel["cohort"] <= first, "county"].nunique(),
        "single": int((sizes == 1).sum()),
        "none_full": not full,
        "some_full": full * (full < len(sizes)),
        "years_missing": years < panel["year"].max() - panel["year"].min() + 1,
        "few_years": years * (years < FEW_YEARS),
        "few_counties": len(sizes) * (len(sizes) < FEW_COUNTIES),
        "no_controls": not study.controls,
        "one_province": panel["province"].nunique() == 1,
        "all_treated": panel["treat"].all(),
        "one_cohort": panel["cohort"].nunique() == 1,
        "withheld": not may_show_cohorts(panel, study.private),
        "small_cohorts": COHORT * (panel.groupby("cohort")["county"].nunique() < COHORT).all(),
    }
    small += [
        WORDS[what].format(
            counties=f"{n:,} {'county is' if n == 1 else 'counties are'}", n=f"{n:,}", of=len(sizes)
        )
        for what, n in found.items()
        if n
    ]
    with early.column(WORDS["no_early"]):
        before_policy(panel)
    small += [f"{what}: {why}" for what, why in early.reasons.items()] * int(panel["treat"].any())
    small += [f"{control} is left out of every model: it {why}"
              for control, why in study.uninformative.items()]  # fmt: skip
    raw = [re.findall(r"\w+", OPTIONAL_VARIABLES[v]) for v in OPTIONAL_VARIABLES if v not in panel]
    asked = [[n for n in names if n in loaded.absent] or names[-1:] for names in raw]
    small += [f"no {n}: {OPTIONAL[n]}" for n in dict.fromkeys(n for names in asked for n in names)]
    return grave, small


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
