"""Compare the typed numbers of this folder with a Markdown copy of the paper.

The second pass of the transcription: it reads tables by position and shares nothing with the
first pass, typed by eye. The paper itself is not distributed here, so name your copy:

    python data/published/check_transcription.py PAPER.md
"""

import csv
import re
import sys
from pathlib import Path

ROWS = "ruggedness did pgdp pgra ind serv fiscal edu financial com constant model".split()
STATISTICS = "estimate se n r2 cragg_donald_f kleibergen_paap_f".split()
REPEATED = (1, 4)  # numbered lines of Table 1 that the copy repeats, the first of them garbled


def typed(name):
    """Read one CSV file of this folder as dictionaries."""
    with (Path(__file__).parent / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def printed_rows(paper, number):
    """List the cells of the rows of table `number`, following it over page breaks."""
    table = re.split(rf"^Table {number}\. ", paper, flags=re.M)[1]
    table = re.split(r"\*?\*?Source\(s\)|\*\*Note\(s\)", table)[0]
    return [line.split("|")[1:-1] for line in table.splitlines() if line.startswith("|")]


def summary_pairs(paper):
    """List (mean, standard deviation) of Table 1 as printed, repeated lines dropped."""
    pairs = []
    for cells in printed_rows(paper, 1):
        mean, sd = (cell.strip().split("<br>") for cell in cells[-2:])
        pairs += [p for p in zip(mean, sd, strict=False) if re.fullmatch(r"\d+\.\d+", p[0])]
    return [pair for i, pair in enumerate(pairs) if i not in REPEATED]


def regression_numbers(paper, number):
    """List (number, stars) of a regression table, row by row and left to right."""
    cells = [c.strip() for row in printed_rows(paper, number) for c in row[1:]]
    hits = [re.fullmatch(r"(\()?(-?[\d,]*\.?\d+)\)?(\**)", c) for c in cells]
    # "(1)" is a column's head, not a standard error.
    hits = [h for h in hits if h and not (h[1] and "." not in h[2])]
    return [(h[2].replace(",", ""), len(h[3])) for h in hits]


def faults(paper):
    """Yield the disagreements between the paper and the typed files, one sentence each."""
    cells, flat = typed("cells.csv"), " ".join(paper.replace("\\", "").split())
    means, sds = ([c["printed"] for c in cells if c["statistic"] == s] for s in ("mean", "sd"))
    if summary_pairs(paper) != list(zip(means, sds, strict=True)):
        yield "table_1 differs"
    for number in range(2, 7):
        mine = [c for c in cells if c["exhibit"] == f"table_{number}"]
        mine.sort(
            key=lambda c: (ROWS.index(c["row"]), STATISTICS.index(c["statistic"]), c["column"])
        )
        if regression_numbers(paper, number) != [
            (c["printed"], int(c["stars"] or 0)) for c in mine
        ]:
            yield f"table_{number} differs"
    for row in typed("text.csv") + typed("figures.csv"):
        hint = row["quote_hint"]
        if hint not in flat:
            yield f"no such passage: {hint!r}"
        shown = re.findall(r"-?\d[\d,]*\d(?:\.\d+)?|-?\d(?:\.\d+)?", hint.replace("2014-", "2014 "))
        if "printed" in row and row["printed"] not in [s.replace(",", "") for s in shown]:
            yield f"{row['key']}: {row['printed']} is not in its passage {hint!r}"


if __name__ == "__main__":
    found = list(faults(Path(sys.argv[1]).read_text(encoding="utf-8")))
    print("\n".join(found) or "every typed number agrees with the paper")
    sys.exit(bool(found))
