import asyncio
import itertools
from collections.abc import AsyncIterator

import aiokafka
import pytest

from agents.effects import Send
from agents.knowledge import Knowledge
from pipeline.transport.broadcast import Broadcast
from pipeline.transport.outbox import Outbox
from schemas.dead_letter import DeadLetter
from schemas.directory import Member
from schemas.expectation import ClosedUntil
from tests.pipeline.transport.stage import create_topics

_numbers = itertools.count()
SECONDS = 20.0


@pytest.fixture
async def outbox(embedded_broker: str) -> AsyncIterator[Outbox]:
    prefix = f"broadcast{next(_numbers)}."
    create_topics(embedded_broker, {prefix + topic: 1 for topic in ("directory", "expectations", "dead-letters")})
    async with Outbox({"bootstrap_servers": embedded_broker}, prefix) as outbox:
        yield outbox


@pytest.fixture
def broadcast(embedded_broker: str, outbox: Outbox) -> Broadcast:
    return Broadcast({"bootstrap_servers": embedded_broker}, outbox, ("directory", "expectations"), Knowledge())


async def know(outbox: Outbox, *numbers: int, persona: str = "core") -> None:
    """Write members to the directory."""
    for n in numbers:
        await (await outbox.send(Send("directory", f"member:m{n}", Member(member=f"m{n}", persona=persona))))


async def test_it_is_ready_when_all_that_stood_there_was_read(outbox: Outbox, broadcast: Broadcast) -> None:
    large = "." * 50_000
    await know(outbox, *range(200), persona=large)  # more than one fetch brings
    await (await outbox.send(Send("expectations", "closed", ClosedUntil(time=7.0, version=0))))
    async with broadcast, asyncio.timeout(SECONDS):
        await broadcast.wait_ready()
        assert broadcast.knowledge.members_of_persona(large) == 200
        assert broadcast.knowledge.closed_until == 7.0


async def test_it_is_ready_where_nothing_stands_yet(broadcast: Broadcast) -> None:
    async with broadcast, asyncio.timeout(SECONDS):
        await broadcast.wait_ready()


async def test_all_who_wait_go_on_when_their_time_has_come_and_not_before(outbox: Outbox, broadcast: Broadcast) -> None:
    async with broadcast, asyncio.timeout(SECONDS):
        waiting = {n: asyncio.create_task(broadcast.wait_for(float(n))) for n in range(1, 5)}
        for n in range(1, 5):
            await (await outbox.send(Send("expectations", "closed", ClosedUntil(time=float(n), version=0))))
            await waiting[n]
            assert not any(waiting[later].done() for later in range(n + 1, 5))


async def test_a_removed_key_is_passed_over(outbox: Outbox, broadcast: Broadcast) -> None:
    await know(outbox, 1)
    await (await outbox.write(outbox.prefix + "directory", b"member:m2", None, None))
    await know(outbox, 3)
    async with broadcast, asyncio.timeout(SECONDS):
        await broadcast.wait_ready()
        assert broadcast.knowledge.members_of_persona("core") == 2


async def test_a_record_that_cannot_be_read_is_a_dead_letter_and_the_rest_is_read(
    outbox: Outbox, broadcast: Broadcast, embedded_broker: str
) -> None:
    await know(outbox, 1)
    await (await outbox.write(outbox.prefix + "directory", b"member:m2", b"{", None))
    await know(outbox, 3)
    async with broadcast, asyncio.timeout(SECONDS):
        await broadcast.wait_ready()
        assert broadcast.knowledge.members_of_persona("core") == 2
        place = aiokafka.TopicPartition(outbox.prefix + "dead-letters", 0)
        async with aiokafka.AIOKafkaConsumer(bootstrap_servers=embedded_broker, group_id=None) as consumer:
            consumer.assign([place])
            await consumer.seek_to_beginning(place)
            letter = DeadLetter.model_validate_json((await consumer.getone()).value)
    assert (letter.stage, letter.topic, letter.offset) == ("broadcast", "directory", 1)


async def test_a_failure_of_any_other_kind_ends_whoever_depends_on_it(
    outbox: Outbox, broadcast: Broadcast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        msg = "a bug"
        raise RuntimeError(msg)

    monkeypatch.setattr(broadcast.knowledge, "apply", fails)
    await know(outbox, 1)
    async with broadcast, asyncio.timeout(SECONDS):
        await broadcast._crashed.wait()
        assert str(broadcast.crash_reason) == "a bug"
