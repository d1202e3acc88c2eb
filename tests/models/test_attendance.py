"""A simulated year in which nobody ever answers: when is a healthy segment's prompt called silent, and when not.

Every deadline is asked when it is due, with what was learned up to an hour before its own, as `track` does. Without
attendance it would stand as planned. A verdict is premature when not even two thirds of the activity time that was
planned had been lived by then: that of a prompt which waited over days on which nobody was there.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import cache
from random import Random

import pytest

from models.activity_clock import ActivityClock
from models.attendance import Attendance
from schemas.base import HOUR
from tests.factories.year import Habits, activity, start_of

HORIZON = 168 * HOUR
DAY = 24 * HOUR
HOLIDAY, COUNTRY = 15 * 7 + 1, 30 * 7 + 3
"""A Tuesday on which nobody is there, and a Thursday on which EMEA is not."""
WEEK_OFF = range(352, 361)
OFF = (HOLIDAY, *WEEK_OFF)
PERSONAS = {
    "americas": Habits(-8, 180, OFF),
    "emea": Habits(1, 270, (*OFF, COUNTRY)),
    "apac": Habits(10, 120, OFF),
}
AGES = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0)
"""Activity hours after which prompts are called silent: from minutes of a working day to half of it."""


@dataclass
class Waiting:
    persona: str
    habits: Habits
    posted: float
    planned: float
    due: float
    silent: bool = False

    @property
    def moved(self) -> float:
        """Hours."""
        return (self.due - self.planned) / HOUR

    def day(self, time: float) -> int:
        return self.habits.day((time - start_of(0)) / HOUR)

    def premature(self, clock: ActivityClock, time: float) -> bool:
        """Tell whether less than two thirds of what was planned had really been lived at a moment."""

        def hours(until: float, present: bool) -> float:
            total, now = 0.0, self.posted
            while now < until:
                end = min((now // HOUR + 1) * HOUR, until)
                share = self.habits.present((now - start_of(0)) / HOUR) if present else 1.0
                total += share * (clock.to_activity(self.persona, end) - clock.to_activity(self.persona, now))
                now = end
            return total

        return hours(time, present=True) < 2 / 3 * hours(self.planned, present=False)


class Year:
    """What was lived, and what became of the prompts: about one in five activities of a persona is one."""

    def __init__(self, personas: dict[str, Habits], days: int) -> None:
        self.clock, self.attendance, self.prompts = ActivityClock(), Attendance(), list[Waiting]()
        self._open: list[Waiting] = []
        random = Random(5)
        for hour, done in enumerate(activity(personas, 24 * days)):
            self._fall_due(start_of(hour))
            for persona, n in done.items():
                if n:
                    self.clock.learn_one(persona, start_of(hour), n)
                    self.attendance.learn_one(persona, start_of(hour), n)
                habits = personas[persona]
                eve = habits.day(hour) + 1 in habits.off and habits.day(hour) not in habits.off
                chance = habits.expected(hour) / (3 if eve else 20)
                for _ in range(int(chance + random.random()) if hour > 35 * 24 else 0):
                    self._post(persona, habits, start_of(hour) + random.random() * HOUR, random.choice(AGES))

    def _post(self, persona: str, habits: Habits, posted: float, age: float) -> None:
        planned = self.clock.to_calendar(persona, self.clock.to_activity(persona, posted) + age)
        self._open.append(Waiting(persona, habits, posted, planned, planned))

    def _fall_due(self, now: float) -> None:
        for prompt in self._open:
            while prompt.due < now + HOUR and prompt.due < prompt.posted + HORIZON and not prompt.silent:
                later = self.attendance.postponed(
                    self.clock, prompt.persona, prompt.posted, prompt.planned, prompt.due, now - HOUR
                )
                if later is None:
                    prompt.silent = True
                else:
                    prompt.due = min(max(later, prompt.due + HOUR), prompt.posted + HORIZON)
        ended = [prompt for prompt in self._open if prompt.silent or prompt.due < now + HOUR]
        self.prompts += ended
        self._open = [prompt for prompt in self._open if not (prompt.silent or prompt.due < now + HOUR)]

    def around(self, days: Collection[int]) -> list[Waiting]:
        """Return the prompts posted before some days whose deadline was to be on one of them, or right after."""
        last = max(days)
        return [p for p in self.prompts if p.day(p.posted) < min(days) <= p.day(p.planned) <= last + 1]


@cache
def year() -> Year:
    return Year(PERSONAS, 365)


@pytest.mark.parametrize("days", [[HOLIDAY], WEEK_OFF, [COUNTRY]], ids=["holiday", "week off", "one country's"])
def test_days_off_make_no_verdict(days: Collection[int]) -> None:
    clock, prompts = year().clock, year().around(days)
    assert sum(p.premature(clock, p.planned) for p in prompts) >= 8, "without attendance"
    assert [(p, p.day(p.due)) for p in prompts if p.silent and p.premature(clock, p.due)] == []


@pytest.mark.parametrize("day", [HOLIDAY, COUNTRY], ids=["holiday", "one country's"])
def test_who_is_dead_is_called_so_on_the_working_day_after(day: int) -> None:
    waited = [p for p in year().around([day]) if p.day(p.due) > day]
    assert len(waited) >= 8
    assert all(p.silent and p.day(p.due) <= day + 2 for p in waited)


def test_of_those_that_waited_over_a_week_off_none_is_moved_beyond_its_horizon() -> None:
    ended = [p for p in year().around(WEEK_OFF) if not p.silent]
    assert ended
    assert all(p.due == p.posted + HORIZON for p in ended)


def test_in_ordinary_weeks_deadlines_stay() -> None:
    special = {day + more for day in (*OFF, COUNTRY) for more in (-1, 0, 1, 2)}
    ordinary = [p for p in year().prompts if not {p.day(p.posted), p.day(p.planned), p.day(p.due)} & special]
    assert len(ordinary) > 5_000
    assert sum(p.moved > 1.001 for p in ordinary) / len(ordinary) <= 0.02
    assert sum(p.moved > 0 for p in ordinary) / len(ordinary) <= 0.06


def test_one_countrys_holiday_moves_nobody_elses_deadlines() -> None:
    others = [p for p in year().prompts if p.persona != "emea" and p.day(p.planned) == COUNTRY]
    assert len(others) > 10
    assert sum(p.moved > 1.001 for p in others) <= 0.1 * len(others)


# ---- a programme that fades is not a holiday


@cache
def fading(share: float) -> Year:
    return Year({"emea": Habits(1, 270, fades=(140, share))}, 320)


def moved(prompts: list[Waiting], first: int, last: int) -> float:
    chosen = [p.moved > 1.001 for p in prompts if first <= p.day(p.planned) < last]
    assert len(chosen) > 30
    return sum(chosen) / len(chosen)


def test_whoever_falls_to_half_for_good_is_still_called_silent_and_within_weeks_as_early_as_before() -> None:
    prompts = [p for p in fading(0.5).prompts if p.day(p.posted) >= 140 and p.day(p.planned) < 310]
    assert all(p.silent for p in prompts)
    assert moved(prompts, 140, 154) > 0.1, "there is something to adapt to"
    assert moved(prompts, 182, 310) < 0.05


def test_the_usual_level_follows_and_bounds_the_delay() -> None:
    """Fallen to share s, the ratio is 1/2 after half_life * log2((1 - s) / s): 89 days for a quarter."""
    prompts = [p for p in fading(0.25).prompts if p.day(p.posted) >= 140 and p.day(p.planned) < 310]
    assert moved(prompts, 140, 170) > 0.5
    assert moved(prompts, 140 + 110, 310) < 0.1
    assert sum(p.silent for p in prompts) > 0.99 * len(prompts)
    assert all(p.moved <= 4 * 24 for p in prompts if p.silent)


# ---- the ratio by hand


def taught(weeks: int, daily: Callable[[str, int], int]) -> tuple[ActivityClock, Attendance]:
    """Teach three personas that do something at noon of every day."""
    clock, attendance = ActivityClock(half_life_days=1e9), Attendance(k=3.0)
    for day in range(7 * weeks):
        for persona in ("sales", "service", "few"):
            if n := daily(persona, day):
                clock.learn_one(persona, day * DAY + 12 * HOUR, n)
                attendance.learn_one(persona, day * DAY + 12 * HOUR, n)
    return clock, attendance


LAST = 7 * 20 - 1


def ratio(persona: str, daily: Callable[[str, int], int], weeks: int = 20) -> float:
    day = 7 * weeks - 1
    return taught(weeks, daily)[1].ratio(taught(weeks, daily)[0], persona, day * DAY, (day + 1) * DAY)


def usual(persona: str, _day: int) -> int:
    return {"sales": 40, "service": 20, "few": 2}[persona]


def test_a_usual_day_was_lived() -> None:
    assert ratio("sales", usual) == pytest.approx(1.0)


def test_it_is_what_was_done_of_what_is_usual_shrunk_to_what_the_others_did() -> None:
    """Of sales 10 of 40 came, of the others 11 of 22; the usual level has not seen this hour: it is not over."""

    def half(persona: str, day: int) -> int:
        return {"sales": 10, "service": 10, "few": 1}[persona] if day == LAST else usual(persona, day)

    others = (3 + 11) / (3 + 22)
    assert ratio("sales", half) == pytest.approx((3 * others + 10) / (3 + 40))


def test_one_persona_may_be_away_alone_and_the_others_are_not() -> None:
    away = lambda persona, day: 0 if (persona, day) == ("service", LAST) else usual(persona, day)  # noqa: E731
    assert ratio("service", away) < 0.2
    assert ratio("sales", away) > 0.9


def test_a_persona_of_whom_little_is_known_is_away_with_all_and_not_alone() -> None:
    assert ratio("few", lambda persona, day: 0 if day == LAST and persona != "few" else usual(persona, day)) > 0.4
    assert ratio("few", lambda persona, day: 0 if day == LAST else usual(persona, day)) < 0.1
    assert ratio("few", lambda persona, day: 0 if (persona, day) == ("few", LAST) else usual(persona, day)) > 0.5
    assert ratio("never seen", lambda persona, day: 0 if day == LAST else usual(persona, day)) < 0.1


def test_where_hardly_anything_is_usual_nothing_is_missed() -> None:
    assert ratio("few", lambda persona, day: 0 if persona != "few" or day == LAST else 2) > 0.5


def test_in_the_first_weeks_every_day_is_lived() -> None:
    away = lambda persona, day: 0 if day == 7 * 2 - 1 else usual(persona, day)  # noqa: E731
    assert ratio("sales", away, weeks=2) == 1.0


def test_days_are_those_of_the_persona() -> None:
    """In Sydney a working day begins at 22:00 UTC the day before: a UTC day has the end of one and much of the next."""
    clock, attendance = ActivityClock(), Attendance()
    for hour in range(24 * 70):
        local = hour + 11
        if 9 <= local % 24 < 17 and local // 24 != 66:
            clock.learn_one("apac", hour * HOUR, 10)
            attendance.learn_one("apac", hour * HOUR, 10)
    start, end = (66 * 24 + 9 - 11) * HOUR, (66 * 24 + 17 - 11) * HOUR

    def share(start: float, end: float) -> float:
        hours = clock.to_activity("apac", end) - clock.to_activity("apac", start)
        return attendance.lived(clock, "apac", start, end, until=69 * DAY) / hours

    assert share(start, end) < 0.01
    assert share(start - DAY, end - DAY) == share(start + DAY, end + DAY) == 1.0


def test_what_is_not_known_yet_is_not_asked() -> None:
    clock, attendance = taught(20, usual)
    noon = LAST * DAY + 12 * HOUR
    assert attendance.ratio(clock, "sales", LAST * DAY, until=noon) == 1.0
    attendance.counts["sales"][1 + (int(noon // HOUR) % 240)] = 0.0
    assert attendance.ratio(clock, "sales", LAST * DAY, until=noon) == 1.0
    assert attendance.ratio(clock, "sales", LAST * DAY, until=noon + HOUR) < 0.5


def test_hours_are_forgotten_after_ten_days_and_late_ones_count() -> None:
    attendance = Attendance()
    for hour, n in ((500, 1), (739, 2), (740, 4), (502, 8), (499, 16), (1200, 32)):
        attendance.learn_one("sales", hour * HOUR, n)
        if hour == 499:
            assert sum(attendance.counts["sales"][1:]) == 2 + 4 + 8
    assert sum(attendance.counts["sales"][1:]) == 32
    assert attendance.counts["sales"] == attendance.counts["*"]
