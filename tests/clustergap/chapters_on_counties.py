"""Run the chapters on real counties as a project without synthetic data would; keep their numbers.

A program of its own, so that its watch on opened files ends with it. Arguments: file to write.
"""

import contextlib
import io
import os
import pickle
import re
import sys
import warnings
from pathlib import Path

import matplotlib

matplotlib.use("agg")
warnings.filterwarnings("ignore")

from bookkit.page import Page  # noqa: E402
from bookkit.paths import DATA, ROOT  # noqa: E402

CHAPTERS = [*sorted((ROOT / "notebooks").glob("05_*.py")), ROOT / "notebooks" / "90_audit.py"]
RESULTS = (
    "fits", "checks", "effects", "dealt", "intervals", "without", "path", "paths", "leads",
    "errors", "estimates", "reach", "totals", "studies", "within", "own",
)  # fmt: skip
GONE = str(DATA / "synthetic")


def watch(event, arguments):
    """Refuse whatever looks into the synthetic data's folder, as if it were not there."""
    if event in ("open", "os.listdir", "os.scandir") and GONE in str(arguments[0]):
        raise FileNotFoundError(f"{arguments[0]} is synthetic: {event}")


def code(path):
    """Cells of code, one after the other."""
    for cell in re.split(r"^# %%", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
        head, _, body = cell.partition("\n")
        if "[markdown]" not in head:
            yield body


def plain(value):
    """Coefficients, errors and rows of a fit; what is inside a dict; other values as they are."""
    if hasattr(value, "coef"):
        return {"coef": dict(value.coef()), "se": dict(value.se()), "n": int(value._N)}
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    return value


def run(path):
    told, names = {}, {"__name__": "chapter"}
    Page.tell = lambda self, **numbers: told.update(numbers)
    for body in code(path):
        if "def newly_wrong" in body:  # a minute of planted errors, about print only
            break
        with contextlib.redirect_stdout(io.StringIO()):
            exec(compile(body, path.name, "exec"), names)
    return {"told": told} | {name: plain(names[name]) for name in RESULTS if name in names}


if __name__ == "__main__":
    os.chdir(ROOT / "notebooks")
    sys.path.append(str(ROOT / "notebooks"))  # of its exercises
    sys.addaudithook(watch)
    try:
        (DATA / "synthetic" / "manifest.json").read_bytes()
    except FileNotFoundError as error:
        assert "is synthetic" in str(error)  # the watch is awake
    else:
        raise SystemExit("the watch sleeps")
    Path(sys.argv[1]).write_bytes(pickle.dumps({path.stem: run(path) for path in CHAPTERS}))
