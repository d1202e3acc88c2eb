"""Where partitions end, truly."""

from collections.abc import Iterable
from typing import Any


async def end_offsets(consumer: Any, places: Iterable[Any]) -> dict[Any, int]:
    """Return the offset that the next record of each partition will have.

    The embedded broker (Tansu 0.6) answers with the offset behind the FIRST record of the last batch; so the last
    batch is fetched and counted. On Apache Kafka that only confirms the answer. The consumer's assignment may be
    replaced.
    """
    ends: dict[Any, int] = dict(await consumer.end_offsets(list(places)))
    filled = [place for place, end in ends.items() if end > 0]
    if not filled:  # and no new assignment: aiokafka's `stop` hangs for ever when it comes right after one
        return ends
    consumer.assign(filled)
    for place in filled:
        consumer.seek(place, ends[place] - 1)
    waiting = set(filled)
    while waiting:
        for place, records in (await consumer.getmany(*waiting, timeout_ms=200)).items():
            ends[place] = max(ends[place], records[-1].offset + 1)
        for place in list(waiting):
            highwater = consumer.highwater(place)
            if highwater is not None and max(await consumer.position(place), ends[place]) >= highwater:
                waiting.discard(place)
    return ends
