import asyncio
from collections.abc import AsyncIterator, Callable
from types import SimpleNamespace

import pytest

from tests.pipeline.transport.bare_consumer import TP0, TP1, BareConsumer


@pytest.fixture
async def consumer() -> AsyncIterator[BareConsumer]:
    consumer = BareConsumer()
    draining = asyncio.create_task(consumer._drain_messages(SimpleNamespace(_stopped=asyncio.Event())))
    yield consumer
    consumer._stopped.set()
    consumer.flow.set()
    consumer.can_resume_flow.set()
    await asyncio.wait_for(draining, 5)


async def until(check: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not check():
            await asyncio.sleep(0)


async def test_what_was_fetched_of_a_partition_is_one_batch_in_order(consumer: BareConsumer) -> None:
    consumer.fetches.put_nowait({TP0: [4, 5, 9], TP1: [0]})
    await until(lambda: len(consumer.batches) == 2)
    assert sorted(consumer.batches) == [(TP0, [4, 5, 9]), (TP1, [0])]
    assert sorted(message.offset for message in consumer.messages) == [0, 9], "a batch is known by its last offset"


async def test_nothing_more_is_fetched_of_a_partition_while_a_batch_of_it_is_in_work(consumer: BareConsumer) -> None:
    consumer.fetches.put_nowait({TP0: [0]})
    await until(lambda: bool(consumer.batches))
    before = len(consumer.asked)
    await until(lambda: len(consumer.asked) > before + 3)
    assert all(asked == {TP1} for asked in consumer.asked[before + 1 :])
    consumer.app.lanes.done(TP0)
    await until(lambda: consumer.asked[-1] == {TP0, TP1})


async def test_while_all_partitions_are_in_work_nothing_is_fetched_at_all(consumer: BareConsumer) -> None:
    consumer.fetches.put_nowait({TP0: [0], TP1: [0]})
    await until(lambda: len(consumer.batches) == 2)
    asked = len(consumer.asked)
    for _ in range(100):
        await asyncio.sleep(0)
    assert len(consumer.asked) == asked
    consumer.app.lanes.done(TP1)
    await until(lambda: len(consumer.asked) > asked)
    assert consumer.asked[asked] == {TP1}


async def test_what_was_delivered_already_is_not_delivered_again(consumer: BareConsumer) -> None:
    consumer._read_offset[TP0] = 5
    consumer.fetches.put_nowait({TP0: [3, 4], TP1: [0]})
    consumer.fetches.put_nowait({TP0: [3, 4, 5, 6]})
    await until(lambda: len(consumer.batches) == 2)
    assert consumer.batches == [(TP1, [0]), (TP0, [5, 6])]
    assert consumer._read_offset[TP0] == 7


async def test_what_was_fetched_before_a_rebalance_is_not_delivered_after_it(consumer: BareConsumer) -> None:
    consumer.flow.clear()
    consumer.fetches.put_nowait({TP0: [0, 1]})
    await until(consumer.fetches.empty)
    consumer.app.consumer_generation_id = 2
    consumer.flow.set()
    consumer.fetches.put_nowait({TP1: [7]})
    await until(lambda: bool(consumer.batches))
    assert consumer.batches == [(TP1, [7])]
    assert not consumer.app.lanes.busy(TP0), "it would never be fetched again"


async def test_a_fetch_that_waits_through_a_rebalance_has_ended_when_the_position_is_set(
    consumer: BareConsumer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it brings is dropped, so it must come again: the position must not be set before it is moved."""
    under_way: list[bool] = []

    async def seek(consumer: BareConsumer) -> None:
        under_way.append(consumer.under_way)

    monkeypatch.setattr("faust.transport.consumer.Consumer.perform_seek", seek)
    await until(lambda: consumer.under_way)
    await consumer.perform_seek()
    assert under_way == [False]


async def test_nothing_is_fetched_while_partitions_move(consumer: BareConsumer) -> None:
    await until(lambda: bool(consumer.asked))
    consumer.flow_active = False
    consumer.fetches.put_nowait({TP0: [0]})
    await until(consumer.fetches.empty)  # the fetch that was under way
    asked = len(consumer.asked)
    for _ in range(100):
        await asyncio.sleep(0)
    assert len(consumer.asked) == asked and consumer.batches == []
    consumer.flow_active = True
    consumer.can_resume_flow.set()
    await until(lambda: len(consumer.asked) > asked)


async def test_a_partition_is_caught_up_when_all_of_it_was_worked_on(
    consumer: BareConsumer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumer, "highwater", lambda _: 3)
    assert not consumer.caught_up(TP0)
    consumer.fetches.put_nowait({TP0: [0, 1]})
    await until(lambda: bool(consumer.batches))
    consumer.app.lanes.done(TP0)
    assert not consumer.caught_up(TP0)
    consumer.fetches.put_nowait({TP0: [2]})
    await until(lambda: len(consumer.batches) == 2)
    assert not consumer.caught_up(TP0), "read is not worked on"
    consumer.app.lanes.done(TP0)
    assert consumer.caught_up(TP0)
