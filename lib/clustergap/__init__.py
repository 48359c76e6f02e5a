"""Helpers of the replication: indices, raw tables, estimators, comparison, book."""

from importlib import import_module
from typing import Any

from clustergap.guard import guard

guard()

_HOMES = {
    "CONTROLS": "assemble",
    "MECHANISMS": "assemble",
    "VARIABLES": "assemble",
    "Study": "assemble",
    "load": "assemble",
    "gini": "indices",
    "theil": "indices",
    "load_official": "official",
}
"""Where each public name lives; it is imported when first used, so that the build starts fast."""

__all__ = list(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'clustergap' has no attribute {name!r}")
    value = getattr(import_module(f"clustergap.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
