"""Checks of the scoreboard's exercises; each says what is wrong."""

WORDS = ("fidelity", "robustness", "credibility")
REMARKS = {
    "a": ("robustness", "runs another model on the same data"),
    "b": ("fidelity", "runs the same model and compares with print"),
    "c": ("credibility", "doubts the comparison, whatever model is run"),
}


def check_1(answer, comparison):
    assert 0 < answer < 1, "a share, between 0 and 1"
    good = total = exact = 0
    for one in comparison.itertuples():
        if one.exhibit == "text":
            total += 1
            exact += one.verdict == "exact"
            good += one.verdict == "exact" and one.rests_on == "public"
    assert abs(answer - exact / total) > 1e-9, (
        "these are all exact numbers, echoes and calibrated ones included"
    )
    assert abs(answer - good / total) < 1e-9, (
        "Counted one by one, the share is another: exact and public, over all "
        "numbers of the text."
    )
    print(f"Right: {good} of {total}.")


def check_2(answer, cells):
    close, far = 0, 0
    for one in cells.query("verdict == 'exact'").itertuples():
        near = sorted([0.99 * float(one.printed), 1.01 * float(one.printed)])
        inside = near[0] <= one.value <= near[1]
        close, far = close + inside, far + (not inside)
    assert abs(answer - far / (close + far)) < 1e-3, (
        "Counted one by one, the share is another. Are only exact table cells "
        "in it, and is the difference taken without its sign?"
    )
    print(f"Right: {answer:.0%}, {far} of {close + far}.")


def check_3(answer):
    chosen = [word.strip().lower() for word in answer.split(",")]
    assert len(chosen) == 3 and set(chosen) <= set(WORDS), (
        f"Three of the words {', '.join(WORDS)}, with commas between them."
    )
    for (remark, (right, does)), word in zip(
        REMARKS.items(), chosen, strict=True
    ):
        assert word == right, f"Remark {remark} {does}."
    print(f"Right: {answer}.")
