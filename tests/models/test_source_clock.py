"""A source that delivers nothing is told from one that has little to deliver."""

from random import Random

import pytest

from models.source_clock import SourceClock
from schemas.base import HOUR
from tests.factories.year import Habits, activity

DAY = 24
SMALL, LARGE = 40.0, 400.0
"""Events on a working day."""


def lived(daily: float, days: int, *, off: tuple[int, ...] = (), seed: int = 1, cut: range = range(0)) -> SourceClock:
    """Return the clock of a source after so many days from a Monday on; nothing comes in the hours that are cut."""
    clock = SourceClock()
    for hour, done in enumerate(activity({"all": Habits(0, daily, off)}, days * DAY, seed)):
        if done["all"] and hour not in cut:
            clock.learn_one("s", hour * HOUR, done["all"])
    return clock


def day(number: float) -> float:
    return number * DAY * HOUR


@pytest.mark.parametrize("daily", [SMALL, LARGE, 2_000.0])
@pytest.mark.parametrize("seed", range(3))
def test_a_year_of_nights_weekends_and_holidays_has_no_hole(daily: float, seed: int) -> None:
    days_off = (28, 95, 96, 123, 200, 275, 354, 357, 358, 359)
    assert lived(daily, 365, off=days_off, seed=seed).hours("s") == []


def test_four_days_without_a_single_event_may_be_days_off_of_a_small_workspace_but_not_of_a_large_one() -> None:
    absent = range(70 * DAY, 74 * DAY)
    assert lived(SMALL, 80, cut=absent).hours("s") == []
    [(begin, end)] = lived(LARGE, 80, cut=absent).hours("s")
    assert begin <= 70 * DAY < 74 * DAY <= end
    assert end - begin < 5.5 * DAY


def test_an_outage_is_known_while_it_lasts_and_where_it_began() -> None:
    clock = lived(LARGE, 70 + 1, cut=range(70 * DAY + 12, 80 * DAY))
    now = day(72) + 16 * HOUR
    assert clock.down_since("s", day(70) + 14 * HOUR) is None
    since = clock.down_since("s", now)
    assert since == day(70) + 12 * HOUR
    at = clock.down_at("s", now)
    assert at is not None
    assert clock.p_zero("s", since, at) < clock.down <= clock.p_zero("s", since, at - HOUR)
    assert clock.missed("s", day(69), day(90), now) == [(since, day(90))]
    assert clock.missed("s", day(60), day(70), now) == []
    assert clock.missed("s", day(69), day(90), day(70) + 14 * HOUR) == []


def test_nothing_is_usual_in_the_first_two_weeks() -> None:
    assert lived(LARGE, 30, cut=range(10 * DAY, 20 * DAY)).hours("s") == []
    assert SourceClock().p_zero("s", 0.0, day(99)) == 1.0


def test_doubt_comes_hours_earlier_but_not_at_night_and_a_sign_of_life_ends_it() -> None:
    clock = lived(200, 70, cut=range(69 * DAY + 12, 80 * DAY))  # Sunday is no day to tell
    monday = day(70)
    assert not clock.doubtful("s", monday + 5 * HOUR, monday + 5 * HOUR)
    assert clock.doubtful("s", monday + 11 * HOUR, monday + 9 * HOUR)
    assert not clock.doubtful("s", monday + 11 * HOUR, monday + 9 * HOUR, heard=monday + 10.9 * HOUR)
    assert not clock.doubtful("another", monday + 11 * HOUR, monday + 9 * HOUR)


def test_what_is_not_known_yet_is_taken_for_quiet() -> None:
    clock = lived(LARGE, 71)
    noon = day(67) + 12 * HOUR  # a Friday
    clock.seen["s"][1] = noon / HOUR - 4
    assert clock.doubtful("s", noon, noon - 3 * HOUR)
    assert not clock.doubtful("s", noon, noon - 3 * HOUR, share=0.01)
    assert clock.doubtful("s", noon, noon, share=0.01), "what all partitions saw is known"
    assert not clock.doubtful("s", noon, noon - 3 * HOUR, heard=noon - 0.1 * HOUR)


def test_a_hole_teaches_nothing() -> None:
    without = lived(LARGE, 70).usual("s")
    clock = lived(LARGE, 91, cut=range(70 * DAY, 91 * DAY))
    clock.learn_one("s", day(91) + 9 * HOUR, 30)
    after = clock.usual("s")
    assert without is not None and after is not None
    assert sum(after) == pytest.approx(sum(without), rel=0.02)


def test_late_events_fill_a_hole_hour_by_hour_and_what_is_left_stays_only_if_it_is_long() -> None:
    clock = lived(LARGE, 80, cut=range(70 * DAY, 75 * DAY))
    [(begin, end)] = clock.hours("s")
    assert clock.fits("s", day(72)) and not clock.fits("s", day(60) + 12 * HOUR)
    clock.fill_one("s", day(72) + 12 * HOUR, 20)
    noon = 72 * DAY + 12
    assert clock.hours("s") == [(begin, noon), (noon + 1, end)]
    assert not clock.fits("s", day(72) + 12 * HOUR)
    for number in (70, 71):
        clock.fill_one("s", day(number) + 12 * HOUR, 20)
    assert clock.hours("s") == [(noon + 1, end)]
    clock.fill_one("s", day(73) + 12 * HOUR, 20)
    clock.fill_one("s", day(74) + 12 * HOUR, 20)
    assert clock.hours("s") == []


def test_a_filled_hole_counts_as_observed() -> None:
    whole, clock = lived(LARGE, 80), lived(LARGE, 80, cut=range(70 * DAY, 75 * DAY))
    for hour, done in enumerate(activity({"all": Habits(0, LARGE)}, 75 * DAY, 1)):
        if hour >= 70 * DAY and done["all"]:
            clock.fill_one("s", hour * HOUR, done["all"])
    usual, filled = whole.usual("s"), clock.usual("s")
    assert usual is not None and filled is not None
    assert sum(filled) == pytest.approx(sum(usual), rel=0.03)


def test_what_comes_late_while_nothing_new_comes_is_the_latest() -> None:
    clock = lived(LARGE, 70)
    clock.fill_one("s", day(71) + 12 * HOUR, 20)
    assert clock.seen["s"][1] == 71 * DAY + 12
    assert clock.down_since("s", day(72)) is None


def test_where_somebody_posts_on_days_off_an_outage_is_known_sooner() -> None:
    clock, posting = lived(LARGE, 70, seed=2), lived(LARGE, 70, seed=2)
    for hour in range(70 * DAY + 8, 70 * DAY + 18):  # a day off, with one event in ten
        posting.learn_one("s", hour * HOUR, 4)
    for each in (clock, posting):
        each.learn_one("s", day(71) + 8 * HOUR, 20)
    assert posting.p_zero("s", day(72), day(73)) < 0.2 * clock.p_zero("s", day(72), day(73))


def test_old_holes_are_forgotten() -> None:
    clock = lived(LARGE, 200, cut=range(70 * DAY, 75 * DAY))
    [(_, end)] = clock.hours("s")
    rng = Random(3)
    for number in range(205, 211):
        clock.learn_one("s", day(number) + rng.randrange(9, 17) * HOUR, 9)
    assert end not in {over for _, over in clock.hours("s")}


def test_mass_over_weeks_is_that_of_its_hours() -> None:
    clock = lived(LARGE, 70)
    usual = clock.usual("s")
    assert usual is not None
    assert clock._mass("s", day(70), day(91) + 1.5 * HOUR) == pytest.approx(3 * sum(usual) + usual[0] + usual[1] / 2)
