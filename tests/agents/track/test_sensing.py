"""A prompt whose source delivers nothing is not called silent: nobody knows, and it is judged when somebody does.

People are there from 07:00 to 17:00 UTC on every day. A prompt is posted on Monday at 17:12; its deadline is on Tuesday
before 08:00. Of an hour is known what came in it when it is over, and two hours later it is used.
"""

from collections.abc import Collection, Mapping
from typing import NamedTuple

import msgspec
import pytest

from agents.effects import WaitFor
from agents.knowledge import Knowledge
from agents.track import Track, TrackRules
from models.expectations import Expectations
from schemas.base import HOUR, Contract
from schemas.expectation import ClosedUntil
from schemas.observation import BinPassed, HorizonReached
from schemas.topic import Topic
from tests.factories.records import START, Told, at, mark, post, react, records, see, unreact
from tests.factories.taught import lessons, version

RULES = TrackRules(every_root=True)
KEY = "slack|T"
POSTED = 8.2
MORNING = 15.0 + 7
"""Tuesday, 07:00, in hours since the story began."""
PARTS = ("sources", "sources.seen", "sources.holes", "clock", "exposures")
Late = Mapping[float, Collection[int]]
"""Hour in which hours of the hole are filled -> which."""


def busy(hour: int) -> bool:
    return 7 <= (9 + hour) % 24 < 17


