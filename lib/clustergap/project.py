"""Where things are: the project's folders, whichever folder a notebook or test runs in."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "data"


def results_folder() -> Path:
    """Where a chapter puts its estimates and tables.

    The build sets CLUSTERGAP_RESULTS to a staging folder, so that a chapter that fails
    leaves no half-written results; a chapter run by hand writes to build/results.

    Returns
    -------
    Path
        It may not exist yet.
    """
    return Path(os.environ.get("CLUSTERGAP_RESULTS", ROOT / "build" / "results"))


def gathered_folder() -> Path:
    """Where the results of all chapters lie together, for the chapters that read them.

    Returns
    -------
    Path
        It may not exist yet.
    """
    return Path(os.environ.get("CLUSTERGAP_GATHERED", ROOT / "build" / "results"))


def write_atomically(path: Path, text: str) -> None:
    """Write UTF-8 text so that a reader finds the old file or the new, never a part.

    Parameters
    ----------
    path
        The file; its folder is made.
    text
        What it will hold.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        partial.write_text(text, encoding="utf-8", newline="\n")
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
