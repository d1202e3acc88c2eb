"""A recorder as a process of its own that kills itself between an insert and its acknowledgement, when told so.

Arguments: url, database, file of what is committed, size of the load, seed, after how many inserts to die (0: never).
"""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path

from pipeline.clickhouse.client import connect
from pipeline.clickhouse.sink import Sink
from pipeline.clickhouse.writer import Writer
from pipeline.settings import ClickHouseSettings
from tests.sink.feed import Feed
from tests.sink.load import Load


async def main(url: str, database: str, file: Path, size: int, seed: int, dies_after: int) -> None:
    """Record the load from where the last process was when it died."""
    settings = ClickHouseSettings(database=database, batch_rows=100, batch_seconds=0.02)
    committed = {(topic, partition): offset for topic, partition, offset in json.loads(file.read_text())}
    feed = Feed(
        Load(size).logs, Sink(settings, lambda: connect(settings, url)), seed=seed, most=60, committed=committed
    )

    def save() -> None:
        draft = file.with_suffix(".draft")
        draft.write_text(json.dumps([[*place, offset] for place, offset in committed.items()]))
        draft.replace(file)

    feed.on_ack = save
    write, written = Writer.write, 0

    def insert(writer: Writer, chunk: object) -> None:
        nonlocal written
        write(writer, chunk)  # type: ignore[arg-type]
        written += 1
        if written == dies_after:
            os.kill(os.getpid(), signal.SIGKILL)

    Writer.write = insert  # type: ignore[method-assign, assignment]
    await feed.run()


if __name__ == "__main__":
    _url, _database, _file, *_numbers = sys.argv[1:]
    asyncio.run(main(_url, _database, Path(_file), *map(int, _numbers)))
