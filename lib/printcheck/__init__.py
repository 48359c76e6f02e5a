"""What printed tables say about themselves: `check(read_cells(…), read_roles(…))`."""

from printcheck.cells import Cell, InputError, read_cells, read_roles
from printcheck.engine import check
from printcheck.intervals import Interval
from printcheck.report import Report

__all__ = ["Cell", "InputError", "Interval", "Report", "check", "read_cells", "read_roles"]
