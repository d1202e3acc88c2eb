"""members.csv: who has which persona, and who is staff."""

from collections.abc import Iterator
from pathlib import Path

from pipeline.directory.problem import Problem
from pipeline.directory.table import Columns, read_table
from schemas.directory import Member
from schemas.ids import pseudonym

COLUMNS = Columns(("workspace", "member"), ("persona", "staff"))

YES = frozenset({"yes", "true", "1"})
NO = frozenset({"no", "false", "0", ""})


def read_members(path: Path, key: bytes, workspaces: set[str]) -> Iterator[Member | Problem]:
    """Give every member, pseudonymous, and what is wrong; `workspaces` takes up those that are named."""
    seen: dict[tuple[str, str], int] = {}
    for row in read_table(path, COLUMNS):
        if isinstance(row, Problem):
            yield row
            continue
        workspace, member, staff = row.cells["workspace"], row.cells["member"], row.cells["staff"].lower()
        wrong = [
            row.problem(column, "the cell is empty", f"the source's id of the {column}")
            for column in COLUMNS.required
            if not row.cells[column]
        ]
        if staff not in YES | NO:
            wrong.append(row.problem("staff", "neither yes nor no", "yes, true, 1, no, false, 0 or nothing (no)"))
        first = seen.setdefault((workspace, member), row.line)
        if first != row.line and not wrong:
            wrong.append(row.problem("member", f"the member is already on line {first}", "one line a member"))
        yield from wrong
        workspaces.add(workspace)
        if not wrong:
            persona = row.cells["persona"] or None
            yield Member(member=pseudonym(key, workspace, member), persona=persona, staff=staff in YES)
