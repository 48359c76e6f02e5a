"""Helpers of the replication: indices, raw tables, estimators, comparison, book."""
