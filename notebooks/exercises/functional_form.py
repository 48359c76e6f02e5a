"""Checks of the exercises in chapter 7a."""

import numpy as np

from paneldid.spec_curve import lead_tests


def check_1(answer):
    """Exercise 1."""
    ratio = (0.15 / 0.2) / (0.35 / 0.4)
    assert abs(np.exp(answer) / ratio - 1) < 1e-3, (
        "The ratio of the two counties' ratios is another one. Is it the change "
        "of the first county less that of the second, in logarithms?"
    )
    print(f"Right: {answer:.3f}, though nothing but a common fall happened.")


def check_2(answer, data, controls):
    """Exercise 2."""
    rows = data.assign(root=data["gap"] ** 0.5, log=np.log(data["gap"]))
    outcomes = ["gap", "root", "log"]
    found = lead_tests(
        {"all": rows}, outcomes, {"paper": list(controls)}, ["county+year"]
    ).set_index("outcome")["p"]
    assert abs(answer / found["root"] - 1) < 1e-3, (
        "Another way to the same test gives another p-value. Are all leads in "
        "it, with all controls, both fixed effects and errors by county?"
    )
    print(
        f"Right: {answer:.4f}, with {found['gap']:.4f} in levels and "
        f"{found['log']:.4f} in logarithms."
    )


def check_3(answer, panel, level):
    """Exercise 3."""
    mean = panel.loc[panel["did"].eq(1), "gap"].mean()
    without = mean / (1 + answer)  # what the answer takes them to have had
    assert abs(mean - without - level) < 1e-4 * abs(level), (
        "With your fraction, treated county-years would have had a mean that is "
        "not their own less the estimate. Is it a fraction of the mean without?"
    )
    print(f"Right: {answer:.1%}.")
