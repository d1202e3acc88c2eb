"""A deadline that falls into hours that nobody lived moves: in what is told, in the changelog, and alike in a replay.

People are there from 07:00 to 17:00 UTC, Monday to Friday. A prompt is posted on Monday at 17:12; its deadline is on
Tuesday before 08:00. What is learned of an hour is published when it is over.
"""

from collections.abc import Collection, Iterable, Sequence
from itertools import pairwise

import msgspec
import pytest

from agents.effects import Record, Send, WaitFor
from agents.knowledge import Knowledge
from agents.track import Track, TrackRules
from agents.track.facts import read_facts
from models.expectations import Expectations
from schemas.base import HOUR, Contract
from schemas.expectation import ClosedUntil
from schemas.outcome import Outcome
from schemas.topic import Topic
from schemas.verdict import Verdict
from tests.factories.records import START, Told, at, mark, post, react, records, unreact
from tests.factories.taught import lessons, version

RULES = TrackRules(every_root=True)
MIDNIGHT = START - 9 * HOUR
POSTED = 8.2
TUESDAY, WEDNESDAY, THURSDAY = 15.0, 39.0, 63.0
"""Their beginnings, in hours since the story began."""
CLOCK = ("clock", "exposures", "attendance")
BUSY = {7: 4, 8: 8} | dict.fromkeys(range(9, 17), 20)
"""Hour of the day -> what is done in it."""
NOBODY: Collection[int] = ()


