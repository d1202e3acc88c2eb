"""The directory as people write it: plain files of members, channels and briefs."""

from pipeline.directory.load import load_directory
from pipeline.directory.problem import Problem

__all__ = ["Problem", "load_directory"]
