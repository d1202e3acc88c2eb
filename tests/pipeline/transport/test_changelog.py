import itertools
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest

from pipeline.settings import KafkaSettings
from pipeline.transport.changelog import Changes, read_changelog
from pipeline.transport.client import aiokafka_client, reading
from pipeline.transport.fenced import FencedWriter
from pipeline.transport.outbox import Outbox
from pipeline.transport.writer import SharedWriter, Writer
from tests.pipeline.transport.stage import create_topics

_numbers = itertools.count()


class Changelog:
    """A changelog with three partitions, each with the writer of its owner."""

    def __init__(self, client: dict[str, Any], topic: str, writers: list[Writer]) -> None:
        self.client, self.topic, self.writers = client, topic, writers

    async def write(self, partition: int, changes: Changes) -> None:
        await self.writers[partition].commit([], changes)

    async def recover(self, partition: int) -> Changes:
        state: Changes = {}

        def load(changes: Changes) -> None:
            for key, value in changes.items():
                state[key] = value
                if value is None:
                    del state[key]

        await read_changelog(self.client, self.topic, partition, load)
        return state


@pytest.fixture
async def changelog(either_broker: str, embedded_broker: str) -> AsyncIterator[Changelog]:
    settings = KafkaSettings(
        bootstrap_servers=either_broker,
        prefix=f"state{next(_numbers)}.",
        transactions=either_broker != embedded_broker,
    )
    topic = f"{settings.prefix}changelog-count"
    create_topics(either_broker, {topic: 3}, **{"cleanup.policy": "compact"})
    client = aiokafka_client(settings)
    async with Outbox(client, settings.prefix) as outbox, AsyncExitStack() as started:
        writers: list[Writer] = []
        for p in range(3):
            if settings.transactions:
                writers.append(FencedWriter(client, settings.prefix, (topic, p), f"{topic}-{p}"))
            else:
                writers.append(SharedWriter(outbox, (topic, p)))
            started.push_async_callback(writers[p].stop)  # also where the start fails
            await writers[p].start()
        yield Changelog(reading(settings), topic, writers)


async def test_recovery_gives_the_latest_value_of_each_key_and_not_what_was_removed(changelog: Changelog) -> None:
    await changelog.write(1, {"a": b"1", "b": b"1", "gone": b"1", "back": b"1"})
    await changelog.write(1, {"a": b"2", "gone": None, "back": None})
    await changelog.write(1, {"c": b"3", "back": b"3", "never": None})
    assert await changelog.recover(1) == {"a": b"2", "b": b"1", "c": b"3", "back": b"3"}


async def test_recovery_gives_one_partition_and_nothing_of_the_others(changelog: Changelog) -> None:
    await changelog.write(0, {"key": b"zero"})
    await changelog.write(2, {"key": b"two"})
    assert await changelog.recover(0) == {"key": b"zero"}
    assert await changelog.recover(1) == {}
    assert await changelog.recover(2) == {"key": b"two"}


async def test_recovery_gives_all_of_what_was_written_however_much_and_the_last_above_all(changelog: Changelog) -> None:
    big = b"." * 400_000
    for n in range(3):
        await changelog.write(0, {f"{k}": b"%d" % n for k in range(5_000)} | {"big": big})
    await changelog.write(0, {"last": b"!"})
    state = await changelog.recover(0)
    assert state.pop("last") == b"!" and state.pop("big") == big
    assert state == {f"{k}": b"2" for k in range(5_000)}
