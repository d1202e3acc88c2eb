import asyncio
from typing import Any

import pytest
from aiokafka.errors import KafkaTimeoutError

from pipeline.transport import lane
from pipeline.transport.lane import AgentSpec
from pipeline.transport.lanes import LostBatchError
from tests.factories.counting import Counting, item
from tests.pipeline.transport.fake_broker import PREFIX, FakeEvent
from tests.pipeline.transport.lane_stage import TP0, TP1, LaneStage, rest, until


async def test_a_batch_is_acknowledged_after_its_outputs_and_then_its_state_are_in_the_broker(on: LaneStage) -> None:
    on.outbox.holding = True
    on.put({0: item("a"), 1: item("b")})
    await until(lambda: len(on.written) == 2)
    await rest()
    assert on.written == ["notes", "notes"], "state that knows of an output must not come before it"
    on.outbox.answer()
    await until(lambda: len(on.written) == 3)
    await rest()
    assert on.outbox.written[2] == ("changelog-count", "k") and on.acked == []
    on.outbox.answer()
    await until(lambda: on.acked == [1])
    assert not on.lanes.busy(TP0)


@pytest.mark.parametrize("confirmed", [0, 1], ids=["outputs", "state"])
async def test_what_the_broker_refuses_fails_the_worker_and_is_not_acknowledged(on: LaneStage, confirmed: int) -> None:
    on.outbox.holding = True
    on.put({0: item("a")})
    for n in range(confirmed + 1):
        await until(lambda n=n: len(on.written) == n + 1)
        on.outbox.answer(OSError("no room") if n == confirmed else None)
    await until(lambda: bool(on.failures))
    assert isinstance(on.failures[0], OSError) and on.acked == []


