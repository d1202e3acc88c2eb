"""The clock turns back what it turned, and makes a week of every week."""

import pickle
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.activity_clock import ActivityClock


def office_clock() -> ActivityClock:
    rng, clock = random.Random(1), ActivityClock()
    for i in range(3000):
        clock.learn_one(
            rng.choice(["sales", "night"]), rng.randrange(40) * 604_800 + rng.gauss(12, 3) * 3600, 1 + i % 3
        )
    for week in range(40):
        clock.learn_one("night", week * 604_800 + 2 * 3600, 30)
    return clock


CLOCK = office_clock()
TIMES = st.floats(0, 3e9)


@given(time=TIMES, persona=st.sampled_from(["sales", "night", "unknown"]))
def test_there_and_back(time: float, persona: str) -> None:
    assert abs(CLOCK.to_calendar(persona, CLOCK.to_activity(persona, time)) - time) < 1e-2


@given(time=TIMES, later=st.floats(1, 1e6))
def test_time_goes_forward(time: float, later: float) -> None:
    assert CLOCK.to_activity("sales", time + later) > CLOCK.to_activity("sales", time)


@given(time=TIMES)
def test_a_week_has_168_activity_hours(time: float) -> None:
    assert abs(CLOCK.to_activity("night", time + 604_800) - CLOCK.to_activity("night", time) - 168) < 1e-5


def test_the_same_hour_is_long_for_who_is_awake() -> None:
    def two_o_clock(persona: str) -> float:
        return CLOCK.to_activity(persona, 3 * 3600) - CLOCK.to_activity(persona, 2 * 3600)

    assert two_o_clock("night") > 2 * two_o_clock("sales")


def test_old_habits_fade() -> None:
    clock = ActivityClock(half_life_days=7)
    clock.learn_one("sales", 0.0, 100)
    clock.learn_one("sales", 70 * 86_400.0 + 5 * 3600, 100)
    clock.learn_one("sales", 70 * 86_400.0 + 6 * 3600, 1)
    assert abs(clock.counts["sales"][0] - 100 / 1024) < 1e-9
    assert clock.counts["sales"][5] == 100


@given(st.floats(1.7e9, 1.75e9))
def test_who_waits_for_a_lively_hour_waits_no_longer_than_until_the_first_one(moment: float) -> None:
    waited = CLOCK.awake("sales", moment)
    rates = [CLOCK.to_activity("sales", h * 3600.0 + 3600) - CLOCK.to_activity("sales", h * 3600.0) for h in range(168)]
    hour = int(moment // 3600)
    assert rates[int(waited // 3600) % 168] >= 0.25 - 1e-9
    assert waited == moment or (waited % 3600 == 0 and rates[hour % 168] < 0.25)
    assert all(rates[between % 168] < 0.25 for between in range(hour, int(waited // 3600)))


DAY = 24 * 3600.0


def pace(clock: ActivityClock, hour: float, persona: str = "sales") -> float:
    return clock.to_activity(persona, hour * 3600 + 3600) - clock.to_activity(persona, hour * 3600)


def test_the_first_day_does_not_slow_down_hour_by_hour() -> None:
    """Each hour of a first day is one that was never observed before; that must not make it the deadest of all."""
    clock = ActivityClock()
    for minute in range(8 * 60):
        clock.learn_one("sales", minute * 60.0, 10)
        assert pace(clock, minute // 60) > 0.9


def test_the_hour_it_is_counts_when_it_is_over() -> None:
    clock = ActivityClock()
    clock.learn_one("sales", 10.0, 5)
    assert clock.counts == {} and clock.usual("sales") is None
    clock.learn_one("sales", 3600.0, 7)
    assert clock.counts["sales"][:2] == [5, 0] and clock.exposures["sales"][:2] == [1, 0]


def test_what_comes_late_counts_at_its_own_hour() -> None:
    clock = ActivityClock()
    clock.learn_one("sales", 5 * 3600.0, 5)
    clock.learn_one("sales", 2 * 3600.0, 3)
    clock.learn_one("sales", 6 * 3600.0, 1)
    assert clock.counts["sales"][:7] == [0, 0, 3, 0, 0, 5, 0]
    assert clock.exposures["sales"][:7] == [0, 0, 0, 0, 0, 1, 0]


@pytest.mark.parametrize(("days", "observed"), [(7, 7 * 24), (8, 1)])
def test_after_more_than_a_week_without_anything_nobody_was_there_to_observe(days: int, observed: int) -> None:
    clock = ActivityClock(half_life_days=1e9)
    clock.learn_one("sales", 0.0)
    clock.learn_one("sales", days * DAY)
    assert sum(clock.exposures["sales"]) == pytest.approx(observed)


def test_a_persona_is_observed_from_its_first_hour_on() -> None:
    clock = ActivityClock(half_life_days=1e9)
    for hour in range(30 * 24):
        clock.learn_one("sales", hour * 3600.0)
        if hour >= 20 * 24:
            clock.learn_one("service", hour * 3600.0)
    assert sum(clock.exposures["sales"]) == pytest.approx(30 * 24 - 1)
    assert sum(clock.exposures["service"]) == pytest.approx(10 * 24 - 1)


def test_a_week_is_usual_when_three_are_known() -> None:
    clock, known = ActivityClock(), []
    for hour in range(21 * 24 + 1):
        clock.learn_one("sales", hour * 3600.0, 4)
        if clock.usual("sales"):
            known.append(hour / 24)
    assert 19 < known[0] < 21
    assert clock.usual("sales") == pytest.approx([4.0] * 168)


def test_what_came_late_for_hours_that_were_hardly_observed_is_not_blown_up() -> None:
    clock = ActivityClock()
    for hour in range(30 * 24):
        clock.learn_one("sales", hour * 3600.0)
    clock.exposures["sales"][5], clock.exposures["sales"][6] = 0.0, 0.01
    clock.counts["sales"][5], clock.counts["sales"][6] = 7.0, 8.0
    assert (clock.usual("sales") or [])[5:7] == [7.0, 8.0]


def test_more_personas_than_it_keeps_are_forgotten_in_all_it_keeps() -> None:
    clock = ActivityClock(max_personas=20)
    for hour in range(50):
        for member in range(40):
            clock.learn_one(f"p{hour}_{member}", hour * 3600.0)
        assert len(clock._running) <= 20
    assert len(clock.counts) <= 21 and len(clock.exposures) <= 21
    clock.learn_one("sales", 50 * 3600.0)
    assert clock.exposures.keys() == clock.counts.keys()
    assert "*" in clock.counts and sum(clock.counts["*"]) > 1900


def test_a_pickle_of_an_older_version_is_read_on() -> None:
    """It knew for how many days each persona was counted, not in which hours."""
    clock = office_clock()
    state = pickle.loads(pickle.dumps(clock.__dict__))
    for name in ("exposures", "_hour", "_running"):
        del state[name]
    older = ActivityClock.__new__(ActivityClock)
    older.__setstate__({**state, "observed": {"sales": 70.0, "night": 35.0, "*": 70.0}})
    assert older.usual("sales") == pytest.approx([count / 10 for count in clock.counts["sales"]])
    assert pace(older, 12) > 2 * pace(older, 4)
    older.learn_one("sales", 41 * 7 * DAY)
    older.learn_one("sales", 41 * 7 * DAY + 3600)
    assert older.exposures.keys() == older.counts.keys()


def test_where_nothing_is_known_every_hour_is_lively() -> None:
    assert ActivityClock().awake("sales", 12_345.0) == 12_345.0
