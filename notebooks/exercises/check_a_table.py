"""Checks of the exercises on checking a table."""

from printcheck import Interval, check
from printcheck.checks import Outcome


def check_1(answer):
    """The largest design effect that a printed error allows."""
    printed = ("0.008", "0.532", "2.769", "0.186")
    error, outcome_sd, educ_sd, r2 = (
        Interval.from_printed(text, 3) for text in printed
    )
    least = outcome_sd * (1 - r2).sqrt() / educ_sd * (1 / 524**0.5)
    bound = (error / least).square()
    assert answer > 1, (
        "With an error below the least one there would be no design effect to speak of."
    )
    assert abs(answer / bound.hi - 1) < 1e-6, (
        "Take the upper end of the printed error over the lower end of the least one, squared."
    )
    print(f"Right: at most {answer:.2f}.")


def check_2(answer, cells, roles):
    """The check that notices a table's wrong N."""
    number_of_rows = ("table_1", "3", "model", "n")
    swapped = [
        c._replace(printed="562") if c[:4] == number_of_rows else c
        for c in cells
    ]
    before, after = (
        {
            i.check
            for i in check(given, roles)
            if i.finding.outcome == Outcome.INCONSISTENT
        }
        for given in (cells, swapped)
    )
    wrong = sorted(after - before)
    assert answer in wrong, (
        f"Newly INCONSISTENT: {', '.join(wrong) or 'nothing'}"
    )
    print(f"Right: {answer}.")
