"""Everything that an installation keeps, as bytes by place: what must not be found anywhere is looked for in it."""

import re
import zlib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import aiokafka
from clickhouse_connect.driver.client import Client

from pipeline.kafka import existing_topics
from pipeline.settings import KafkaSettings
from pipeline.transport.client import reading
from pipeline.transport.offsets import end_offsets, seek_to_beginning

_CHUNK = re.compile(rb"[ab] \d+")
_TEXT = re.compile(r"String|Map|JSON|Variant|Dynamic|Object")


async def topics(settings: KafkaSettings) -> dict[str, list[Any]]:
    """Return the records of every topic that the broker lists, whoever made it."""
    consumer: Any
    async with aiokafka.AIOKafkaConsumer(**reading(settings), group_id=None, enable_auto_commit=False) as consumer:
        found: dict[str, list[Any]] = {}
        places = []
        for topic, partitions in existing_topics(settings).items():
            found[topic] = []
            places += [aiokafka.TopicPartition(topic, n) for n in range(partitions)]
        ends = await end_offsets(consumer, places)
        consumer.assign(places)
        await seek_to_beginning(consumer, places)
        while [place for place in places if await consumer.position(place) < ends[place]]:
            for place, records in (await consumer.getmany(timeout_ms=200)).items():
                found[place.topic] += records
        return found


def written(records: list[Any]) -> bytes:
    """Return keys, values and headers of records, and what their snapshots unpack to."""
    parts = [part for record in records for part in (record.key, record.value) if part]
    parts += [part for record in records for header in record.headers for part in (header[0].encode(), header[1])]
    return b"\n".join([*parts, *_snapshots(records)])


def _snapshots(records: list[Any]) -> Iterator[bytes]:
    """Unpack every version of the snapshots in a changelog: chunks of one follow each other, and a head ends them."""
    chunks: defaultdict[int, list[bytes]] = defaultdict(list)
    for record in records:
        if _CHUNK.fullmatch(record.key or b"") and record.value:
            chunks[record.partition].append(record.value)
        elif record.key == b"head" and chunks[record.partition]:
            yield zlib.decompress(b"".join(chunks.pop(record.partition)))


def latest(records: list[Any]) -> list[Any]:
    """Return what compaction leaves of records: the last one of each key, and none where it was removed."""
    last = {(record.partition, record.key): record for record in records}
    return sorted((record for record in last.values() if record.value is not None), key=lambda record: record.offset)


def tables(client: Client, database: str) -> dict[str, bytes]:
    """Return every value of every column of every table that can hold text, by `table.column`."""
    columns = client.query(
        "SELECT table, name, type FROM system.columns WHERE database = {d:String} AND table IN "
        "(SELECT name FROM system.tables WHERE database = {d:String} AND engine LIKE '%MergeTree')",
        {"d": database},
    ).result_rows
    return {
        f"{table}.{name}": repr(
            client.query(f"SELECT DISTINCT `{name}` FROM {database}.`{table}`").result_columns
        ).encode()
        for table, name, kind in columns
        if _TEXT.search(kind)
    }


def logs(*folders: Path) -> dict[str, bytes]:
    """Return every log by its name."""
    return {str(file): file.read_bytes() for folder in folders for file in folder.rglob("*.log*") if file.is_file()}


def where(places: Mapping[str, bytes], *, holds: str) -> list[str]:
    """Name the places that hold something."""
    return sorted(name for name, content in places.items() if holds.encode() in content)
