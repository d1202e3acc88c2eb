"""Diagnose tells `learn` how far it has come, so that what it asks for is still there."""

import itertools

import pytest

from agents.diagnose import Diagnose
from agents.effects import Effect, Record, Send
from schemas.base import HOUR
from schemas.event import Watermark
from schemas.topic import Topic


@pytest.fixture
def diagnose(known, checklist):
    return lambda: Diagnose(partitions=2, known=known, checklist=checklist)


def promises(effects: list[Effect]) -> list[float]:
    return [
        effect.value.time
        for effect in effects
        if isinstance(effect, Send) and effect.topic == Topic.OBSERVATIONS and isinstance(effect.value, Watermark)
    ]


@pytest.fixture
def offset():
    """Give the offset of the next record."""
    return itertools.count().__next__


@pytest.fixture
def mark(record, offset):
    def make(stage: str, partition: int, hours: float) -> Record:
        return record(Watermark(time=hours * HOUR, stage=stage, partition=partition), offset=offset(), partition=0)

    return make


def test_it_has_come_as_far_as_the_slowest_of_those_who_send_verdicts(diagnose, mark):
    body = diagnose()
    assert promises(list(body([mark("track", 0, 5), mark("watch", 0, 4)]))) == []
    assert promises(list(body([mark("track", 1, 3)]))) == [3 * HOUR]
    assert promises(list(body([mark("track", 1, 3), mark("track", 1, 9)]))) == [4 * HOUR]
    assert promises(list(body([mark("track", 7, 1), mark("profile", 0, 1)]))) == []


def test_the_verdicts_before_a_watermark_are_explained_before_it_is_passed_on(
    diagnose, mark, record, offset, make_verdict
):
    body = diagnose()
    list(body([mark("track", 0, 5), mark("watch", 0, 5)]))
    effects = list(body([record(make_verdict(), offset=offset(), partition=0), mark("track", 1, 5)]))
    topics = [effect.topic for effect in effects if isinstance(effect, Send)]
    assert topics == [Topic.ANOMALIES, Topic.ANOMALIES, Topic.OBSERVATIONS]


def test_what_others_say_only_once_is_known_after_a_restart(diagnose, mark):
    body = diagnose()
    list(body([mark("track", 0, 5), mark("watch", 0, 6)]))
    changelog = body.take_changes()
    assert body.take_changes() == {}
    again = diagnose()
    again.load(changelog)
    again.ready()
    assert promises(list(again([mark("track", 1, 7)]))) == [5 * HOUR]


def test_a_verdict_that_comes_again_is_not_explained_anew_from_what_is_known_by_then(diagnose, record, make_verdict):
    body = diagnose()
    first, second = record(make_verdict(), offset=0, partition=0), record(make_verdict(), offset=1, partition=0)
    list(body([first]))
    working = body([second])
    next(working)  # it waits for what has been learned, and is made durable meanwhile
    again = diagnose()
    again.load(body.take_changes())
    again.ready()
    assert again.durable == 0
    assert [effect.topic for effect in again([first, second]) if isinstance(effect, Send)] == [Topic.ANOMALIES]
    assert list(again([first, second])) == []
    assert again.durable == 1
