"""Check of the exercise about kinds of numbers; it says what is wrong."""

SENTENCES = {
    "a": ("synthetic", "is about this book's panel, and says so"),
    "b": ("printed", "has a number of the paper's Table 1 as its subject"),
    "c": ("real", "can be looked up at the statistical office"),
}


def check_1(answer):
    words = ("real", "printed", "synthetic")
    chosen = [word.strip().lower() for word in answer.split(",")]
    assert len(chosen) == 3 and set(chosen) <= set(words), (
        f"Three of the words {', '.join(words)}, with commas between them."
    )
    for (sentence, (right, why)), word in zip(
        SENTENCES.items(), chosen, strict=True
    ):
        assert word == right, f"Sentence {sentence} {why}."
    print(f"Right: {answer}.")
