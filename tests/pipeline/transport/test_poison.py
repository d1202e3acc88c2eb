"""Poison: a record that makes its agent raise is put aside, its neighbours are not."""

import json
import logging
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from agents.effects import Effect, Record, Send
from pipeline.transport.lane import AgentSpec
from schemas.dead_letter import DeadLetter
from tests.factories.counting import Counting, item
from tests.pipeline.transport.fake_broker import PREFIX
from tests.pipeline.transport.lane_stage import TP0, LaneStage, until


@pytest.fixture
def letters(on: LaneStage, monkeypatch: pytest.MonkeyPatch) -> list[DeadLetter]:
    """Take note of dead letters."""
    found: list[DeadLetter] = []
    send = on.outbox.send

    async def noted(effect: Send) -> Any:
        assert isinstance(effect.value, DeadLetter)
        found.append(effect.value)
        return await send(effect)

    monkeypatch.setattr(on.outbox, "send", noted)
    return found


async def test_the_record_becomes_a_dead_letter_and_its_neighbours_are_worked_through(
    on: LaneStage, letters: list[DeadLetter], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        on.put({7: item("a"), 8: item("bad"), 9: item("b")})
        on.put({10: item("c")})
        await until(lambda: on.acked == [9, 10])
    assert on.bodies[-1].counts["k"].count == 3 and on.failures == []
    (letter,) = letters
    assert (letter.stage, letter.topic, letter.partition, letter.offset) == ("count", "items", 0, 8)
    assert (letter.error, letter.tries) == ("RuntimeError", 3)
    assert "tests/factories/counting.py" in letter.traceback
    assert "items[0]@7-9" in caplog.text and "offset 8" in caplog.text
    assert "was told to fail" not in caplog.text + letter.traceback, "what an agent says may hold what it read"


async def test_it_is_tried_as_often_as_the_settings_say(on: LaneStage, letters: list[DeadLetter]) -> None:
    on.lanes.tries = 1
    on.put({0: item("bad"), 1: item("a")})
    await until(lambda: on.acked == [1])
    assert letters[0].tries == 1


async def test_a_batch_of_nothing_else_is_acknowledged(on: LaneStage, letters: list[DeadLetter]) -> None:
    on.put({0: item("bad")})
    await until(lambda: on.acked == [0])
    on.put({1: item("bad"), 2: item("a"), 3: item("bad")})
    await until(lambda: on.acked == [0, 3])
    assert [letter.offset for letter in letters] == [0, 1, 3]
    assert not on.lanes.busy(TP0)


async def test_whoever_raises_once_and_not_again_is_no_poison(on: LaneStage, letters: list[DeadLetter]) -> None:
    raised: list[int] = []

    class Moody(Counting):
        def __call__(self, records: Sequence[Record]) -> Iterator[Effect]:
            for record in records:
                if json.loads(record.value)["id"] == "b" and not raised:
                    raised.append(record.offset)
                    raise KeyError
                yield from super().__call__([record])

    on.spec = AgentSpec("count", "items", lambda _: on.keep(Moody()))
    on.put({0: item("a"), 1: item("b")})
    await until(lambda: on.acked == [1])
    assert letters == [] and on.bodies[-1].counts["k"].count == 2


async def test_an_output_that_no_broker_takes_is_the_fault_of_the_record_behind_it(
    on: LaneStage, letters: list[DeadLetter]
) -> None:
    on.outbox.too_large = PREFIX + "notes"
    on.put({0: item("a")})
    await until(lambda: on.acked == [0])
    assert letters[0].error == "MessageSizeTooLargeError"
