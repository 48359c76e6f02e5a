"""What a panel cannot answer, said in words: a sample without comparison, a variable not held.

A chapter puts each column of a table under `Gaps`: one that these data cannot fill is left out,
and a note says why. Elsewhere a `NotEstimable` ends its section of the book, with the same words.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pandas as pd


class NotEstimable(ValueError):  # noqa: N818  it is no fault
    """A number that the data at hand do not identify; the message says why and what would."""


class Gaps:
    """Columns of a table that the data cannot fill, each with its reason.

    ``with gaps.column("(2) Grain"): …`` runs its block as far as it is estimable;
    ``gaps.note`` then stands below the table, and is empty where nothing is left out.
    """

    def __init__(self) -> None:
        self.reasons: dict[str, str] = {}

    @contextmanager
    def column(self, name: str) -> Iterator[None]:
        """Run the block; should it raise `NotEstimable`, keep the reason and go on after it."""
        try:
            yield
        except NotEstimable as reason:
            self.reasons[name] = str(reason)

    @property
    def note(self) -> str:
        """What is not in the table, and why, as MyST."""
        return "".join(f" Not shown: {name}. {why}" for name, why in self.reasons.items())


def require_effect(rows: pd.DataFrame, among: str = "these data") -> None:
    """Raise `NotEstimable` unless `did` varies once county and year effects are taken out.

    ``rows`` has columns county, year, did, treat and cohort; ``among`` says what the rows are.
    """
    if why := without_effect(rows, among):
        raise NotEstimable(why)


def without_effect(rows: pd.DataFrame, among: str = "these data") -> str:
    """Return why `did` has no coefficient beside county and year effects; empty if it has one."""
    if rows.empty:
        return f"There is no county-year in {among}."
    # a county seen once explains nothing, and may not lend its year to the comparison
    rows = rows[rows.groupby("county")["year"].transform("size") > 1]
    did = rows["did"]
    if not did.any():
        return (
            f"No county-year of {among} is treated, so there is no effect to estimate. It takes "
            "counties that join a cluster in one of the years observed."
        )
    if did.all():
        return (
            f"Every county-year of {among} is treated. It takes years before the first cluster, or "
            "counties without one."
        )
    design = np.column_stack([pd.get_dummies(rows["year"], dtype=float), did])
    within = design - pd.DataFrame(design).groupby(rows["county"].to_numpy()).transform("mean")
    years, own = within.to_numpy()[:, :-1], within.to_numpy()[:, -1]
    left = own - years @ np.linalg.lstsq(years, own)[0]
    if left @ left > 1e-9 * max(own @ own, 1):
        return ""
    if rows["treat"].all() and rows["cohort"].nunique() == 1:
        return (
            f"All counties of {among} join a cluster, and all in the same year: the treatment is "
            "then one of the year effects. It takes counties that join in another year or never."
        )
    return (
        f"Among {among}, county and year effects explain the treatment completely. It takes "
        "counties that join at another time, or never, and are observed before and after."
    )


def require_several(panel: pd.DataFrame, *columns: str) -> None:
    """Raise `NotEstimable` unless each column, such as province, has more than one value."""
    for column in columns:
        if panel[column].nunique() < 2:
            raise NotEstimable(
                f"These data hold one {column} only, and it takes several to tell how they differ."
            )


def require_never(panel: pd.DataFrame) -> None:
    """Raise `NotEstimable` unless some counties never join a cluster."""
    if panel["treat"].all():
        raise NotEstimable(
            "Every county of these data joins a cluster sooner or later, and this is a comparison "
            "with counties that never do: add such counties to the tables."
        )


def with_comparison(panel: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    """Return the panel with a comparison group, and what was done to get it, else an empty string.

    Callaway and Sant'Anna (2021): before the last cohort starts, its counties are untreated. If no
    county is never treated, the years from then on are left out, and the last cohort counts as
    never treated; should these not identify an effect either, `NotEstimable`. Columns as in
    `require_effect`, and event_time and post.
    """
    if not panel["treat"].all():
        return panel, ""
    last = panel["cohort"].max()
    before = panel[panel["year"] < last]
    late = before["cohort"] > before["year"].max()  # in a panel with gaps perhaps others, too
    shorter = before.assign(
        cohort=before["cohort"].mask(late),
        event_time=before["event_time"].mask(late),
        treat=before["treat"].mask(late, 0),
        post=before["post"].mask(late, 0),
    )
    if why := without_effect(shorter, "the years before the last cohort starts"):
        raise NotEstimable(f"Every county of these data joins a cluster sooner or later. {why}")
    return shorter, (
        f"**Every county of these data joins a cluster sooner or later.** Until {last - 1:.0f} the "
        "last cohort is untreated, and there is a comparison; after that there is none. Where this "
        "chapter needs one, it leaves out the later years and takes the last cohort for never "
        "treated {cite:p}`callaway2021`."
    )


def collinear(panel: pd.DataFrame, names: list[str]) -> dict[str, str]:
    """Which regressors county and year effects and those before them explain, and in what words."""
    design = pd.get_dummies(panel["year"], dtype=float).assign(**{n: panel[n] for n in names})
    within = design - design.groupby(panel["county"].to_numpy()).transform("mean")
    kept, found = within[design.columns[: -len(names) or None]].to_numpy(), {}
    for name in names:
        own = within[name].to_numpy()
        scale = max(float(own @ own), 1e-12 * float(panel[name] @ panel[name]))
        left = own - kept @ np.linalg.lstsq(kept, own)[0]
        if scale and left @ left > 1e-12 * scale and own @ own > 1e-12 * scale:
            kept = np.column_stack([kept, own])
        elif panel[name].nunique() < 2:
            found[name] = "is the same in every county-year"
        else:
            found[name] = "is explained by the county and year effects and the other controls"
    return found
