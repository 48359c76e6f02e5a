"""Checks of the exercises on checking a table."""

from printcheck.checks import Outcome


def check_1(answer, se, least):
    """The largest design effect that a printed error allows."""
    bound = (se / least).square()
    assert answer > 1, (
        "With an error below the least one there would be no design effect to speak of."
    )
    assert abs(answer / bound.hi - 1) < 1e-6, (
        "Take the upper end of the printed error over the lower end of the least one, squared."
    )
    print(f"Right: at most {answer:.2f}.")


def check_2(answer, report):
    """The check that notices a table's wrong N."""
    wrong = [
        i.check
        for i in report.items
        if i.finding.outcome == Outcome.INCONSISTENT
    ]
    assert answer in wrong, (
        f"INCONSISTENT here: {', '.join(wrong) or 'nothing'}"
    )
    print(f"Right: {answer}.")
