"""The clock turns back what it turned, and makes a week of every week."""

import random

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


def test_where_nothing_is_known_every_hour_is_lively() -> None:
    assert ActivityClock().awake("sales", 12_345.0) == 12_345.0
