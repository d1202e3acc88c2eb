"""How long the views take on two years of a large installation: 1 million prompts and 100 million events.

What is asked of a view that sums up is all of it. Of one that lists every prompt, anomaly or learned value it is what
people ask of a list: the latest week or month, or the history of one segment. The answer is made and thrown away, so
that the driver is not measured.
"""

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path

from clickhouse_connect.driver.client import Client

from benchmarks.bulk import Bulk
from benchmarks.entry import Entry, progress
from pipeline.clickhouse.client import connect
from pipeline.clickhouse.migrate import migrate
from pipeline.embedded import EmbeddedEngine
from pipeline.settings import ClickHouseSettings

LISTS = {
    "anomalies_now": "posted_at >= toDateTime('2025-12-01', 'UTC')",
    "expectation_history": "kind = 'segment' AND key = 'core/poll'",
    "prompts_now": "posted_at >= toDateTime('2025-12-25', 'UTC')",
}
"""Views that list, and what is asked of them."""

PATIENCE = 3600.0
"""Seconds that a statement of the bulk writer may take."""


async def measure(servers: str, folder: Path, rounds: int) -> list[Entry]:  # noqa: ARG001 - needs no broker
    """Fill the tables and ask every view."""
    return await asyncio.to_thread(_measure, folder, rounds)


def _measure(folder: Path, rounds: int, bulk: tuple[int, int] = (1_000_000, 100_000_000)) -> list[Entry]:
    settings = ClickHouseSettings()
    with EmbeddedEngine(folder / "engine") as engine:
        client = connect(settings, engine.url, timeout=PATIENCE)
        migrate(client, settings.database)
        writer = Bulk(client, settings.database, *bulk)
        for said in writer.write():
            progress(f"  written: {said}")
        writer.settle()
        _until_merged(client)
        entries = _sizes(client, settings.database)
        for view in _views(client, settings.database):
            question = f"SELECT * FROM {settings.database}.{view}"
            if view in LISTS:
                question += f" WHERE {LISTS[view]}"
            took = [_milliseconds(client, question) for _ in range(rounds + 1)][1:]
            entries.append(Entry.of(f"views/{view}", "ms", took))
            progress(f"  {view}: {entries[-1].median:.0f} ms")
        client.close()
    return entries


def _views(client: Client, database: str) -> Sequence[str]:
    query = "SELECT name FROM system.tables WHERE database = {d:String} AND engine = 'View' ORDER BY name"
    return [str(name) for (name,) in client.query(query, {"d": database}).result_rows]


def _sizes(client: Client, database: str) -> list[Entry]:
    """Return bytes on disk of a row of the tables that grow, all columns, keys and marks together."""
    query = (
        "SELECT table, sum(bytes_on_disk) / sum(rows) FROM system.parts "
        "WHERE active AND database = {d:String} AND table IN ('events', 'prompts', 'outlooks', 'anomalies') "
        "GROUP BY table ORDER BY table"
    )
    rows = client.query(query, {"d": database}).result_rows
    for table, size in rows:
        progress(f"  {table}: {size:.1f} bytes a row")
    return [Entry.of(f"size/{table}", "bytes on disk a row", [size]) for table, size in rows]


def _until_merged(client: Client) -> None:
    """Wait until the engine has nothing left to merge: it would be measured, too."""
    quiet, until = 0, time.monotonic() + PATIENCE
    while quiet < 3 and time.monotonic() < until:
        quiet = 0 if client.query("SELECT count() FROM system.merges").result_rows[0][0] else quiet + 1
        time.sleep(1)


def _milliseconds(client: Client, question: str) -> float:
    started = time.monotonic()
    client.raw_query(question, fmt="Null")
    return 1000 * (time.monotonic() - started)
