"""Tells what kind of recording a path is, and reads it."""

import gzip
import json
import re
import zipfile
import zlib
from itertools import islice
from pathlib import Path

from pipeline.replay.archive import open_lines, read_archive
from pipeline.replay.past import Past, UnreadablePastError
from pipeline.replay.slack_export import read_slack_export
from pipeline.settings import Settings

LOOKED_AT = 20
"""Lines of an archive in which one must look like a message."""

_EXPECTED = (
    "Expected is Slack's own export (a folder or zip with channels.json) or a message archive "
    "(JSON lines, plain or gzipped, with id, channel, author, ts, root ...)"
)
_SUFFIXES = (".gz", ".jsonl", ".ndjson", ".json", ".zip")
_OF_SLACK = re.compile(r"\s+slack export\b.*", re.IGNORECASE)
_NOT_PLAIN = re.compile(r"[^\w.]+")


def open_source(path: Path, key: bytes, settings: Settings, *, workspace: str = "") -> Past:
    """Read a recording of the past.

    Parameters
    ----------
    path
        A message archive, or a Slack export (folder or zip).
    key
        Secret of the installation, for pseudonyms.
    settings
        Of the installation; `replay` says how undated reactions are dated.
    workspace
        Its name; where none is given, the file's name. With Slack's team id, members have the pseudonyms that they
        have in what Slack sends live.

    Raises
    ------
    UnreadablePastError
        It is neither, or nothing in it can be read.
    """
    workspace = workspace or workspace_name(path)
    try:
        if path.is_dir() or (path.is_file() and zipfile.is_zipfile(path)):
            return read_slack_export(
                path, key, undated_hours=settings.replay.undated_reaction_hours, workspace=workspace
            )
        if problem := _no_archive(path):
            msg = f"{path} {problem}. {_EXPECTED}"
            raise UnreadablePastError(msg)
        return read_archive(path, key, undated_hours=settings.replay.undated_reaction_hours, workspace=workspace)
    except OSError as error:
        msg = f"{path} cannot be read: {error.strerror or error}"
        raise UnreadablePastError(msg) from error


def workspace_name(path: Path) -> str:
    """Name a workspace after its file; Slack's name of an export tells the dates, too, which do not belong to it.

    >>> workspace_name(Path("talks/Acme Corp Slack export Jan 1 2025 - Jan 31 2025.zip"))
    'acme-corp'
    >>> workspace_name(Path("dd2030_slack.jsonl.gz"))
    'dd2030_slack'
    """
    name = path.resolve().name
    while name.lower().endswith(_SUFFIXES):
        name = name.rpartition(".")[0]
    return _NOT_PLAIN.sub("-", _OF_SLACK.sub("", name).lower()).strip("-.") or "workspace"


def _no_archive(path: Path) -> str:
    """Say why a path is no message archive; empty if it is one."""
    if not path.exists():
        return "does not exist"
    if not path.is_file():
        return "is neither a file nor a folder"
    try:
        with open_lines(path) as lines:
            head = [line for line in islice(lines, LOOKED_AT) if line.strip()]
    except (EOFError, gzip.BadGzipFile, zlib.error):
        return "is a damaged gzip file"
    if not head:
        return "is empty"
    if any(_like_a_message(line) for line in head):
        return ""
    if head[0].lstrip().startswith(b"["):
        return "holds a JSON list, like one file of a Slack export: give the folder or zip that it belongs to"
    return "holds neither"


def _like_a_message(line: bytes) -> bool:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return False
    return isinstance(record, dict) and {"id", "channel", "ts"} <= record.keys()
