"""The bulk writer: years of a large installation in minutes, written by the engine itself."""

from benchmarks.bulk.bulk import Bulk

__all__ = ["Bulk"]
