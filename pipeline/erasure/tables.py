"""A member is taken out of the tables: rows stay and name nobody, so that everything counted stays as it was."""

from collections.abc import Mapping
from dataclasses import dataclass

from clickhouse_connect.driver.client import Client

from pipeline.clickhouse.statements import Layout
from schemas.erasure import ERASED


@dataclass(frozen=True)
class Named:
    """A table that names members, and how a row is written that does not.

    Where the name stands in the sorting key, which no mutation may change, rows are written anew before the old ones
    are removed: whoever is interrupted in between repeats it.
    """

    table: str
    found: str
    replaced: str
    in_key: bool


_NAMED = (
    Named(
        "events",
        "author = {member:String} OR position(event_id, {member:String}) > 0",
        "{erased:String} AS author, replaceAll(event_id, {member:String}, {erased:String}) AS event_id",
        in_key=True,
    ),
    Named("prompts", "author = {member:String}", "author = {erased:String}", in_key=False),
    Named("feedback", "who = {member:String}", "{erased:String} AS who, '' AS note", in_key=True),
)

_SETTINGS = {"mutations_sync": 2}
"""A mutation is waited for, on all replicas: what it replaced is in no active part any more."""


def count(client: Client, layout: Layout, member: str) -> dict[str, int]:
    """Return in how many rows of each table a member is named; older versions of a row count, too."""
    return {named.table: _count(client, layout, named, member) for named in _NAMED}


def erase(client: Client, layout: Layout, member: str) -> None:
    """Write every row that names a member anew without the name, and remove the old one from the disk.

    ClickHouse keeps inactive parts for some minutes (`old_parts_lifetime`) until it deletes their files.
    """
    where = {"member": member, "erased": ERASED}
    for named in _NAMED:
        if not _count(client, layout, named, member):
            continue
        if named.in_key:
            new = f"SELECT * REPLACE ({named.replaced}) FROM {{database}}.{named.table} WHERE {named.found}"
            _run(client, layout, f"INSERT INTO {{database}}.{named.table} {new}", where)
            _run(
                client,
                layout,
                f"ALTER TABLE {{database}}.{named.table} {{on_cluster}} DELETE WHERE {named.found}",
                where,
            )
        else:
            change = f"UPDATE {named.replaced} WHERE {named.found}"
            _run(client, layout, f"ALTER TABLE {{database}}.{named.table} {{on_cluster}} {change}", where)


def _count(client: Client, layout: Layout, named: Named, member: str) -> int:
    query = layout.fill(f"SELECT count() FROM {{database}}.{named.table} WHERE {named.found}")
    return int(client.query(query, parameters={"member": member}).result_rows[0][0])


def _run(client: Client, layout: Layout, statement: str, parameters: Mapping[str, str]) -> None:
    client.command(layout.fill(statement), parameters=dict(parameters), settings=_SETTINGS)
