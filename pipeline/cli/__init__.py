"""The command line: `crickets --help`."""

from pipeline.cli.main import main

__all__ = ["main"]
