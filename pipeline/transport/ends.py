"""Where partitions end, truly."""

from collections.abc import Iterable
from typing import Any


async def end_offsets(consumer: Any, places: Iterable[Any]) -> dict[Any, int]:
    """Return the offset that the next record of each partition will have, for this reader.

    The embedded broker (Tansu 0.6) answers with the offset behind the FIRST record of the last batch; so the last
    batch is fetched and counted. On Apache Kafka that only confirms the answer. The consumer's assignment may be
    replaced. To a reader of committed records a partition ends where the oldest open transaction begins.
    """
    ends: dict[Any, int] = dict(await consumer.end_offsets(list(places)))
    waiting = {place for place, end in ends.items() if end > 0}
    if not waiting:  # and no new assignment: aiokafka's `stop` hangs for ever when it comes right after one
        return ends
    consumer.assign(waiting)
    for place in waiting:
        consumer.seek(place, ends[place] - 1)
    while waiting:
        await consumer.getmany(*waiting, timeout_ms=200)
        for place in list(waiting):
            position = await consumer.position(place)
            if position >= ends[place]:  # behind what was fetched, and behind markers of transactions
                ends[place] = position
                waiting.discard(place)
    return ends
