"""Checks of the exercises in the audit."""

from printcheck.checks import Outcome


def check_1(answer, estimate, se):
    """The smallest t ratio that is compatible with the printed numbers."""
    of_t = abs(estimate / se)
    assert abs(answer - of_t.lo) < 1e-6, (
        "Interval arithmetic gives another lower end. A small ratio needs a "
        "small numerator and a large denominator; its sign does not matter."
    )
    print(f"Right: {answer:.2f}; the t ratio lies in {of_t:.1f}.")


def check_2(answer, cells, newly_wrong):
    """The first misprint of a constant that some check notices."""
    address = ("table_2", "1", "constant", "estimate")
    row = [cell[:4] for cell in cells].index(address)
    assert answer == int(answer) > 0, "A whole number of units, please."
    planted = {}
    for units in (answer - 1, answer):
        raised = f"{float(cells[row].printed) + units / 1000:.3f}"
        copy = [*cells]
        copy[row] = cells[row]._replace(printed=raised)
        planted[units] = newly_wrong(copy)
    assert planted[answer], "With so many units no check turns inconsistent."
    assert not planted[answer - 1], "One unit less is noticed as well."
    print(f"Right: {answer}, by {', '.join(sorted(planted[answer]))}.")


def check_3(answer, mean, constant, slope, rows, both_ways):
    """The number of treated rows."""
    possible = (mean - constant) / slope * rows
    assert answer > 1, "A number of rows, not a share, please."
    assert answer in possible, (
        f"With {answer:,.0f} treated rows the line would lead to a mean of "
        f"{constant + slope * (answer / rows):.3f}."
    )
    print(
        f"Right: {answer:,.0f} of {rows:,}; rounding allows {possible:,.0f}."
    )
    print(f"The mean and the R² together allow {both_ways:,.0f}.")


def wrong(report):
    """Ids of the checks that no unrounded numbers fit."""
    found = report.findings.items()
    return {key for key, f in found if f.outcome == Outcome.INCONSISTENT}
