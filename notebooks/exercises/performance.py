"""Checks of the exercises about speed; each says what is wrong."""

import numpy as np
import pandas as pd


def check_1(answer, million):
    draws_a_second = million["draws"] / million["seconds"]
    assert abs(answer * draws_a_second / 10_000_000 - 1) < 0.02, (
        f"At {draws_a_second:,.0f} draws a second that would be "
        f"{answer * draws_a_second:,.0f} draws."
    )
    print(f"Right: about {answer:,.0f} seconds.")


def check_2(answer, rows):
    of_draws = rows.query("section == 'draws'").sort_values("draws")
    frame = pd.DataFrame(
        {"x": np.log(of_draws["draws"]), "y": np.log(of_draws["seconds"])}
    )
    assert (
        abs(answer - frame["x"].cov(frame["y"]) / frame["x"].var()) < 1e-9
    ), (
        "Covariance over variance gives another slope. Are both sides in "
        "logarithms, with the seconds on the left?"
    )
    last = frame.diff().iloc[-1]
    late = last["y"] / last["x"]
    print(f"Right: {answer:.2f}; between the last two points {late:.2f}.")


def check_3(answer, peers):
    taken = peers.set_index("name")["ratio"]
    second_step = np.log(taken["numpy loop, residualise once"])
    whole = np.log(taken["pyfixest loop"])
    assert abs((1 - answer) * whole - second_step) < 1e-6, (
        "Both steps together do not make the whole gain. Is it the share of the "
        "first step, from full regressions to residualising once?"
    )
    print(f"Right: {answer:.0%}, the rest comes from the second step.")
