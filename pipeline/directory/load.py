"""Loads the directory from plain files: all of it, or nothing and everything that is wrong."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from pipeline.directory.briefs import read_briefs
from pipeline.directory.channels import read_channels
from pipeline.directory.members import read_members
from pipeline.directory.problem import Problem
from schemas.directory import DirectoryRecord

NAMES = ("members.csv", "channels.csv", "briefs.yaml", "briefs.yml")
SUFFIXES = frozenset({".csv", ".yaml", ".yml"})
ALLOWED = "members.csv, channels.csv, briefs.yaml; at least one of them"


def load_directory(files: Path | Iterable[Path], key: bytes) -> tuple[tuple[DirectoryRecord, ...], tuple[Problem, ...]]:
    """Return the records of a folder or of single files, and no problems; or no records, and all the problems.

    Parameters
    ----------
    files
        A folder with members.csv, channels.csv and briefs.yaml (any of them), or such files.
    key
        Secret of the installation, for pseudonyms.
    """
    paths: dict[str, Path] = {}
    records: list[DirectoryRecord] = []
    problems: list[Problem] = []
    for path in _find([files] if isinstance(files, Path) else files):
        if isinstance(path, Problem):
            problems.append(path)
        elif (other := paths.setdefault(path.stem, path)) != path:
            problems.append(Problem(path, 0, "", f"there is also {other}", "one file of a kind"))
    for item in _read(paths, key):
        if isinstance(item, Problem):
            problems.append(item)
        else:
            records.append(item)
    return ((), tuple(problems)) if problems else (tuple(records), ())


def _find(given: Iterable[Path]) -> Iterator[Path | Problem]:
    """Give the files; what is named like none of them is reported, for a misspelt name would be passed over."""
    for path in given:
        if path.is_dir():
            inside = [file for file in sorted(path.iterdir()) if file.is_file() and file.suffix in SUFFIXES]
            yield from (_known(file) for file in inside)
            if not inside:
                yield Problem(path, 0, "", "there is no file of a directory in this folder", ALLOWED)
        else:
            yield _known(path)


def _known(file: Path) -> Path | Problem:
    return file if file.name in NAMES else Problem(file, 0, "", "the file has none of the known names", ALLOWED)


def _read(paths: dict[str, Path], key: bytes) -> Iterator[DirectoryRecord | Problem]:
    workspaces: set[str] = set()
    if path := paths.get("members"):
        yield from read_members(path, key, workspaces)
    if path := paths.get("channels"):
        yield from read_channels(path, key, workspaces)
    if path := paths.get("briefs"):
        yield from read_briefs(path)
