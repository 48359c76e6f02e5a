"""What a researcher says of the tables: reads ``mapping.yml``, which the template explains."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from yearbooks.contract import KINDS_OF_WORDS, TABLES, ContractError
from yearbooks.headings import DERIVED, WORDS

Said = dict[str, Any]
"""What mapping.yml says, as a whole or of one table."""
MAPPING = "mapping.yml"
TEMPLATE = Path(__file__).with_name(MAPPING)
OPTIONAL = WORDS["optional"]
SAYS: Said = {"codes": dict, "absent": list, "tables": {}}
"""What mapping.yml may say, and of which kind it is."""
for _name, _schema in TABLES.items():
    _shares = [share for share, (of, *_) in DERIVED.items() if of in _schema.columns]
    _columns = dict.fromkeys([*_schema.columns, *_shares], object)
    _words = {c for c, about in _schema.columns.items() if about.metadata["kind"] in KINDS_OF_WORDS}
    SAYS["tables"][_name] = {
        "file": (str, list), "sheet": (str, int, list), "encoding": str, "columns": _columns,
        "units": {c: kind for c, kind in _columns.items() if c not in _words},
        "values": dict.fromkeys(WORDS["values"], dict),
    }  # fmt: skip


class _Loader(yaml.SafeLoader):  # type: ignore[misc]
    """YAML in which a key given twice is an error: the first would be lost."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.MarkedYAMLError(
                    problem=f"{key.value!r} stands twice", problem_mark=key.start_mark
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def read_mapping(folder: Path) -> Said:
    """Read ``mapping.yml``; an empty one, or none, says nothing. Unknown words are faults."""
    path = folder / MAPPING
    alike = [p.name for p in folder.iterdir() if re.match(r"mapping\.ya?ml(\.|$)", p.name.lower())]
    if alike and not path.is_file():
        remedy = f"rename it to {MAPPING}" if alike[0] != MAPPING else "take the folder away"
        raise ContractError(f"{alike[0]} is not read: {remedy}")
    try:
        text = path.read_text(encoding="utf-8-sig") if alike else ""
        for alias in (e for e in yaml.parse(text) if isinstance(e, yaml.AliasEvent)):  # a bomb
            raise yaml.MarkedYAMLError(problem="an alias", problem_mark=alias.start_mark)
        said = yaml.load(text, _Loader)  # noqa: S506  a SafeLoader
    except Exception as error:  # yaml raises whatever its constructors raise
        raise ContractError(f"{MAPPING}{_problem(error)}") from None
    faults = _misfits(said := {} if said is None else said, SAYS)
    faults = faults or [
        f"absent: {name!r} cannot be left out; only {', '.join(OPTIONAL)}"
        for name in said.get("absent") or []
        if name not in list(OPTIONAL)
    ]
    if faults:
        raise ContractError("\n".join(f"{MAPPING}: {fault}" for fault in faults))
    return _said(said)


def _said(words: Any) -> Any:
    """The same without keys that say nothing."""
    if not isinstance(words, dict):
        return words
    return {key: _said(value) for key, value in words.items() if value is not None}


def _problem(error: Exception) -> str:
    """One line for what is not YAML: where, what, and the usual reason."""
    mark = getattr(error, "problem_mark", None)
    if mark is None:
        words = " ".join(str(error).split())
        return f" is not YAML in UTF-8 ({words}): mend it, or save it as UTF-8"
    before, after = mark.buffer[: mark.pointer], mark.buffer[mark.pointer :]
    tab = "\t" in before.rpartition("\n")[2] + after.partition("\n")[0]
    why = "a tab stands there; use spaces" if tab else " ".join(str(error.problem).split())  # type: ignore[attr-defined]
    return f" is not YAML, line {mark.line + 1}: {why}"


def _misfits(said: Any, may: Said, where: str = "") -> list[str]:
    """What stands in the mapping and does not belong there, level by level."""
    if not isinstance(said, dict):
        return [f"{where}expected 'key: value' lines, found {said!r}"]
    faults = []
    for key, value in said.items():
        if key not in may:
            faults.append(f"{where}{key}: unknown; use {', '.join(may)}")
        elif isinstance(may[key], dict):
            faults += _misfits({} if value is None else value, may[key], f"{where}{key}: ")
        elif not (value is None or isinstance(value, may[key])):
            faults.append(f"{where}{key}: {value!r} is of the wrong kind; see the template")
    return faults


def answer(table: str, words: str) -> str:
    """The line that answers a question about a table."""
    return f"Answer in {MAPPING}:\n    tables: {{{table}: {{{words}}}}}"
