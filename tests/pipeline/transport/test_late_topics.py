"""A worker that is there before its topics: while a broker starts, it does not know them either."""

import asyncio
import time
from pathlib import Path

from tests.pipeline.transport.stage import SECONDS, Stage
from tests.pipeline.transport.worker_process import ITEMS


async def test_who_got_no_partition_because_there_was_none_gets_them_once_there_are(
    apache_kafka: str, tmp_path: Path
) -> None:
    async with Stage(apache_kafka, tmp_path, later=(ITEMS,)) as stage:
        stage.worker("early")
        deadline = time.monotonic() + SECONDS
        while "empty assignment" not in stage.log("early"):
            assert time.monotonic() < deadline, stage.log("early")
            await asyncio.sleep(0.1)
        await stage.create_later()
        for partition in range(stage.partitions):
            stage.produce(partition, [f"{partition}-{n}" for n in range(25)])
        await stage.until_noted()
