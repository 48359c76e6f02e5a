"""Real public statistics, each table with a sidecar that says what it is."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from bookkit.paths import DATA

FOLDER = DATA / "official"
COUNTIES = FOLDER / "counties"  # may be taken out whole: some sources state no licence
FOLDERS = (FOLDER, COUNTIES)


class TakenOut(ValueError):  # noqa: N818  it is no fault
    """Files that this copy of the project was given without; a page says so."""


def folder_of(name: str) -> Path:
    """Where a table lies, of the project's folders."""
    return next((f for f in FOLDERS if (f / f"{name}.csv").is_file()), FOLDER)


def sidecar(name: str, folder: Path | None = None) -> dict[str, Any]:
    """What a table is: publisher, units, coverage, known gaps, checksum."""
    path = (folder or folder_of(name)) / f"{name}.yml"
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def load_official(name: str, folder: Path | None = None) -> pd.DataFrame:
    """Read a public table after checking it against its sidecar.

    Parameters
    ----------
    name
        ``national_income``, ``province_income``, ``clusters``, ``capaa_counts`` or
        ``policy_facts``; about counties ``county_income_ratio``, ``county_places``,
        ``county_programmes``, ``cluster_places`` or ``capaa_places``.
    folder
        Where the CSV and its sidecar lie; by default in one of the project's.

    Raises
    ------
    ValueError
        If the file is not the one the sidecar describes.
    """
    import paneldid.pyfixest_fix  # noqa: F401  as `panel.load` does

    folder = folder or folder_of(name)
    path, about = folder / f"{name}.csv", sidecar(name, folder)
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != about["sha256"]:
        raise ValueError(
            f"{path.name} has changed: its sha256 is {found}, {name}.yml says {about['sha256']}. "
            "Restore the file, or describe the new one in the sidecar"
        )
    frame = pd.read_csv(path, dtype={"code": "string"})
    if problems := _mismatches(frame, about):
        raise ValueError(f"{path.name} does not match {name}.yml: " + "; ".join(problems))
    return frame


def _mismatches(frame: pd.DataFrame, about: dict[str, Any]) -> list[str]:
    """Differences between a table and its sidecar, in words; empty if they agree."""
    problems = []
    if list(frame.columns) != list(about["columns"]):
        problems.append(f"columns {list(frame.columns)}, declared {list(about['columns'])}")
        return problems
    if len(frame) != about["rows"]:
        problems.append(f"{len(frame)} rows, declared {about['rows']}")
    for column, facts in about["columns"].items():
        missing = int(frame[column].isna().sum())
        if missing != facts["nulls"]:
            problems.append(f"{column}: {missing} missing, declared {facts['nulls']}")
    if frame.duplicated(about["key"]).any():
        problems.append(f"key {about['key']} is not unique")
    return problems
