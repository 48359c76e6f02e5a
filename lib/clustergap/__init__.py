"""What is about one paper: its two indices, panel and samples, and public statistics."""

import paneldid as _paneldid  # noqa: F401  repairs pyfixest before a chapter uses it
from clustergap.counties import load_counties
from clustergap.indices import gini, theil
from clustergap.official import load_official
from clustergap.panel import CONTROLS, LABELS, MECHANISMS, VARIABLES, Study, load

__all__ = [
    "CONTROLS",
    "LABELS",
    "MECHANISMS",
    "VARIABLES",
    "Study",
    "gini",
    "load",
    "load_counties",
    "load_official",
    "theil",
]