class World:
    """Learning that goes on while a story is told; the source delivers nothing in the hours of `cut`."""

    def __init__(self, cut: Collection[int], late: Late) -> None:
        self.cut, self.late = cut, late
        self.known, self.model, self.number, self.until = Knowledge(), Expectations(), 0, -6 * 168
        self.teach(START)

    def teach(self, until: float) -> None:
        end = int((until - START) // HOUR)
        for hour in range(self.until, end):
            if busy(hour):
                self.model.clock.learn_one("newcomer", at(hour), 60)
                if hour not in self.cut:
                    self.model.sources.learn_one(KEY, at(hour), 100)
            for filled in self.late.get(hour, ()):
                self.model.sources.fill_one(KEY, at(filled), 100)
            if hour >= -1:
                self.number += 1
                changes = self.model.take_changes()
                values = {part: changes.get(part, {}) for part in PARTS}
                values = lessons() | values if self.number == 1 else values
                self.known.apply(
                    Topic.EXPECTATIONS, version(self.number, at(hour + 1), full=self.number == 1, values=values)
                )
        self.until = max(self.until, end)
        self.known.apply(Topic.EXPECTATIONS, ClosedUntil(time=until, version=self.number).wire())


class LateEvent(NamedTuple):
    """An event that comes some hours after the story began, however early its own time is."""

    event: Contract
    hours: float


def live(
    *more: Contract | LateEvent, cut: Collection[int] = (), late: Late | None = None, cuts: Collection[int] = ()
) -> Told:
    """Tell a story record by record, the time every hour; at `cuts` everything but the changelog is lost."""
    world, told, changelog = World(cut, late or {}), Told(), dict[str, bytes]()
    talk: list[Contract] = [
        post(f"talk {hour} {part}", "ben", hours=hour + part, thread="talk")
        for hour in range(1, 400)
        for part in (n / 20 for n in range(1, 20))
        if busy(hour) and hour not in cut
    ]
    story = sorted([*map(mark, range(1, 400)), *talk, post(hours=POSTED)], key=lambda event: event.time)
    for one in more:  # in time, or as late as was said
        event, comes = (one.event, at(one.hours)) if isinstance(one, LateEvent) else (one, one.time)  # type: ignore[attr-defined]
        story.insert(next(n for n, other in enumerate(story) if other.time > comes), event)
    track = Track(0, world.known, RULES)
    for record in records(story):
        if record.offset in cuts:
            track = Track(0, world.known, RULES)
            track.load(changelog)
            track.ready()
        for effect in track([record]):
            if isinstance(effect, WaitFor):
                world.teach(effect.as_of)
            told.effects.append(effect)
        for key, value in track.take_changes().items():
            if value is None:
                changelog.pop(key, None)
            else:
                changelog[key] = value
    return told


def told_of(told: Told, kind: str) -> list[float]:
    return [round((verdict.time - START) / HOUR, 1) for verdict in told.verdicts if verdict.verdict == kind]


ALL_DAY = range(15, 39)
"""Tuesday; what is missing begins when people would have come."""
TO_THE_HORIZON = range(15, 200)


def test_it_is_called_silent_when_the_source_delivers() -> None:
    told = live()
    assert told.judged() == ["silent"]
    assert MORNING < told_of(told, "silent")[0] < MORNING + 1.5


def test_a_hole_before_it_was_posted_changes_nothing() -> None:
    assert live(cut=range(-100, -40)).judged() == ["silent"]


def test_while_the_source_is_down_it_is_unknown_once_and_nothing_else() -> None:
    told = live(cut=range(15, 400))
    assert told.judged() == ["unknown"]
    [verdict] = told.verdicts
    assert verdict.unseen_since == at(8)  # the hour that ended at 17:00 on Monday was the last
    assert verdict.unseen_until is None
    assert told.statuses() == ["open", "unknown"]
    assert not any(isinstance(value, HorizonReached) for value in told.values)
    assert not any(outcome.closed for outcome in told.outcomes)


def test_in_the_first_hours_of_an_outage_what_the_partition_heard_counts() -> None:
    """At the deadline what is known ends before the outage; only that nothing is heard tells of it."""
    told = live(cut=range(22, 400))
    assert told_of(told, "silent") == []
    assert told.judged() == ["unknown"]


def test_another_workspace_that_goes_on_says_nothing_of_this_one() -> None:
    others = [
        post(f"theirs {part}", "eve", hours=MORNING + part / 50, thread="theirs", workspace="T2", conversation="C2")
        for part in range(1, 100)
    ]
    told = live(*others, cut=range(22, 400))
    assert told_of(told, "silent") == []
    assert told.judged() == ["unknown"]


@pytest.mark.parametrize("back", [39, 63])
def test_when_it_is_back_and_too_little_was_seen_it_stays_unknown(back: int) -> None:
    """All that are answered are answered within the hour, and that hour was not seen."""
    told = live(cut=range(15, back))
    assert told.judged() == ["unknown"]
    assert not any(outcome.closed for outcome in told.outcomes)
    assert not any(isinstance(value, HorizonReached) for value in told.values)


def test_who_answers_after_it_is_back_ends_it_without_alarm() -> None:
    told = live(react("ann", 39 + 8), cut=range(15, 46))
    assert told.judged() == ["unknown", "revived"]
    assert told.statuses()[-1] == "answered"
    assert not any(outcome.flagged for outcome in told.outcomes)


def test_who_answered_in_the_hole_counts_when_it_is_filled() -> None:
    answer = LateEvent(react("ann", MORNING + 1), 50)
    told = live(answer, cut=ALL_DAY, late={50: ALL_DAY})
    assert told_of(told, "silent") == []
    assert told.statuses()[-1] == "answered"
    assert told.outcomes[-1].first_response_at == at(MORNING + 1)


def test_filled_without_an_answer_it_is_called_silent_and_learned_from() -> None:
    told = live(cut=ALL_DAY, late={45: [hour for hour in ALL_DAY if busy(hour)]})
    assert told.judged()[-1] == "silent"
    assert told.outcomes[-1].observed
    [reached] = [value for value in told.values if isinstance(value, HorizonReached)]
    assert (reached.silent, reached.since) == (True, at(POSTED))


def test_past_its_horizon_it_waits_as_long_again_and_is_judged_when_the_hole_is_filled() -> None:
    fill = {250: [hour for hour in TO_THE_HORIZON if busy(hour)]}
    told = live(cut=TO_THE_HORIZON, late=fill)
    assert told.judged() == ["unknown", "silent"]
    assert told_of(told, "silent") == [POSTED + 168]
    assert told.outcomes[-1].closed


@pytest.mark.parametrize("responded", [False, True])
def test_past_its_horizon_it_is_learned_from_when_the_hole_is_filled(responded: bool) -> None:
    fill = {250: [hour for hour in TO_THE_HORIZON if busy(hour)]}
    told = live(*([react("ann", 9)] if responded else []), cut=TO_THE_HORIZON, late=fill)
    [reached] = [value for value in told.values if isinstance(value, HorizonReached)]
    assert (reached.silent, reached.time >= at(250)) == (not responded, True)
    assert told.outcomes[-1].closed and told.outcomes[-1].observed


@pytest.mark.parametrize(
    ("cut", "late", "learned"),
    [
        ((), {}, POSTED + 168),
        (TO_THE_HORIZON, {}, None),
        (TO_THE_HORIZON, {250: [hour for hour in TO_THE_HORIZON if busy(hour)]}, 252),
        (range(174, 230), {}, None),
        (range(174, 178), {}, 190),
    ],
    ids=["delivers", "hole", "filled", "hole that is known later", "doubt"],
)
def test_whether_it_is_learned_from_and_when_does_not_depend_on_who_came(
    cut: Collection[int], late: Late, learned: float | None
) -> None:
    """The last two begin two hours before the horizon; learning from those alone who were answered would bias."""
    silent, answered = (
        [value for value in live(*more, cut=cut, late=late).values if isinstance(value, HorizonReached)]
        for more in ((), (react("ann", 9),))
    )
    assert [(value.silent, value.time) for value in silent] == ([] if learned is None else [(True, at(learned))])
    assert [(value.silent, value.time) for value in answered] == ([] if learned is None else [(False, at(learned))])


def test_past_its_horizon_an_answer_from_the_hole_counts_and_later_ones_do_not() -> None:
    late = LateEvent(react("ann", 40), 250)
    told = live(late, cut=TO_THE_HORIZON, late={250: [hour for hour in TO_THE_HORIZON if busy(hour)]})
    assert told.judged() == ["unknown", "revived"]
    assert (told.statuses()[-1], told.outcomes[-1].closed) == ("answered", True)
    after = live(react("ann", 250), cut=TO_THE_HORIZON)
    assert "answered" not in after.statuses()


def test_past_its_horizon_who_saw_it_in_the_hole_counts_and_who_saw_it_later_does_not() -> None:
    told_before, later = see("zoe", 1.0, "talk"), LateEvent(see("ben", 200), 250.01)
    fill = {250: [hour for hour in TO_THE_HORIZON if busy(hour)]}
    told = live(told_before, LateEvent(see("ann", 40), 250), later, cut=TO_THE_HORIZON, late=fill)
    assert [(verdict.verdict, verdict.viewers) for verdict in told.verdicts] == [("unknown", 0), ("silent", 1)]


def test_who_was_answered_before_a_hole_that_stays_ends_as_answered_and_not_observed() -> None:
    told = live(react("ann", 9), cut=TO_THE_HORIZON)
    assert told.judged() == []
    closed = told.outcomes[-1]
    assert (closed.stage, closed.status, closed.observed) == ("closed", "answered", False)
    assert closed.told_at >= at(POSTED + 2 * 168 - 1)


def test_a_prompt_that_was_posted_in_the_hole_is_judged_when_it_is_filled() -> None:
    hidden = LateEvent(post("q", hours=16.0), 50)
    answer = LateEvent(react("ann", 23.0, "q"), 50.01)
    told = live(hidden, answer, cut=ALL_DAY, late={50: [hour for hour in ALL_DAY if busy(hour)]})
    assert told.statuses("q")[-1] == "answered"
    assert not any(outcome.flagged for outcome in told.outcomes if outcome.prompt.message == "q")
    bins = [value.id for value in told.values if isinstance(value, BinPassed) and ":q#" in value.id]
    assert not any(value.endswith("#0") for value in bins)


def test_what_answers_a_prompt_of_the_hole_waits_for_it() -> None:
    answer = react("ann", 47.0, "q")  # the source is back, the prompt is not here yet
    told = live(answer, LateEvent(post("q", hours=16.0), 60), cut=ALL_DAY, late={60: ALL_DAY})
    assert told.statuses("q")[-1] == "answered"


def test_a_reaction_that_was_taken_back_leaves_it_unknown() -> None:
    told = live(unreact("ann", 47), cut=range(15, 46))
    assert told.statuses()[:2] == ["open", "unknown"]
    assert "retracted" not in [outcome.stage for outcome in told.outcomes]


@pytest.mark.parametrize(
    ("cut", "late"),
    [(ALL_DAY, {}), (range(15, 400), {}), (TO_THE_HORIZON, {250: [h for h in TO_THE_HORIZON if busy(h)]})],
    ids=["over", "down", "filled"],
)
def test_cut_anywhere_it_goes_on_alike(cut: Collection[int], late: Late) -> None:
    whole = live(cut=cut, late=late).values
    assert live(cut=cut, late=late, cuts=range(1, 900)).values == whole
    for place in (30, 60, 300):
        assert live(cut=cut, late=late, cuts=(place,)).values == whole


def test_a_source_was_heard_with_its_latest_event_whenever_that_is_asked() -> None:
    state = Track(0, World((), {}).known, RULES).state
    for hours in (1.0, 2.0):
        state.latest = post(hours=hours)
        assert state.heard(KEY) == at(hours)
    assert state.heard("archive|T") == 0.0


def test_each_source_was_heard_when_they_take_turns() -> None:
    track = Track(0, World((), {}).known, TrackRules())
    turns = {
        "slack|T": post("a", hours=0.01),
        "slack|T1": post("b", hours=0.02, workspace="T1"),
        "slack|T2": post("c", hours=0.03, workspace="T2"),
        "archive|T2": post("d", hours=0.04, workspace="T2", source="archive"),
        "slack|T3": post("p", hours=0.05, workspace="T3", asset_id="podcast"),
        "slack|T4": post("e", hours=0.06, workspace="T4"),
    }
    list(track(records(turns.values())))
    track.take_changes()
    assert track.state.clock.heard == {source: event.time for source, event in turns.items()}


def test_records_of_versions_that_knew_no_sources_are_read() -> None:
    track = Track(0, World((), {}).known, RULES)
    list(track(records([post(), react("ann", 0.1)])))
    changes = {key: value for key, value in track.take_changes().items() if value is not None}
    for key in changes:
        if key == "clock" or key.startswith("life "):
            changes[key] = msgspec.msgpack.encode(msgspec.msgpack.decode(changes[key])[:-1])
    heir = Track(0, World((), {}).known, RULES)
    heir.load(changes)
    heir.ready()
    assert heir.state.clock.heard == {}
    assert [life.held for life in heir.state.prompts.values()] == [None]
