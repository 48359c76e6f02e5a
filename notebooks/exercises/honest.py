"""Checks of the exercises in chapter 7.2."""

import numpy as np

from paneldid.honest import relative_magnitudes


def check_1(answer, events, SEED):
    """Exercise 1."""
    lengths = []
    for years_before in (
        3,
        len(events["Callaway–Sant'Anna, no controls"][0]),
    ):
        path, noise, before = events["Callaway–Sant'Anna, no controls"]
        skip = max(before - years_before, 0)
        some = relative_magnitudes(
            path[skip:],
            noise[skip:, skip:],
            before - skip,
            1.0,
            np.random.default_rng(SEED),
            points=2,
        )
        lengths.append(some.identified_upper - some.identified_lower)
    assert abs(answer - lengths[0] / lengths[1]) < 1e-9, (
        "The identified sets have another ratio. Is the move into the reference "
        "year among the moves, and are they taken without their sign?"
    )
    print(f"Right: {answer:.2f} times as long.")


def check_2(answer, SEED, events, undone):
    """Exercise 2."""

    def holds_zero(mbar):
        draws, study_of = (
            np.random.default_rng(SEED),
            "Callaway–Sant'Anna, no controls",
        )
        return 0 in relative_magnitudes(*events[study_of], mbar, draws)

    assert answer >= 0, "A violation has no sign: its size is asked for."
    assert (
        holds_zero(answer + 0.01) if answer <= 4 else not holds_zero(4.0)
    ), "At this violation the interval of the first year leaves zero out."
    assert answer < 0.01 or not holds_zero(min(answer, 4.0) - 0.01), (
        "A smaller violation is enough for the interval to hold zero."
    )
    of_mean = undone["all years", "Callaway–Sant'Anna, no controls"]
    print(f"Right: {answer:.2f}, for the mean {of_mean:.2f}.")


def check_3(answer, events):
    """Exercise 3."""
    path, noise, before = events["two-way, controls"]
    after = len(path) - before
    line = np.r_[np.arange(-before, 0), np.arange(1, after + 1)]
    design = np.zeros((len(path), 1 + after))
    design[:, 0], design[before:, 1:] = line, np.eye(after)
    gls = np.linalg.inv(design.T @ np.linalg.solve(noise, design))
    flat = noise[before:, before:].mean()
    assert abs(answer - np.sqrt(gls[1:, 1:].mean() / flat)) < 1e-3, (
        "Generalised least squares with a straight line gives another ratio. Is "
        "it the whole length over the whole length, for the mean effect?"
    )
    print(f"Right: {answer:.3f} times as wide.")
