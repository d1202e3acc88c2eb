import asyncio
from collections import deque

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.pipeline.transport.bare_consumer import TP0, TP1, BareConsumer, Message


async def delivered(*last_offsets: int) -> tuple[BareConsumer, dict[int, Message]]:
    """Return a consumer that has delivered batches with these last offsets, and their messages."""
    consumer = BareConsumer()
    messages = {n: Message(tp=TP0, offset=n, acked=False, generation_id=1) for n in last_offsets}
    consumer._delivered[TP0] = deque(last_offsets)
    return consumer, messages


async def test_what_is_done_later_is_not_committed_past_what_is_not_done_yet() -> None:
    consumer, messages = await delivered(2585, 2586, 2589)
    for offset in (2586, 2589):
        assert consumer.ack(messages[offset])
    assert consumer._filter_committable_offsets([TP0]) == {}
    consumer.ack(messages[2585])
    assert consumer._filter_committable_offsets([TP0]) == {TP0: 2590}


@given(
    gaps=st.lists(st.integers(1, 50), min_size=1, max_size=12),
    chance=st.randoms(use_true_random=False),
    commit=st.lists(st.booleans(), min_size=12, max_size=12),
)
async def test_in_whatever_order_batches_end_the_commit_stands_before_the_first_that_has_not(
    gaps: list[int], chance: object, commit: list[bool]
) -> None:
    offsets = [sum(gaps[: n + 1]) for n in range(len(gaps))]  # offsets may have holes: compaction, markers
    consumer, messages = await delivered(*offsets)
    order = list(offsets)
    chance.shuffle(order)  # type: ignore[attr-defined]
    committed = 0
    for n, offset in enumerate(order):
        consumer.ack(messages[offset])
        if not commit[n] and n + 1 < len(order):
            continue
        committed = consumer._filter_committable_offsets([TP0]).get(TP0, committed)
        consumer._committed_offset[TP0] = committed or None
        unfinished = [o for o in offsets if o not in order[: n + 1]]
        done = [o for o in offsets if not unfinished or o < unfinished[0]]
        assert committed == (done[-1] + 1 if done else 0)
    assert committed == offsets[-1] + 1


async def test_one_partition_does_not_wait_for_another() -> None:
    consumer, _ = await delivered(5)
    consumer._delivered[TP1] = deque([9])
    consumer.ack(Message(tp=TP1, offset=9, acked=False, generation_id=1))
    assert consumer._filter_committable_offsets([TP0, TP1]) == {TP1: 10}


async def test_what_was_delivered_before_a_rebalance_is_not_acknowledged_after_it() -> None:
    consumer, messages = await delivered(5)
    consumer.app.consumer_generation_id = 2
    assert not consumer.ack(messages[5])
    assert consumer._filter_committable_offsets([TP0]) == {}


@pytest.mark.parametrize("again", [5, 7])
async def test_what_comes_again_after_a_rebalance_is_committed_when_it_is_done_again(
    again: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def seek(consumer: BareConsumer) -> None:
        consumer._committed_offset[TP0] = None

    monkeypatch.setattr("faust.transport.consumer.Consumer.perform_seek", seek)
    consumer, messages = await delivered(2, 5)
    consumer.ack(messages[5])
    await consumer.perform_seek()  # 2 was not done, so both come again, cut anew perhaps
    consumer._delivered[TP0].append(again)
    assert consumer._filter_committable_offsets([TP0]) == {}
    consumer.ack(Message(tp=TP0, offset=again, acked=False, generation_id=1))
    assert consumer._filter_committable_offsets([TP0]) == {TP0: again + 1}


@pytest.mark.parametrize("crashed", [False, True])
async def test_who_stops_commits_but_not_after_a_crash_when_nobody_would_answer(
    crashed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    committed: list[bool] = []

    async def stop(_: BareConsumer) -> None:
        committed.append(True)

    monkeypatch.setattr("faust.transport.drivers.aiokafka.Consumer.on_stop", stop)
    consumer = BareConsumer()
    consumer._crashed = asyncio.Event()
    if crashed:
        consumer._crashed.set()
    await consumer.on_stop()
    assert bool(committed) is not crashed
