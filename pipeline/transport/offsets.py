"""Where partitions begin and end, truly."""

from collections.abc import Iterable
from typing import Any

from aiokafka.errors import KafkaTimeoutError


async def seek_to_beginning(consumer: Any, places: Iterable[Any]) -> None:
    """Seek to where partitions begin; waits for a broker that is away.

    aiokafka's own `seek_to_beginning` asks whom its metadata names. When that broker does not lead the partition any
    more it says so, and is asked again, until the metadata is renewed after five minutes; nothing that it does lead
    is fetched meanwhile.
    """
    places = list(places)
    while True:
        try:
            begin = await consumer.beginning_offsets(places)
        except KafkaTimeoutError:
            continue
        break
    assigned = consumer.assignment()
    for place in places:
        if place in assigned:  # still: a rebalance may have come in between
            consumer.seek(place, begin[place])


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
