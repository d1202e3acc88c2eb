"""What stands of a member in the topics that keep the latest record of each key."""

import asyncio
from collections.abc import Callable
from typing import Any

import aiokafka
from pydantic import ValidationError

from pipeline.settings import KafkaSettings
from pipeline.transport.client import reading
from pipeline.transport.offsets import end_offsets, seek_to_beginning
from schemas.directory import DIRECTORY, Channel
from schemas.topic import Topic


def channels_with(settings: KafkaSettings, member: str) -> list[Channel]:
    """Return the channels of the directory that list a member."""
    channels = []
    for value in _latest(settings, Topic.DIRECTORY, lambda key: key.startswith(b"channel:")).values():
        try:
            record = DIRECTORY.validate_json(value)
        except ValidationError:
            continue  # the workers report it
        if isinstance(record, Channel) and member in record.members:
            channels.append(record)
    return channels


def keys_with(settings: KafkaSettings, topic: str, member: str) -> list[bytes]:
    """Return the keys in which a member is named, such as those of the feedback they gave."""
    name = member.encode()
    return list(_latest(settings, topic, lambda key: name in key))


def _latest(settings: KafkaSettings, topic: str, about: Callable[[bytes], bool]) -> dict[bytes, bytes]:
    """Return the latest record of each key that is asked about, unless the key was removed."""
    return asyncio.run(_read(settings, topic, about))


async def _read(settings: KafkaSettings, topic: str, about: Callable[[bytes], bool]) -> dict[bytes, bytes]:
    place = aiokafka.TopicPartition(settings.prefix + topic, 0)
    latest: dict[bytes, bytes] = {}
    consumer: Any = aiokafka.AIOKafkaConsumer(**reading(settings), group_id=None, enable_auto_commit=False)
    await consumer.start()
    try:
        end = (await end_offsets(consumer, [place]))[place]
        if end == 0:
            return latest
        consumer.assign([place])
        await seek_to_beginning(consumer, [place])
        while await consumer.position(place) < end:
            for records in (await consumer.getmany(place, timeout_ms=200)).values():
                for record in records:
                    if not about(record.key or b""):
                        continue
                    latest.pop(record.key, None)
                    if record.value is not None:
                        latest[record.key] = record.value
        return latest
    finally:
        await consumer.stop()
