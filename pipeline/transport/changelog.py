"""Changelogs: the state of an agent's partition, as the latest record of each key in a topic of its own."""

import logging
from collections.abc import Callable, Mapping
from time import monotonic
from typing import Any

import aiokafka

from pipeline.transport.arrivals import Arrivals
from pipeline.transport.offsets import end_offsets, seek_to_beginning

log = logging.getLogger(__name__)

Changes = dict[str, bytes | None]
"""Key and value; None where the key is gone."""

PROGRESS_SECONDS = 2.0


async def read_changelog(
    client: Mapping[str, Any], topic: str, partition: int, load: Callable[[Changes], None], what: str = ""
) -> int:
    """Give `load` a partition from its beginning to its present end, in order and piece by piece.

    Returns the number of records. While it takes long it says how far it has come (as `what`). What was not committed,
    by a worker that is dead or was fenced, is not read where the client reads committed records only.
    """
    consumer = aiokafka.AIOKafkaConsumer(
        **client,
        group_id=None,
        enable_auto_commit=False,
        fetch_max_wait_ms=50,
        max_partition_fetch_bytes=8_000_000,
    )
    await consumer.start()
    consumer._fetcher._records = Arrivals()
    count, started = 0, monotonic()
    said = started
    try:
        place = aiokafka.TopicPartition(topic, partition)
        end = (await end_offsets(consumer, [place]))[place]
        consumer.assign([place])
        await seek_to_beginning(consumer, [place])
        while (position := await consumer.position(place)) < end:
            if monotonic() - said > PROGRESS_SECONDS:
                said = monotonic()
                log.info("%s: at %d of %d in its changelog (%.0f %%)", what, position, end, 100 * position / end)
            for records in (await consumer.getmany(place, timeout_ms=200)).values():
                load({str(record.key, "utf-8"): record.value for record in records})
                count += len(records)
    finally:
        await consumer.stop()
    if said != started:
        log.info("%s: its state is back, %d records in %.1f s", what, count, monotonic() - started)
    return count
