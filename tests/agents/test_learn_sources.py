"""`learn` takes nothing from a source that delivers nothing, and what comes late once."""

from collections.abc import Iterable

import pytest

from agents.effects import Send
from agents.knowledge import Knowledge
from agents.learn import Learn
from models.expectations import Expectations
from models.pickles import dumps
from schemas.base import HOUR, Contract
from schemas.event import Watermark
from schemas.expectation import ClosedUntil
from schemas.observation import Activity, BinPassed, HorizonReached
from schemas.source_health import SourceHealth
from schemas.topic import Topic
from tests.factories.records import records

WEEKS = 4
NOW = WEEKS * 168 * HOUR
KEY = "slack|T"


def busy() -> Learn:
    model = Expectations()
    for hour in range(WEEKS * 168):
        model.sources.learn_one(KEY, hour * HOUR, 30)
    learn = Learn(Knowledge(), model, partitions=1)
    learn.buffer.closed_until = NOW
    return learn


def teach(learn: Learn, values: Iterable[Contract], until: float, *, observed: float | None = None) -> list[Contract]:
    marks = [Watermark(time=until, stage=stage) for stage in ("profile", "diagnose")]
    end = Watermark(time=until, stage="track", observed_until=observed)
    effects = learn(records([*values, *marks, end], Topic.OBSERVATIONS))
    return [effect.value for effect in effects if isinstance(effect, Send)]  # type: ignore[misc]


def alive(hour: int) -> Activity:
    return Activity(id=f"a{hour}", workspace="T", time=NOW + hour * HOUR, source="slack", conversation="C1",
                    members={"ann": 30}, events=30)  # fmt: skip


def passed(hour: int, *, answered: bool = False) -> BinPassed:
    return BinPassed(
        id=f"slack:C1:p#{hour}", workspace="T", time=NOW + hour * HOUR + 9, bin=0, answered=answered, features={}
    )


def test_silence_is_learned_from_until_the_source_is_down() -> None:
    doubtful, down = busy(), busy()
    assert doubtful.model.sources.doubtful(KEY, NOW + HOUR, NOW + HOUR)
    teach(doubtful, [passed(0)], NOW + HOUR)
    teach(down, [passed(60)], NOW + 61 * HOUR)
    assert doubtful.model.hazard.counts and not down.model.hazard.counts
    teach(down, [passed(61, answered=True)], NOW + 62 * HOUR)
    assert down.model.hazard.counts


def reached(hour: int, since: float | None, responders: int = 1) -> HorizonReached:
    return HorizonReached(id="slack:C1:p#horizon", workspace="T", time=NOW + hour * HOUR + 9, prompt_id="slack:C1:p",
                          silent=not responders, responders=responders, reach=9, features={}, views={}, since=since,
                          keys={"asset_type": "poll", "segment": "sales/poll"})  # fmt: skip


@pytest.mark.parametrize("responders", [0, 1])
def test_a_prompt_with_a_hole_in_its_life_is_not_learned_from(responders: int) -> None:
    for since, learned in ((NOW - HOUR, False), (NOW + 60.5 * HOUR, True), (None, True)):
        learn = busy()
        teach(learn, [alive(60), reached(60, since, responders)], NOW + 61 * HOUR)
        assert bool(learn.model.responders.counts) is learned


@pytest.mark.parametrize("responders", [0, 1])
def test_in_doubt_is_learned_from_who_came_and_from_who_did_not(responders: int) -> None:
    """Whoever learned from those alone who were answered would expect more and more of a quiet source."""
    learn = busy()
    teach(learn, [reached(3, NOW - 165 * HOUR, responders)], NOW + 4 * HOUR)
    assert learn.model.sources.doubtful(KEY, NOW + 4 * HOUR, NOW + 4 * HOUR)
    assert learn.model.responders.counts


def test_what_comes_late_is_counted_for_its_hour_once_and_only_if_nothing_was_of_that_hour() -> None:
    def late(hour: int, conversation: str, told: int) -> Activity:
        start = NOW + hour * HOUR
        return alive(hour).model_copy(
            update={"id": f"{conversation}{hour}+{told}", "conversation": conversation, "late_for": start,
                    "time": NOW + told * HOUR}
        )  # fmt: skip

    learn = busy()
    teach(learn, [alive(60)], NOW + 61 * HOUR)
    before = learn.model.sources.counts[KEY][20]
    teach(learn, [late(20, "C1", 61), late(20, "C2", 61), late(-5, "C1", 61)], NOW + 62 * HOUR)
    assert learn.model.sources.counts[KEY][20] == before + 60
    counted = dict(learn.model.places.counts)
    teach(learn, [late(20, "C1", 62), late(-5, "C1", 62)], NOW + 63 * HOUR)
    assert learn.model.sources.counts[KEY][20] == before + 60
    assert learn.model.places.counts == counted


def test_where_a_recording_ends_no_source_is_down() -> None:
    for observed, told in ((None, ["down"]), (NOW, [])):
        said = teach(busy(), [], NOW + 90 * HOUR, observed=observed)
        assert [value.state for value in said if isinstance(value, SourceHealth)] == told


def test_where_a_recording_ends_is_known_after_a_restart() -> None:
    learn, heir = busy(), busy()
    teach(learn, [], NOW + 2 * HOUR, observed=NOW)
    heir.restore(learn.dump())
    assert [type(send.value) for send in heir.passed(NOW + 90 * HOUR) if isinstance(send, Send)] == [ClosedUntil]


def test_what_was_told_is_in_the_snapshot_and_older_snapshots_are_read() -> None:
    learn, heir, old = busy(), busy(), busy()
    teach(learn, [], NOW + 90 * HOUR)
    heir.restore(learn.dump())
    assert heir.ledger.told == learn.ledger.told != {}
    old.restore(dumps((3, learn.model)))
    assert (old.version, old.ledger.told) == (3, {})
