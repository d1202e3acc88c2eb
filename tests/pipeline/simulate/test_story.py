"""The story is the same for the same seed, in order of time, and lives by working hours."""

import hashlib
import json
import os
import subprocess
import sys
from collections import Counter
from itertools import pairwise

import pytest

from pipeline.simulate import STORY_START, Simulation, SimulationError, simulate

DAY = 86_400.0
WEEK = 7 * DAY


@pytest.fixture(scope="module")
def story() -> Simulation:
    return simulate(1)


def _bytes(story: Simulation) -> bytes:
    return json.dumps([(delivery.time, delivery.payload) for delivery in story]).encode()


def _event_type(payload: dict) -> str:
    return payload["event"]["type"]


def _human(payload: dict) -> bool:
    return "bot_id" not in payload["event"]


def test_the_same_seed_tells_the_same_story_byte_for_byte(story: Simulation) -> None:
    assert _bytes(simulate(1)) == _bytes(story)


def test_another_process_tells_the_same_story() -> None:
    """Nothing hangs on the order of a set, which another process may see otherwise."""
    script = (
        "import hashlib, json; from pipeline.simulate import simulate; "
        "told = json.dumps([(d.time, d.payload) for d in simulate(1)]).encode(); "
        "import sys; sys.stdout.write(hashlib.sha256(told).hexdigest())"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", script],
            check=True,
            capture_output=True,
            text=True,
            env=os.environ | {"PYTHONHASHSEED": salt},
        ).stdout
        for salt in ("1", "2")
    }
    assert digests == {hashlib.sha256(_bytes(simulate(1))).hexdigest()}


def test_another_seed_tells_another_story(story: Simulation) -> None:
    assert _bytes(simulate(2)) != _bytes(story)


def test_deliveries_come_in_order_of_time_within_the_story(story: Simulation) -> None:
    times = [delivery.time for delivery in story]
    assert all(before <= after for before, after in pairwise(times))
    assert story.start == STORY_START <= times[0]
    assert times[-1] < story.end == STORY_START + 4 * WEEK


def test_nothing_is_delivered_before_it_happens_nor_in_a_later_hour(story: Simulation) -> None:
    for delivery in story:
        happened = float(delivery.payload["event"]["event_ts"])
        assert 0 <= delivery.time - happened <= 60
        assert delivery.time // 3600 == happened // 3600


def test_the_volume_is_that_of_a_demo(story: Simulation) -> None:
    assert 4_000 <= len(story.deliveries) <= 10_000
    assert 60 <= len(story.truth.prompts) <= 150
    assert 15 <= len(story.briefs) <= 25


def test_message_ids_are_unique_in_their_channel(story: Simulation) -> None:
    messages: dict[tuple[str, str], str] = {}
    for delivery in story:
        event = delivery.payload["event"]
        if event["type"] == "message" and event.get("subtype") in (None, "thread_broadcast"):
            told = messages.setdefault((event["channel"], event["ts"]), json.dumps(event))
            assert told == json.dumps(event)


def test_delivery_ids_are_unique_although_some_events_are_delivered_twice(story: Simulation) -> None:
    ids = [delivery.payload["event_id"] for delivery in story]
    assert len(set(ids)) == len(ids)
    copies = Counter(json.dumps(delivery.payload["event"]) for delivery in story)
    assert 20 < sum(1 for count in copies.values() if count > 1) < 300


def test_every_mention_has_a_message_for_a_twin(story: Simulation) -> None:
    messages = {
        (event["channel"], event["ts"])
        for event in (delivery.payload["event"] for delivery in story)
        if event["type"] == "message"
    }
    mentions = [delivery.payload["event"] for delivery in story if _event_type(delivery.payload) == "app_mention"]
    assert mentions
    assert all((event["channel"], event["ts"]) in messages for event in mentions)


def test_weekends_and_nights_are_quiet(story: Simulation) -> None:
    humans = [
        delivery.time - story.start
        for delivery in story
        if _human(delivery.payload) and _event_type(delivery.payload) != "member_joined_channel"
    ]
    weekend = [time for time in humans if time % WEEK >= 5 * DAY + 3600]
    # Between the end of New York's day and the beginning of Kolkata's.
    night = [time for time in humans if time % WEEK < 5 * DAY and time % DAY < 2.5 * 3600]
    assert 0 < len(weekend) < 0.01 * len(humans)
    assert not night


def test_nobody_is_there_before_or_after_their_own_working_day(story: Simulation) -> None:
    people = {person.user: person for person in story.people if not person.staff}
    seen = 0
    for delivery in story:
        event = delivery.payload["event"]
        user = event.get("user")
        if user not in people or event["type"] == "member_joined_channel":
            continue
        local = float(event["event_ts"]) + people[user].hours.zone * 3600
        if (local - story.start) % WEEK < 5 * DAY:
            seen += 1
            hour = local % DAY / 3600
            # Taking back a reaction may take some minutes more.
            assert people[user].hours.opens <= hour <= people[user].hours.closes + 0.5
    assert seen > 4_000


def test_the_bot_is_heard_every_day_so_that_the_source_is_known_to_live(story: Simulation) -> None:
    days = {int((d.time - story.start) // DAY) for d in story if not _human(d.payload)}
    assert days == set(range(28))


@pytest.mark.parametrize(
    "wrong", [{"start": STORY_START + DAY}, {"start": STORY_START + 1}, {"start": 0.0}, {"weeks": 2}]
)
def test_arguments_that_tell_no_story_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(SimulationError, match="must be"):
        simulate(1, **wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize("weeks", [3, 5])
def test_the_dead_assets_stand_in_the_last_week_however_long_the_story(weeks: int) -> None:
    story = simulate(1, weeks=weeks)
    dead = [prompt for asset in story.truth.dead for prompt in story.truth.of(asset)]
    assert len(dead) == 5
    assert all(prompt.posted_at >= story.end - WEEK for prompt in dead)
