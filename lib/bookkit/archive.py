"""Packs everything a replicator needs into one file, the same bytes for the same build."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import tomllib
from functools import partial
from hashlib import sha256
from pathlib import Path
from zipfile import ZipFile

from bookkit.paths import ROOT, write_atomically, zipped
from bookkit.reproduce import checksums, listing, recorded, timed

SUMS = "SHA256SUMS"
BUILT = ("build/html", "build/results")
AWKWARD = "a reader's folder ü 中文 "
"""A name with blanks, an apostrophe and letters outside ASCII, as readers' folders have."""


def version() -> str:
    """Return the project's version.

    Returns
    -------
    str
        As pyproject.toml has it: ``1.0.0``.
    """
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)["project"]["version"]


def sources() -> list[str]:
    """List the project's own files: those that git tracks, or in an unpacked archive, its list.

    Returns
    -------
    list
        Sorted paths, relative to the project's folder.

    Raises
    ------
    SystemExit
        Neither git nor a list is there.
    """
    if (ROOT / ".git").exists():
        git = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True)
        return sorted(git.stdout.decode().rstrip("\0").split("\0"))
    if not (ROOT / SUMS).is_file():
        sys.exit(f"neither git nor {SUMS} says which files belong to the project")
    return sorted(name for name in recorded(ROOT / SUMS) if not name.startswith(BUILT))


def pack(folder: Path = ROOT / "dist") -> Path:
    """Write the archive: sources, data, built book, results, checksums.

    Parameters
    ----------
    folder
        Gets the archive; made if need be.

    Returns
    -------
    Path
        ``clustergap-<version>.zip``. Sorted names, fixed times and fixed rights make the same
        build the same bytes; two builds differ in the run times of the status page.

    Raises
    ------
    SystemExit
        The book is not built.
    """
    built = [f"{part}/{name}" for part in BUILT for name in checksums(ROOT / part)]
    if len({Path(name).parts[1] for name in built}) < len(BUILT):
        sys.exit("the book is not built: run `make book` first")
    content = {name: (ROOT / name).read_bytes() for name in sorted([*sources(), *built])}
    sums = {name: sha256(data).hexdigest() for name, data in content.items()}
    content[SUMS] = listing(sums).encode()
    name = f"clustergap-{version()}"
    path = folder / f"{name}.zip"
    write_atomically(path, zipped(content, name))
    return path


def unpack(archive: Path, folder: Path) -> Path:
    """Unpack an archive, check every checksum in it, and return the project's folder.

    Parameters
    ----------
    archive
        A file that `pack` made.
    folder
        Gets the project's folder.

    Returns
    -------
    Path
        The project's folder: ``clustergap-<version>``.

    Raises
    ------
    SystemExit
        A file is missing, not listed, or not what its checksum says.
    """
    with ZipFile(archive) as packed:
        packed.extractall(folder)
    root = folder / archive.stem
    if not (root / SUMS).is_file():
        sys.exit(f"{archive.name} holds no {archive.stem}/{SUMS}: `make archive` did not make it")
    found, wanted = checksums(root), recorded(root / SUMS)
    del found[SUMS]
    if wrong := sorted(n for n in found.keys() | wanted.keys() if found.get(n) != wanted.get(n)):
        sys.exit(f"{archive.name}: {len(wrong)} files are not what {SUMS} says: {wrong[:5]}")
    return root


def check(archive: Path) -> None:
    """Run both commands of the README in the archive, unpacked into an awkward folder.

    Parameters
    ----------
    archive
        A file that `pack` made.

    Raises
    ------
    SystemExit
        A checksum does not hold.
    CalledProcessError
        One of the commands failed.
    """
    own = ("PYTHONPATH", "VIRTUAL_ENV", "MAKEFLAGS", "MAKELEVEL", "PYTHONDONTWRITEBYTECODE")
    environment = {name: value for name, value in os.environ.items() if name not in own}
    with tempfile.TemporaryDirectory(prefix=AWKWARD) as folder:
        root = unpack(archive, Path(folder))
        print(f"checksums hold; now in {root}", flush=True)
        for goal, label in {"book": "make book, set-up included", "test": "make test"}.items():
            run = partial(subprocess.run, ["make", goal], cwd=root, env=environment, check=True)
            timed(label, run)
    print(f"{archive.name}: checksums hold, make book and make test pass without git")


def main() -> None:
    """``python -m bookkit.archive``: what ``make archive`` runs."""
    parser = argparse.ArgumentParser(description="Pack the project into dist/.")
    parser.add_argument("--check", action="store_true", help="try the packed archive")
    arguments = parser.parse_args()
    path = ROOT / "dist" / f"clustergap-{version()}.zip"
    if arguments.check:
        if not path.is_file():
            sys.exit(f"{path.name} is not there: run `make archive` first")
        return check(path)
    path = pack()
    print(f"dist/{path.name}: {path.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
