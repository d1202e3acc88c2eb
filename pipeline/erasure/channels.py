"""The channels of the directory that list a member, as they stand in its topic."""

import asyncio
from typing import Any

import aiokafka
from pydantic import ValidationError

from pipeline.settings import KafkaSettings
from pipeline.transport.client import reading
from pipeline.transport.offsets import end_offsets, seek_to_beginning
from schemas.directory import DIRECTORY, Channel, directory_key
from schemas.topic import Topic


def channels_with(settings: KafkaSettings, member: str) -> list[Channel]:
    """Return the channels that list a member, as the latest record of each says."""
    channels: dict[str, Channel] = {}
    for value in asyncio.run(_values(settings)):
        try:
            record = DIRECTORY.validate_json(value)
        except ValidationError:
            continue  # the workers report it
        if isinstance(record, Channel):
            channels[directory_key(record)] = record
    return [channel for channel in channels.values() if member in channel.members]


async def _values(settings: KafkaSettings) -> list[bytes]:
    place = aiokafka.TopicPartition(settings.prefix + Topic.DIRECTORY, 0)
    values: list[bytes] = []
    consumer: Any = aiokafka.AIOKafkaConsumer(**reading(settings), group_id=None, enable_auto_commit=False)
    await consumer.start()
    try:
        end = (await end_offsets(consumer, [place]))[place]
        if end == 0:
            return values
        consumer.assign([place])
        await seek_to_beginning(consumer, [place])
        while await consumer.position(place) < end:
            for records in (await consumer.getmany(place, timeout_ms=200)).values():
                values += [record.value for record in records if record.value is not None]
        return values
    finally:
        await consumer.stop()
