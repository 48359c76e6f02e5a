"""Writes the parts of README.md that would drift: data, versions, seeds, times, exhibits."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import yaml

from clustergap.contract import TABLES
from clustergap.pipeline.build import toc_files
from clustergap.pipeline.pages import pipe_table
from clustergap.pipeline.pairs import scripts
from clustergap.pipeline.reproduce import CONTENTS, TIMES
from clustergap.project import DATA, ROOT, read_json, write_atomically

README = ROOT / "README.md"
BLOCK = re.compile(r"(<!-- generated: (\w+) -->\n)(.*?)(<!-- end -->)", re.DOTALL)
EXHIBIT = re.compile(
    r'name="((?:tbl|fig)-[^"]+)",\s*caption="[^"]*the paper\'s ((?:Table|Figure) \d)'
)
SEED = re.compile(r"\bSEED = \d+|\b(?:default_rng|SeedSequence)\(\d+\)|\bseed=\d+")
PIN = re.compile(r'^ +"([\w.-]+)==([^"]+)",? *#? *(.*)', re.MULTILINE)


def datasets() -> list[str]:
    """Every data file that ships: what it is, whose it is, and on what terms.

    Returns
    -------
    list
        Lines of a Markdown table.
    """
    rows = [_about(path.with_suffix(".csv"), about) for path, about in _official().items()]
    validation = _yaml(DATA / "validation" / "sources.yml")
    rows += [_about(DATA / "validation" / about["file"], about) for about in validation.values()]
    about = {"class": "synthetic", "publisher": "this project, from a seed", "rights": "CC BY 4.0"}
    for name, schema in TABLES.items():
        title = {"title": f"{schema.title} (made by a program)"}
        rows.append(_about(DATA / "synthetic" / f"{name}.csv", about | title))
    about = {"title": "numbers and claims that the paper prints", "class": "transcription"}
    about |= {"publisher": "Li, Xue and Geng", "rights": "facts, quoted with attribution"}
    files = read_json(DATA / "published" / "manifest.json")["files"]
    rows += [_about(DATA / "published" / name, about) for name in files]
    return pipe_table(("file", "what", "class", "rows", "publisher", "rights"), rows)


def gaps() -> list[str]:
    """What is known to be missing or uncertain in the public statistics.

    Returns
    -------
    list
        Lines of a Markdown list.
    """
    return [
        f"- `{p.stem}`: {gap}" for p, about in _official().items() for gap in about["known_gaps"]
    ]


def software() -> list[str]:
    """Python, and each package pinned in pyproject.toml.

    Returns
    -------
    list
        Lines of a Markdown table.
    """
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    python = tomllib.loads(text)["project"]["requires-python"]
    rows = [("Python", python, "tested on the oldest and the newest")]
    return pipe_table(
        ("software", "version", "for"), rows + [m.groups() for m in PIN.finditer(text)]
    )


def seeds() -> list[str]:
    """Every seed that a chapter, the library or a benchmark sets.

    Returns
    -------
    list
        Lines of a Markdown table.
    """
    rows = []
    places = (ROOT / "lib", ROOT / "benchmarks")
    for path in [*scripts(), *(p for place in places for p in sorted(place.rglob("*.py")))]:
        name = path.relative_to(ROOT).as_posix()
        lines = path.read_text(encoding="utf-8").splitlines()
        found = ((m[0], line.partition("# ")[2]) for line in lines if (m := SEED.search(line)))
        rows += [(f"`{name}`", f"`{seed}`", note) for seed, note in dict.fromkeys(found)]
    return pipe_table(("program", "seed", "note"), rows)


def runtimes() -> list[str]:
    """How long it all took, command by command and chapter by chapter.

    Returns
    -------
    list
        Lines of Markdown: a paragraph and two tables, in seconds.
    """
    times = read_json(TIMES)
    m = times["machine"]
    rows = [
        (f"`{name}`", f"{took['seconds']} s", f"{took['load_before']}")
        for name, took in times["commands"].items()
    ]
    chapters = [(f"`{n}`", f"{s:.1f} s") for n, s in sorted(times["chapters"].items())]
    return [
        f"Measured on {m['cores']} cores ({m['cpu']}), {m['memory_gb']} GB of memory, "
        f"{m['system']}, Python {m['python']}. The load is what other programs asked of these "
        "cores just before; above zero, an idle machine is faster.", "",
        *pipe_table(("command", "time", "load"), rows),
        *pipe_table(("chapter, in `make reproduce`", "time"), chapters),
    ]  # fmt: skip


def exhibits() -> list[str]:
    """Each table and figure of the paper: who makes it, what comes out, how many numbers agree.

    Returns
    -------
    list
        Lines of a Markdown table.
    """
    made, rows = read_json(CONTENTS), []
    for script in scripts():
        for name, title in EXHIBIT.findall(script.read_text(encoding="utf-8")):
            files = [f for f in made["files"] if Path(f).stem in (name, f"{name}-beside")]
            counts = made["tables"].get(title.lower().replace(" ", "_"), {}).get("verdicts", {})
            met = (
                f"{counts.get('exact', 0)} of {sum(counts.values())}" if counts else "none printed"
            )
            rows.append((title, _notebook(script.stem), _code(files), met))
    heads = ("exhibit", "notebook", "output, in `build/results/`", "printed numbers met")
    return pipe_table(heads, sorted(rows, key=lambda row: (row[0].startswith("Figure"), row[0])))


def numbers() -> list[str]:
    """The numbers in the paper's text, by the notebook that computes them.

    Returns
    -------
    list
        Lines of a Markdown table.
    """
    rows = [
        (_notebook(chapter), verdict.replace("_", " "), _code(keys))
        for chapter, kinds in sorted(read_json(CONTENTS)["text"].items())
        for verdict, keys in sorted(kinds.items(), reverse=True)
    ]
    return pipe_table(("notebook", "verdict", "keys of `data/published/text.csv`"), rows)


def outputs() -> list[str]:
    """Every result file that is no exhibit of the paper's, by chapter.

    Returns
    -------
    list
        Lines of a Markdown table.
    """
    files, shown = read_json(CONTENTS)["files"], "\n".join(exhibits())
    names = {
        chapter: [f for f in files if files[f] == chapter and _code([f]) not in shown]
        for chapter in toc_files()
    }
    rows = [(_notebook(chapter), _code(made)) for chapter, made in names.items() if made]
    return pipe_table(("notebook", "output, in `build/results/`"), rows)


BLOCKS = {
    f.__name__: f for f in (datasets, gaps, software, seeds, runtimes, exhibits, numbers, outputs)
}


def renewed(text: str) -> str:
    """Return the README's text with every generated part written anew.

    Parameters
    ----------
    text
        Markdown with the marks of ``BLOCK``, one pair for each of ``BLOCKS``.

    Returns
    -------
    str
        The same but for what stands between the marks.

    Raises
    ------
    ValueError
        A generated part is missing or unknown.
    """
    if unknown := {name for _, name, *_ in BLOCK.findall(text)} ^ BLOCKS.keys():
        raise ValueError(f"README.md: generated parts {sorted(unknown)} are missing or unknown")
    return BLOCK.sub(lambda m: m[1] + "\n".join(BLOCKS[m[2]]()).rstrip() + "\n" + m[4], text)


def _about(path: Path, about: dict[str, Any]) -> tuple[str, ...]:
    lines = len(path.read_text(encoding="utf-8").splitlines())
    rows = f"{lines - 1:,}" if path.suffix == ".csv" else "–"
    facts = (about["title"], about["class"], rows, about["publisher"], about["rights"])
    return (f"`{path.relative_to(ROOT).as_posix()}`", *facts)


def _notebook(chapter: str) -> str:
    return f"[`{chapter}`](notebooks/{chapter}.py)" if chapter != "none" else "none"


def _code(names: list[str]) -> str:
    """List names as code; a table's two files stand together."""
    shown = dict.fromkeys(re.sub(r"^(tables/.*)\.(csv|tex)$", r"\1.{csv,tex}", n) for n in names)
    return " ".join(f"`{name}`" for name in shown)


def _official() -> dict[Path, dict[str, Any]]:
    """What the note beside each file of official statistics says of it."""
    return {path: _yaml(path) for path in sorted((DATA / "official").glob("*.yml"))}


def _yaml(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def main() -> None:
    """``python -m clustergap.pipeline.readme``: what ``make readme`` runs at its end."""
    write_atomically(README, renewed(README.read_text(encoding="utf-8")))


if __name__ == "__main__":
    main()
