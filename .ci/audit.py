"""Looks every locked package up in the database of known vulnerabilities.

Ends with 0 if none is known, 1 if one is, and 75 if the database could not be asked: then
nothing was checked, and nothing is known.
"""

import json
import subprocess
import sys
import venv
from pathlib import Path
from typing import Any

TOOL = "pip-audit==2.10.1"
ROOT = Path(__file__).resolve().parents[1]
UNKNOWN = 75  # EX_TEMPFAIL: a later try may succeed


def main() -> int:
    """Install the tool beside the project's environment, run it, and judge its report."""
    folder = ROOT / "build" / "audit"
    python, report = folder / "venv" / "bin" / "python", folder / "report.json"
    report.unlink(missing_ok=True)
    if not python.is_file():
        venv.create(folder / "venv", with_pip=True)
    install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", TOOL]
    if subprocess.run(install, stderr=subprocess.DEVNULL).returncode:
        return skipped(f"{TOOL} could not be installed")
    audit = [python, "-m", "pip_audit", "--requirement", ROOT / "requirements.lock"]
    audit += ["--require-hashes", "--disable-pip", "--no-deps", "--progress-spinner", "off"]
    audit += ["--format", "json", "--output", report]
    run = subprocess.run(audit, stderr=subprocess.PIPE, text=True)
    if not report.is_file():
        print("\n".join(run.stderr.splitlines()[-3:]), file=sys.stderr)
        return skipped("the database could not be asked")
    return judged(json.loads(report.read_text(encoding="utf-8")))


def judged(report: dict[str, Any]) -> int:
    """Say what a report holds, and return the status to end with."""
    known = [p for p in report["dependencies"] if "skip_reason" not in p]
    unknown = [p["name"] for p in report["dependencies"] if "skip_reason" in p]
    if not known:
        return skipped("the database answered for no package at all")
    found = [(p, v) for p in known for v in p["vulns"]]
    for package, fault in found:
        remedy = ", ".join(fault["fix_versions"]) or "no version yet"
        print(f"{package['name']} {package['version']}: {fault['id']}; mended in {remedy}")
    if unknown:
        print(f"not in the database: {', '.join(unknown)}")
    print(f"{len(known)} packages looked up, {len(found)} known vulnerabilities")
    return int(bool(found))


def skipped(why: str) -> int:
    """Say that nothing was checked, and return the status that means it."""
    print(f"SKIPPED: {why}. This says nothing about the packages", file=sys.stderr)
    return UNKNOWN


if __name__ == "__main__":
    sys.exit(main())
