"""Helpers of the replication: indices, raw tables, estimators, comparison, book."""

from clustergap.assemble import CONTROLS, MECHANISMS, VARIABLES, Study, load
from clustergap.guard import guard
from clustergap.indices import gini, theil
from clustergap.official import load_official

guard()

__all__ = ["CONTROLS", "MECHANISMS", "VARIABLES", "Study", "gini", "load", "load_official", "theil"]