class World:
    """Learning that goes on while a story is told: `off` are days after Monday on which nobody is there."""

    def __init__(self, off: Collection[int], *, attendance: bool = True, others: bool = False) -> None:
        self.off, self.attendance, self.others = off, attendance, others
        self.known, self.model, self.number = Knowledge(), Expectations(), 0
        self.until = int((START - 6 * 168 * HOUR) // HOUR)
        self.teach(START)

    def teach(self, until: float) -> None:
        for hour in range(self.until, int(until // HOUR)):
            day, of_day = divmod(hour - int(MIDNIGHT // HOUR), 24)
            for model in (self.model.clock, self.model.attendance):
                if of_day in BUSY and day % 7 < 5 and day not in self.off:
                    model.learn_one("newcomer", hour * HOUR, BUSY[of_day])
                if self.others:
                    model.learn_one("others", hour * HOUR, 1 + of_day)
            if (hour + 1) * HOUR >= START:
                self._publish((hour + 1) * HOUR)
        self.until = max(self.until, int(until // HOUR))
        self.known.apply(Topic.EXPECTATIONS, ClosedUntil(time=until, version=self.number).wire())

    def _publish(self, as_of: float) -> None:
        self.number += 1
        changes, first = self.model.take_changes(), self.number == 1
        values = {part: changes.get(part, {}) for part in CLOCK if self.attendance or part != "attendance"}
        values = lessons() | values if first else values
        self.known.apply(Topic.EXPECTATIONS, version(self.number, as_of, full=first, values=values))


def hours(until: int = 300) -> list[Contract]:
    return [mark(hour) for hour in range(1, until)]


def live(
    story: Iterable[Contract],
    off: Collection[int] = NOBODY,
    *,
    cuts: Collection[int] = (),
    attendance: bool = True,
    others: bool = False,
) -> Told:
    """Tell a story record by record; at a cut everything but the changelog is lost."""
    world = World(off, attendance=attendance, others=others)
    track, changelog, told = Track(0, world.known, RULES), dict[str, bytes](), Told()
    for record in records(story):
        if record.offset in cuts:
            track = Track(0, world.known, RULES)
            track.load(changelog)
            track.ready()
        work(world, track, [record], told)
        for key, value in track.take_changes().items():
            if value is None:
                changelog.pop(key, None)
            else:
                changelog[key] = value
    return told


def work(world: World, track: Track, batch: Sequence[Record], told: Told) -> None:
    for effect in track(batch):
        if isinstance(effect, WaitFor):
            world.teach(effect.as_of)
        told.effects.append(effect)


def story(*more: Contract) -> list[Contract]:
    """Return the prompt and what comes after it, with the time told every hour."""
    events = [post(hours=POSTED), *more]
    return sorted([*hours(), *events], key=lambda event: event.time)


def silent(told: Told) -> list[float]:
    return [(verdict.time - START) / HOUR for verdict in told.verdicts if verdict.verdict == "silent"]


def deadlines(told: Told) -> list[float]:
    return [((outcome.expectation.deadline or 0.0) - START) / HOUR for outcome in told.outcomes]


USUAL = live(story())
HOLIDAY = live(story(), {1})
USUAL_ELSEWHERE = live(story(), {1}, others=True)


def test_on_a_working_day_it_is_called_silent_when_somebody_was_seen() -> None:
    [planned, *_] = deadlines(USUAL)
    assert TUESDAY + 7 < planned < TUESDAY + 8
    assert silent(USUAL) == [pytest.approx(planned + 2)]  # at 09:52 what is known ends at 08:00
    assert deadlines(USUAL)[-1] == silent(USUAL)[0]


def test_without_attendance_it_would_be_called_silent_on_the_holiday() -> None:
    assert silent(live(story(), {1}, attendance=False)) == deadlines(USUAL)[:1]


@pytest.mark.parametrize("off", [{1}, {1, 2}])
def test_on_a_holiday_it_is_not_and_on_the_morning_after_it_is(off: set[int]) -> None:
    [called] = silent(live(story(), off))
    assert TUESDAY + 24 * len(off) + 8 < called < TUESDAY + 24 * len(off) + 12


def test_the_deadline_that_is_told_is_the_one_that_stands() -> None:
    [verdict] = [verdict for verdict in HOLIDAY.verdicts if verdict.verdict == "silent"]
    assert verdict.expectation.deadline == verdict.time
    moves = [outcome for outcome in HOLIDAY.outcomes if outcome.stage == "postponed"]
    assert len(moves) >= 2
    for former, later in pairwise(moves):
        assert (former.status, former.flagged) == ("open", False)
        assert former.expectation.deadline == later.time
    assert moves[-1].expectation.deadline == verdict.time
    assert [outcome.version for outcome in HOLIDAY.outcomes] == list(range(1, len(HOLIDAY.outcomes) + 1))


def test_no_move_is_shorter_than_an_epoch() -> None:
    moves = [outcome for outcome in HOLIDAY.outcomes if outcome.stage == "postponed"]
    assert all((outcome.expectation.deadline or 0.0) - outcome.time >= HOUR - 1e-6 for outcome in moves)


def test_who_answers_on_the_holiday_or_the_morning_after_answers_in_time() -> None:
    for hour in (TUESDAY + 12, WEDNESDAY + 8.1):
        told = live(story(react("ann", hour)), {1})
        assert told.judged() == []
        assert told.statuses()[-1] == "answered"


def test_a_response_that_was_taken_back_leaves_the_moved_deadline() -> None:
    told = live(story(react("ann", TUESDAY + 12), unreact("ann", TUESDAY + 12.5)), {1})
    assert silent(told) == silent(HOLIDAY)


def test_the_horizon_does_not_move_and_a_week_off_makes_no_alarm() -> None:
    told = live(story(), range(1, 12))
    assert told.judged() == ["expired"]
    [*_, end] = told.outcomes
    assert (end.time, end.expectation.deadline, end.flagged) == (at(POSTED + 168), at(POSTED + 168), False)


@pytest.mark.parametrize("off", [{1}, {1, 2}, range(1, 12)], ids=str)
def test_cut_anywhere_it_goes_on_alike(off: Collection[int]) -> None:
    whole = live(story(), off)
    everywhere = live(story(), off, cuts=range(1, 310))
    assert everywhere.values == whole.values
    for cut in range(8, 60, 9):
        assert live(story(), off, cuts=(cut,)).values == whole.values


def test_however_time_is_told_it_moves_alike() -> None:
    """The versions that are used belong to the deadlines, not to the marks that happened to bring them about."""
    marks = [mark(hour / 7) for hour in range(50, 7 * 200)]
    others = [post(f"talk {hour}", "ben", hours=hour + 0.01, thread="talk") for hour in range(9, 200)]
    told: dict[str, list[Verdict | Outcome]] = {}
    for name, time in {"hours": hours(), "often": marks, "talk": [*others, *hours()], "seldom": [mark(299)]}.items():
        events = sorted([post(hours=POSTED), *time], key=lambda event: event.time)
        values = live(events, {1}).values
        told[name] = [v for v in values if isinstance(v, Verdict | Outcome) and v.prompt.message == "p"]
        told[name] = [v.model_copy(update={"told_at": 0.0}) for v in told[name]]
    assert len(told["hours"]) > 3
    assert told["often"] == told["talk"] == told["seldom"] == told["hours"]


@pytest.mark.parametrize("ahead", [0, 2])
def test_what_became_known_later_is_not_used(ahead: int) -> None:
    """Others go on working on the holiday, so that every hour changes the clock by which a deadline moves."""
    world, told = World({1}, others=True), Told()
    track = Track(0, world.known, RULES)
    for record in records(story()):
        work(world, track, [record], told)
        world.teach(track.state.clock.as_of + ahead * HOUR)
    moves = deadlines(told)
    assert len(moves) > 8
    assert moves == deadlines(USUAL_ELSEWHERE)


def test_a_deadline_is_asked_with_its_own_version_though_the_clock_knows_the_next_or_with_what_is_kept() -> None:
    world, told = World(NOBODY), Told()
    track = Track(0, world.known, RULES)
    work(world, track, records([post(hours=POSTED), mark(TUESDAY + 7.5)]), told)
    [life] = track.state.prompts.values()
    moments, clock, due = read_facts(life.facts), track.state.clock, at(TUESDAY + 8.9)
    world.teach(at(TUESDAY + 9))
    answers = []
    for hour in (7, 8, 9):  # what is known ends then; until 07:00 nobody was seen, until 08:00 somebody was
        clock.as_of = at(TUESDAY + hour)
        answers.append(track.life.postponing.later(moments, due))
    assert answers == [due + HOUR, due + HOUR, None]


def test_records_of_versions_that_moved_no_deadline_are_read() -> None:
    world, told = World({1}), Told()
    track, log = Track(0, world.known, RULES), records(story())
    work(world, track, log[:12], told)
    changes = {key: value for key, value in track.take_changes().items() if value is not None}
    [life] = [key for key in changes if key.startswith("life ")]
    written = msgspec.msgpack.decode(changes[life])
    assert written[-1] is None
    changes[life] = msgspec.msgpack.encode(written[:-1])
    heir = Track(0, world.known, RULES)
    heir.load(changes)
    heir.ready()
    work(world, heir, log[12:], told)
    assert told.values == HOLIDAY.values


def test_it_is_asked_only_when_a_deadline_is_due_and_nobody_responded(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    ask = Expectations.postponed
    monkeypatch.setattr(Expectations, "postponed", lambda *args: asked.append(args[4]) or ask(*args))
    live(story(react("ann", POSTED + 0.01)), {1})
    assert asked == []
    moves = [send for send in live(story(), {1}).effects if isinstance(send, Send) and send.topic == Topic.OUTCOMES]
    assert len(asked) == len([send for send in moves if getattr(send.value, "stage", "") == "postponed"]) + 1
