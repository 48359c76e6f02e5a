"""Checks of the exercises in chapter 7.6."""

import numpy as np
import pyfixest as pf

from countysim import Truth


def check_1(answer, years, weights, sizes, sd):
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
    here = (sd["never"] / sd["two-way"]) ** 2
    print(f"Right: {answer:.2f}; with the shocks above it is {here:.2f}.")


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


def check_3(answer, panel):
    """Exercise 3."""
    rng = np.random.default_rng(3)
    treated = panel["did"].to_numpy()
    services = 0.05 * treated + 0.03 * rng.standard_normal(len(panel))
    gap = -0.02 * treated - 0.2 * services
    rows = panel[["county", "year", "did"]].assign(serv=services, gap=gap)
    held = pf.feols("gap~did+serv|county+year", rows, vcov="iid")
    whole = -0.02 + -0.2 * 0.05
    assert abs(answer - (held.coef()["did"] - whole)) < 1e-6, (
        f"A panel made that way gives a coefficient of {held.coef()['did']:.3f} "
        f"with services held constant. Is it that, less the whole effect?"
    )
    print(f"Right: {answer:.3f} on a whole effect of {whole:.3f}.")
