"""The dead letters in ClickHouse: asked for, and noted when their originals were written again."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from clickhouse_connect.driver.client import Client

from pipeline.clickhouse.ask import ask
from pipeline.dead_letters.letter import Group, Letter, Wanted

_HERE = """
    ({stage:String} = '' OR stage = {stage:String}) AND ({topic:String} = '' OR topic = {topic:String})
    AND ({source:String} = '' OR source = {source:String}) AND ({error:String} = '' OR error = {error:String})
    AND ({redriven:Bool} OR redriven_at IS NULL)
"""

_FIND = f"""
SELECT * FROM {{database}}.dead_letters_now WHERE {_HERE}
ORDER BY put_aside_at DESC, topic, partition, offset DESC, stage
LIMIT {{limit:UInt64}}
"""

_NAMED = """
SELECT * FROM {database}.dead_letters_now WHERE dead_letter_id IN {ids:Array(String)}
"""

_GROUPS = f"""
SELECT stage, error, reason, count() AS letters, max(put_aside_at) AS latest
FROM {{database}}.dead_letters_now WHERE {_HERE}
GROUP BY stage, error, reason
ORDER BY letters DESC, latest DESC, stage, reason
"""

_COUNT = f"""
SELECT countIf(redriven_at IS NULL) AS open, countIf(redriven_at IS NOT NULL) AS redriven
FROM {{database}}.dead_letters_now WHERE {_HERE}
"""

EVERYTHING = 2**63
"""A limit that is none."""


def find(client: Client, database: str, wanted: Wanted, *, limit: int = EVERYTHING) -> list[Letter]:
    """Return letters, the newest first."""
    return [Letter(**row) for row in ask(client, database, _FIND, asdict(wanted) | {"limit": limit})]


def named(client: Client, database: str, ids: Iterable[str]) -> dict[str, Letter]:
    """Return letters by their ids; those that do not exist are left out."""
    rows = ask(client, database, _NAMED, {"ids": list(ids)})
    return {row["dead_letter_id"]: Letter(**row) for row in rows}


def groups(client: Client, database: str, wanted: Wanted) -> list[Group]:
    """Return how many letters share a reason, the most frequent first."""
    return [Group(**row) for row in ask(client, database, _GROUPS, asdict(wanted))]


def count(client: Client, database: str, wanted: Wanted) -> tuple[int, int]:
    """Return how many are open and how many were redriven, whether or not the latter are asked for."""
    [row] = ask(client, database, _COUNT, asdict(wanted) | {"redriven": True})
    return row["open"], row["redriven"]


def note(client: Client, database: str, written: Sequence[tuple[tuple[str, int, int], int]]) -> None:
    """Note originals (topic, partition, offset) that were written again, each with its new offset."""
    # by ClickHouse's clock, as the letters are
    rows: list[tuple[Any, ...]] = [(*original, again) for original, again in written]
    client.insert(
        "redrives",
        rows,
        database=database,
        column_names=["topic", "partition", "offset", "again_offset"],
        settings={"insert_deduplicate": 0},  # the same original may be written again more than once
    )
