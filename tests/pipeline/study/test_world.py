"""A world is what its plan says, and its truth is the truth."""

from collections import Counter
from dataclasses import replace
from itertools import pairwise
from statistics import fmean

import pytest

from pipeline.simulate.working_hours import DAY, HOUR, WorkingHours
from pipeline.study.people import PERSONAS, Calendar
from pipeline.study.world import HORIZON, MONDAY, START, Asset, Plan, Viral, World
from schemas.event import MessagePosted, ReactionAdded

PLAN = Plan(seed=3, weeks=26, personas=PERSONAS[:3], every_days=2.0)
HOLIDAY = MONDAY + 16
"""A Wednesday."""


@pytest.fixture(scope="module")
def world() -> World:
    return World(PLAN)


def test_the_same_seed_gives_the_same_and_another_one_another(world: World) -> None:
    assert list(world.events()) == list(World(PLAN).events())
    assert world.truths != World(replace(PLAN, seed=4)).truths


def test_what_happens_to_one_asset_does_not_touch_another(world: World) -> None:
    def effect(asset: Asset, _: float) -> float:
        return 0.0 if asset.asset_id == "sales-1/poll" else 1.0

    changed = World(replace(PLAN, effect=effect, viral=Viral("sales-1/question", 5, 300))).truths
    different = {truth.asset.asset_id for name, truth in world.truths.items() if changed[name] != truth}
    assert different == {"sales-1/poll", "sales-1/question"}
    assert all(truth.silent for truth in changed.values() if truth.asset.asset_id == "sales-1/poll")
    assert max(len(truth.responders) for truth in changed.values()) > 300


def test_half_the_engagement_is_half_the_responders(world: World) -> None:
    halved = World(replace(PLAN, effect=lambda *_: 0.5)).truths
    share = sum(len(t.responders) for t in halved.values()) / sum(len(t.responders) for t in world.truths.values())
    assert abs(share - 0.5) < 0.05
    assert all(halved[name].p_zero > truth.p_zero for name, truth in world.truths.items())


def test_as_many_come_and_as_many_prompts_are_silent_as_the_truth_says(world: World) -> None:
    truths = list(world.truths.values())
    assert len(truths) > 3_000
    assert abs(fmean(len(t.responders) for t in truths) / fmean(t.mean for t in truths) - 1) < 0.06
    assert abs(fmean(t.silent for t in truths) - fmean(t.p_zero for t in truths)) < 0.025
    small = [t for t in truths if t.p_zero < 0.1]
    assert abs(fmean(t.silent for t in small) - fmean(t.p_zero for t in small)) < 0.03


def test_events_come_in_the_order_of_time_and_each_once(world: World) -> None:
    events = list(world.events())
    assert all(former.time <= later.time for former, later in pairwise(events))
    assert max(Counter(event.event_id for event in events if isinstance(event, MessagePosted)).values()) == 1
    prompts = [event for event in events if isinstance(event, MessagePosted) and event.asset_id]
    reactions = [event for event in events if isinstance(event, ReactionAdded)]
    assert len(prompts) == len(world.truths)
    assert len(reactions) == sum(len(truth.responders) for truth in world.truths.values())


def test_nobody_acts_at_night_at_the_weekend_or_on_a_day_off() -> None:
    calendar = Calendar(everybody=frozenset({HOLIDAY}), by_zone={-5.0: frozenset({HOLIDAY + 1})})
    world = World(replace(PLAN, weeks=6, calendar=calendar))
    persona = PERSONAS[2]  # London and New York
    acting = [e.time for e in world.events() if getattr(e, "author", "").startswith(f"m_{persona.name}")]
    assert len(acting) > 300
    assert all(world.at_work(persona, moment - 1) or world.at_work(persona, moment) for moment in acting)
    assert not any(HOLIDAY * DAY + 9 * HOUR <= moment < (HOLIDAY + 1) * DAY for moment in acting)
    assert not any((HOLIDAY + 1) * DAY + 18 * HOUR <= moment < (HOLIDAY + 2) * DAY for moment in acting)
    assert any((HOLIDAY + 2) * DAY + 18 * HOUR <= moment < (HOLIDAY + 3) * DAY for moment in acting)


def test_a_programme_that_starts_later_is_not_there_before() -> None:
    world = World(Plan(seed=1, weeks=24))
    late = [e.time for e in world.events() if getattr(e, "author", "").startswith("m_new_hires")]
    late += [truth.posted_at for truth in world.truths.values() if truth.asset.persona.name == "new_hires"]
    assert START + 20 * 7 * DAY <= min(late) < START + 21 * 7 * DAY


def test_responses_come_within_the_horizon(world: World) -> None:
    assert all(
        truth.posted_at < moment < truth.posted_at + HORIZON
        for truth in world.truths.values()
        for moment, _ in truth.responders
    )


def test_working_time_between_two_moments_is_what_after_counts() -> None:
    hours = WorkingHours(-5.0, 9.0, 17.5, frozenset({HOLIDAY}))
    begin = (HOLIDAY - 1) * DAY + 3 * HOUR
    for worked in (60.0, 5 * HOUR, 11 * HOUR, 40 * HOUR):
        assert hours.between(begin, hours.after(begin, worked)) == pytest.approx(worked)
    assert hours.between(HOLIDAY * DAY + 5 * HOUR, (HOLIDAY + 1) * DAY + 5 * HOUR) == 0.0
