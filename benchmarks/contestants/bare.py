"""The floor: an aiokafka loop that validates every event with the contract, and does nothing else."""

import asyncio
import sys

import aiokafka

from benchmarks.contestants.meter import Meter, Options
from schemas.event import EVENT


async def consume(options: Options) -> None:
    meter = Meter(options)
    consumer = aiokafka.AIOKafkaConsumer(
        bootstrap_servers=options.bootstrap_servers, group_id=None, enable_auto_commit=False
    )
    await consumer.start()
    places = [aiokafka.TopicPartition(options.topic, p) for p in range(len(options.first))]
    consumer.assign(places)
    for place, offset in zip(places, options.first, strict=True):
        consumer.seek(place, offset)
    done = False
    while not done:
        found = await consumer.getmany(timeout_ms=1000)
        if found:
            meter.start()
        for place, records in found.items():
            kinds = [EVENT.validate_json(record.value).kind for record in records]
            done = meter.note_all(place.partition, records[0].offset, kinds)
    meter.finish()
    await consumer.stop()


if __name__ == "__main__":
    asyncio.run(consume(Options.parse(sys.argv[1])))
