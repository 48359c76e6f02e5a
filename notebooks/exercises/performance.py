"""Checks of the exercises about speed; each says what is wrong."""

import numpy as np
import pandas as pd


def check_1(answer, rows):
    of_draws = rows[rows["section"] == "draws"]
    few = of_draws.loc[of_draws["draws"].idxmin()]
    many = of_draws.loc[of_draws["draws"].idxmax()]
    both = np.linalg.solve(
        [[1, few["draws"]], [1, many["draws"]]],
        [few["seconds"], many["seconds"]],
    )
    assert abs(answer / (both[0] / both[1]) - 1) < 1e-6, (
        "Solving for set-up and rate gives another number. Is it draws, and "
        "are the ends those with the fewest and the most?"
    )
    print(f"Right: {answer:,.0f} draws.")


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
    taken = np.log(peers.set_index("name")["ratio"])
    whole = taken["pyfixest loop"]
    for share, name in zip(answer, ("", ", balanced only"), strict=True):
        second = taken[f"numpy loop, residualise once{name}"]
        assert abs((1 - share) * whole - second) < 1e-6, (
            f"With the station 'residualise once{name}' both steps together do "
            "not make the whole gain. Is it the share of the first step?"
        )
    print(f"Right: {answer[0]:.0%}, or {answer[1]:.0%} with the tuned loop.")