async def test_a_changelog_that_cannot_be_read_fails_the_worker(on: LaneStage, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(*_: Any) -> int:
        raise OSError

    monkeypatch.setattr(lane, "read_changelog", away)
    on.put({0: item("a")})
    await until(lambda: bool(on.failures))
    assert on.acked == [] and on.written == []


async def test_a_lane_that_waits_goes_on_when_the_broadcast_says_so_and_holds_no_other_up(on: LaneStage) -> None:
    on.put({0: item("a"), 1: item("b", wait=10.0)})
    await until(lambda: len(on.written) == 2)
    assert on.written == ["notes", "changelog-count"], "others may wait for what it did so far"
    on.put({5: item("c")}, partition=1)
    await until(lambda: on.acked == [5])
    on.broadcast.learned(9.9)
    await rest()
    assert on.acked == [5] and on.lanes.busy(TP0) and not on.lanes.busy(TP1)
    on.broadcast.learned(10.0)
    await until(lambda: on.acked == [5, 1])


async def test_who_is_stopped_while_waiting_acknowledges_nothing_and_fails_nothing(on: LaneStage) -> None:
    on.put({0: item("a"), 1: item("b", wait=10.0)})
    await until(lambda: len(on.written) == 2)
    async with asyncio.timeout(5):
        await on.lanes.stop()
    on.broadcast.learned(10.0)
    await rest()
    assert on.acked == [] and on.failures == [] and not on.lanes.any_busy


async def test_who_is_stopped_finishes_the_batch_in_work_and_not_the_next_one(on: LaneStage) -> None:
    on.outbox.holding = True
    on.put({0: item("a")})
    on.put({1: item("b")})
    await until(lambda: len(on.written) == 1)
    stop = asyncio.create_task(on.lanes.stop())
    await rest()
    assert not stop.done()
    on.outbox.holding = False
    on.outbox.answer()
    await stop
    assert on.acked == [0] and on.bodies[0].batches == 1


async def test_a_stop_does_not_last_longer_than_its_deadline(on: LaneStage) -> None:
    on.outbox.holding = True
    on.put({0: item("a")})
    await until(lambda: len(on.written) == 1)
    async with asyncio.timeout(5):
        await on.lanes.stop(deadline=0.01)
    on.outbox.holding = False
    on.outbox.answer()
    await rest()
    assert on.acked == [] and on.failures == [] and not on.lanes.any_busy
    assert on.written == ["notes"], "its state may be somebody else's by now"


async def test_what_comes_after_a_stop_is_left_for_whoever_owns_the_partition_then(on: LaneStage) -> None:
    await on.lanes.stop()
    on.put({0: item("a")})
    await rest()
    assert on.bodies == [] and on.acked == []
    await on.lanes.stop()  # once more before partitions are ours again
    on.lanes.resume({TP0}, 5)
    assert not on.lanes.busy(TP0)
    on.put({0: item("a")})
    await until(lambda: on.acked == [0])


async def test_the_state_of_a_partition_that_comes_back_is_what_its_last_owner_left(on: LaneStage) -> None:
    on.put({0: item("a")})
    await until(lambda: on.acked == [0])
    await on.lanes.stop()
    on.recovered = {"k": b'{"count": 12, "offset": 40}'}  # somebody else had it meanwhile
    on.lanes.resume({TP0}, 5)
    on.put({40: item("b"), 41: item("c")})
    await until(lambda: on.acked == [0, 41])
    assert len(on.bodies) == 2 and on.bodies[1].counts["k"].count == 13


async def test_a_partition_that_stays_ours_goes_on_with_the_state_it_has(on: LaneStage) -> None:
    on.lanes.resume({TP0, TP1}, 6)
    on.put({0: item("a")})
    on.put({0: item("a")}, partition=1)
    await until(lambda: on.acked == [0, 0])
    await on.lanes.stop()
    on.lanes.resume({TP0}, 7)
    on.put({1: item("b")})
    await until(lambda: on.acked == [0, 0, 1])
    assert on.reads == 2 and on.bodies[0].batches == 2
    await on.lanes.stop()
    on.lanes.resume({TP0, TP1}, 8)
    on.put({1: item("b")}, partition=1)
    await until(lambda: on.acked == [0, 0, 1, 1])
    assert on.reads == 3, "it was away for a while"


async def test_who_missed_a_generation_reads_everything_back(on: LaneStage) -> None:
    on.lanes.resume({TP0}, 6)
    on.put({0: item("a")})
    await until(lambda: on.acked == [0])
    await on.lanes.stop()
    on.lanes.resume({TP0}, 8)
    on.put({1: item("b")})
    await until(lambda: on.acked == [0, 1])
    assert on.reads == 2


async def test_a_batch_that_was_given_up_leaves_nothing_of_itself_behind(on: LaneStage) -> None:
    on.lanes.resume({TP0}, 6)
    on.outbox.holding = True
    on.put({0: item("a")})
    await until(lambda: len(on.written) == 1)
    await on.lanes.stop(deadline=0.01)
    on.outbox.holding = False
    on.outbox.answer()
    on.lanes.resume({TP0}, 7)
    on.put({0: item("a")})
    await until(lambda: on.acked == [0])
    assert on.bodies[1].counts["k"].count == 1 and len(on.bodies) == 2


async def test_what_the_broker_does_not_take_is_tried_again_from_what_it_has(on: LaneStage) -> None:
    on.outbox.holding = True
    on.put({0: item("a")})
    await until(lambda: len(on.written) == 1)
    on.outbox.holding = False
    on.outbox.answer(KafkaTimeoutError())
    await until(lambda: on.acked == [0])
    assert on.written == ["notes", "notes", "changelog-count"] and on.failures == [] and on.reads == 2


async def test_a_batch_from_before_a_rebalance_is_dropped_when_it_comes_late(on: LaneStage) -> None:
    """The batch before it was dropped on the way: whoever worked on this one would take that one for done."""
    on.lanes.resume({TP0}, 6)
    late = FakeEvent("items", 0, {5: item("f")}, on.acked, 6)
    await on.lanes.stop()
    on.put({0: item("a")})  # on its way while partitions move
    on.lanes.resume({TP0}, 7)
    on.lanes.put(on.spec, late)
    on.put({0: item("a"), 1: item("b")})
    await until(lambda: on.acked == [1])
    assert on.bodies[0].counts["k"].count == 2


async def test_whoever_gets_a_batch_and_not_the_one_before_it_ends(on: LaneStage) -> None:
    on.lanes.put(on.spec, FakeEvent("items", 0, {5: item("f")}, on.acked, number=1))
    await rest()
    assert isinstance(on.failures[0], LostBatchError) and on.acked == [] and on.written == []


async def test_who_was_stopped_in_the_middle_of_a_batch_reads_its_state_back(on: LaneStage) -> None:
    on.lanes.resume({TP0}, 6)
    on.put({0: item("a"), 1: item("b", wait=10.0)})
    await until(lambda: len(on.written) == 2)
    await on.lanes.stop()
    on.lanes.resume({TP0}, 7)
    on.broadcast.learned(10.0)
    on.put({0: item("a"), 1: item("b")})
    await until(lambda: on.acked == [1])
    assert on.reads == 2 and len(on.bodies) == 2


async def test_a_partition_is_busy_until_every_agent_of_its_topic_is_through(on: LaneStage) -> None:
    on.lanes.reads(PREFIX + "items")
    waits = AgentSpec("other", "items", lambda _: Counting())
    on.put({0: item("a")})
    on.lanes.put(waits, FakeEvent("items", 0, {0: item("a", wait=10.0)}, on.acked))
    await until(lambda: on.acked == [0])
    assert on.lanes.busy(TP0)
    on.broadcast.learned(10.0)
    await until(lambda: on.acked == [0, 0])
    assert not on.lanes.busy(TP0)
