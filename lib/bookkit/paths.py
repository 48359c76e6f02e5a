"""Where things are: the project's folders, whichever folder a notebook or test runs in."""

from __future__ import annotations

import hashlib
import io
import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "data"


def write_atomically(path: Path, content: str | bytes) -> None:
    """Write a file so that a reader finds the old one or the new, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        partial.write_bytes(content if isinstance(content, bytes) else content.encode())
        partial.replace(path)
    except OSError as error:
        if error.errno and not error.filename:  # of a full disk, Python does not say where
            error.filename = str(path)
        raise
    finally:
        partial.unlink(missing_ok=True)


def output_folder(data: str = "") -> Path:
    """Folder of the book that ships, or of one on own data, with work, results and html in it."""
    if not data:
        return ROOT / "build"
    folder = str(Path(data).expanduser().resolve())
    return ROOT / "build" / f"own-{hashlib.sha256(folder.encode()).hexdigest()[:8]}"


def files(patterns: Iterable[str]) -> list[Path]:
    """List the project's files that any of some patterns fits, but compiled and hidden ones."""
    found = {path for pattern in patterns for path in ROOT.glob(pattern) if path.is_file()}
    return sorted(p for p in found if "__pycache__" not in p.parts and p.name[0] != ".")


def read_json(path: Path) -> Any:
    """Read a JSON file."""
    return json.loads(path.read_text(encoding="utf-8"))


def zipped(content: Mapping[str, bytes], folder: str) -> bytes:
    """Zip files into one folder: fixed times and rights, so equal content gives equal bytes."""
    file = io.BytesIO()
    with ZipFile(file, "w", ZIP_DEFLATED, compresslevel=9) as archive:
        for name, data in content.items():
            # the earliest time that a zip file can hold: nothing of the packer's clock
            entry = ZipInfo(f"{folder}/{name}", (1980, 1, 1, 0, 0, 0))
            entry.create_system, entry.external_attr = 3, 0o100644 << 16
            entry.compress_type = ZIP_DEFLATED
            archive.writestr(entry, data, compresslevel=9)
    return file.getvalue()
