"""Sentences that follow the estimates."""

import re

import pandas as pd
import pytest

from clustergap.sentences import which_income_moves


class Fit:
    def __init__(self, effect, p):
        self._effect, self._p = effect, p

    def coef(self):
        return pd.Series({"did": self._effect})

    def pvalue(self):
        return pd.Series({"did": self._p})


@pytest.mark.parametrize(
    ("rural", "urban", "share", "words"),
    [
        (
            (0.05, 0.01),
            (0.0, 0.9),
            (0.0, 0.9),
            "rural income is 5.1 % higher .* narrows from below",
        ),
        ((0.0, 0.9), (-0.05, 0.01), (0.0, 0.9), "urban income is 4.9 % lower.* not what H2 says"),
        ((0.05, 0.01), (-0.05, 0.01), (0.0, 0.9), "close in from both sides"),
        ((0.01, 0.5), (-0.01, 0.5), (0.01, 0.01), "Neither income.* People move as well"),
        ((0.01, 0.5), (0.02, 0.5), (0.01, 0.4), r"no clear change \(1.0 perc.*does not fall"),
    ],
)
def test_the_sentence_follows_signs_and_p_values(rural, urban, share, words):
    fits = {"log_rural": Fit(*rural), "log_urban": Fit(*urban), "urban_share": Fit(*share)}
    assert re.search(words, which_income_moves(fits))
