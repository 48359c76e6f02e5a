"""Checks of the exercises in chapter 7.6."""

import numpy as np

from countysim import Truth


def check_1(answer, years, weights, sizes, noise):
    """Exercise 1."""
    lasting = np.eye(len(years))
    for year in range(1, len(years)):
        lasting[year] *= np.sqrt(1 - 0.8**2)
        lasting[year] += 0.8 * lasting[year - 1]
    spread = {
        who: sum(
            ((weights[who] @ lasting) ** 2).sum(1) / list(sizes.values())
        )
        for who in ("never", "two-way")
    }
    assert abs(answer * spread["two-way"] / spread["never"] - 1) < 1e-9, (
        "Shocks that are built up year by year give another ratio. Is it one "
        "of variances, never treated over two-way?"
    )
    print(f"Right: {answer:.2f}; in the simulation above it is ", end="")
    print(f"{(noise['never'].std() / noise['two-way'].std()) ** 2:.2f}.")


def check_2(answer, years, bias, designs):
    """Exercise 2."""
    for times, sign in ((0.99, -1), (1.01, 1)):
        steps = {k: -answer * times * k for k in range(len(years))}
        truth = Truth(effect=-1.0, by_event_time=steps)
        mean, off = bias(truth, *designs["nearly all treated"])
        assert sign * (mean + off["two-way"]) > 0, (
            f"With a growth of {answer * times:.2f} the coefficient is "
            f"{mean + off['two-way']:+.2f}: the change of sign lies elsewhere."
        )
    print(f"Right: {answer:.2f}.")


def check_3(answer, bias, designs):
    """Exercise 3."""
    at_five = bias(Truth(effect=5.0), *designs["nearly all treated"])
    coefficient = at_five[0] + at_five[1]["two-way"]
    assert abs(5.0 * answer - coefficient) < 1e-9, (
        "Five times your sum should be the coefficient where the effect is five "
        "everywhere. Are all treated cells in, those with negative weights too?"
    )
    print(f"Right: {answer:.6f}.")
