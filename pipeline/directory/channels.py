"""channels.csv: what the conversations are called, and who is in them."""

import re
from collections.abc import Iterator
from pathlib import Path

from pipeline.directory.problem import Problem
from pipeline.directory.table import Columns, Row, read_table
from schemas.directory import Channel
from schemas.ids import pseudonym

COLUMNS = Columns(("source", "conversation"), ("name", "members", "workspace"))

_BETWEEN = re.compile(r"[;\s]+")


def read_channels(path: Path, key: bytes, workspaces: set[str]) -> Iterator[Channel | Problem]:
    """Give every channel, its members pseudonymous, and what is wrong.

    A pseudonym needs the workspace: that of the row, else the only one of members.csv (`workspaces`).
    """
    seen: dict[tuple[str, str], int] = {}
    for row in read_table(path, COLUMNS):
        if isinstance(row, Problem):
            yield row
            continue
        source, conversation = row.cells["source"], row.cells["conversation"]
        members = list(dict.fromkeys(filter(None, _BETWEEN.split(row.cells["members"]))))
        wrong = list(_check(row, bool(members), workspaces))
        first = seen.setdefault((source, conversation), row.line)
        if first != row.line and not wrong:
            allowed = "one line a conversation, with all its members"
            wrong.append(row.problem("conversation", f"the conversation is already on line {first}", allowed))
        yield from wrong
        if not wrong:
            workspace = row.cells["workspace"] or "".join(workspaces)
            people = tuple(pseudonym(key, workspace, member) for member in members)
            yield Channel(source=source, conversation=conversation, name=row.cells["name"], members=people)


def _check(row: Row, has_members: bool, workspaces: set[str]) -> Iterator[Problem]:
    if not row.cells["source"]:
        yield row.problem("source", "the cell is empty", "the name of the source, such as slack or slack-export")
    if not row.cells["conversation"]:
        yield row.problem("conversation", "the cell is empty", "the source's id of the channel, such as C024BE91L")
    if has_members and not row.cells["workspace"] and len(workspaces) != 1:
        how_many = "several workspaces" if workspaces else "no workspace"
        reason = f"whose members these are is not clear: members.csv names {how_many}"
        yield row.problem("workspace", reason, "a column workspace with the workspace of the channel's members")
