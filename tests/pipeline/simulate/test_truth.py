"""The truth that a story tells about itself, recounted from its webhooks alone."""

from collections import Counter, defaultdict
from functools import cache

import pytest

from pipeline.simulate import Simulation, simulate

HOUR = 3_600.0
HORIZON = 7 * 24 * HOUR

Place = tuple[str, str]


@cache
def told(seed: int) -> Simulation:
    return simulate(seed)


def ever_and_standing(story: Simulation) -> tuple[dict[Place, dict[str, float]], dict[Place, set[str]]]:
    """Apply the definition of a response to the webhooks: first response times, and who is left at the end.

    Written against Slack's documentation, without the simulator's own bookkeeping.
    """
    prompts = {(prompt.conversation, prompt.message): prompt for prompt in story.truth.prompts}
    staff = {person.user for person in story.people if person.staff}
    authors: dict[Place, str] = {}
    items: defaultdict[Place, defaultdict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    first: defaultdict[Place, dict[str, float]] = defaultdict(dict)
    replies: dict[Place, tuple[Place, str]] = {}
    # By the time at which it happened: what is removed may not be added again by a late copy.
    for event in sorted((d.payload["event"] for d in story), key=lambda event: float(event["event_ts"])):
        time = float(event["event_ts"])
        match event:
            case {"type": "message", "subtype": "message_deleted"}:
                gone = (event["channel"], event["deleted_ts"])
                if gone in replies:
                    root, user = replies[gone]
                    items[root][user].discard(event["deleted_ts"])
                continue
            case {"type": "message", "subtype": "message_changed"}:
                continue
            case {"type": "message", "thread_ts": thread}:
                root, item = (event["channel"], thread), event["ts"]
                replies[(event["channel"], item)] = (root, event["user"])
            case {"type": "message"}:
                authors[(event["channel"], event["ts"])] = event["user"]
                continue
            case {"type": "reaction_added"}:
                root, item = (event["item"]["channel"], event["item"]["ts"]), event["reaction"]
            case {"type": "reaction_removed"}:
                root = (event["item"]["channel"], event["item"]["ts"])
                items[root][event["user"]].discard(event["reaction"])
                continue
            case _:
                continue
        user = event["user"]
        if root not in prompts or "bot_id" in event or user in staff or user == authors.get(root):
            continue
        if time <= prompts[root].posted_at + HORIZON:
            items[root][user].add(item)
            first[root].setdefault(user, time)
    standing = {root: {user for user, left in users.items() if left} for root, users in items.items()}
    return first, standing


@pytest.mark.parametrize("seed", [1, 2, 3, 4, 5])
def test_the_recount_finds_the_responders_that_the_truth_names(seed: int) -> None:
    story = told(seed)
    _, standing = ever_and_standing(story)
    for prompt in story.truth.prompts:
        assert standing.get((prompt.conversation, prompt.message), set()) == prompt.responders


@pytest.mark.parametrize("seed", [1, 2, 3, 4, 5])
def test_no_counted_response_ever_reaches_a_dead_asset(seed: int) -> None:
    story = told(seed)
    first, _ = ever_and_standing(story)
    for asset in story.truth.dead:
        assert all((prompt.conversation, prompt.message) not in first for prompt in story.truth.of(asset))


@pytest.mark.parametrize("seed", [1, 2, 3, 4, 5])
def test_every_healthy_prompt_is_answered(seed: int) -> None:
    story = told(seed)
    for asset in story.truth.healthy:
        assert all(prompt.responders for prompt in story.truth.of(asset)), asset


def test_the_dead_assets_are_surrounded_by_what_does_not_count() -> None:
    story = told(1)
    for asset in story.truth.dead:
        for prompt in story.truth.of(asset):
            events = [d.payload["event"] for d in story if d.conversation == prompt.conversation]
            replies = [event for event in events if event.get("thread_ts") == prompt.message]
            assert {"bot_id" in event for event in replies} == {True, False}
            assert any(event.get("item", {}).get("ts") == prompt.message for event in events)


def test_the_causes_can_be_seen_in_the_briefs() -> None:
    story = told(1)
    assert story.truth.dead == {"podcast": "no_wiifm", "hub-question": "elsewhere"}
    briefs = {brief.asset_id: brief for brief in story.briefs}
    assert briefs["podcast"].wiifm == "", "there is none, and that is said"
    assert briefs["hub-question"].wiifm
    assert story.truth.healthy | story.truth.dead.keys() == briefs.keys()


def test_the_persona_of_the_hub_is_lively_elsewhere_and_never_in_the_hub() -> None:
    story = told(1)
    (hub,) = {prompt.conversation for prompt in story.truth.of("hub-question")}
    engineers = {person.user for person in story.people if person.persona == "engineers"}
    assert engineers <= set(story.members[hub])
    spoke = Counter(
        d.conversation for d in story if d.payload["event"]["type"] == "message" and _author(d.payload) in engineers
    )
    assert spoke[hub] == 0
    assert spoke.most_common(1)[0][1] > 500


def _author(payload: dict) -> str:
    return payload["event"].get("user", "")


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_silence_is_improbable_because_the_segments_were_answered_before(seed: int) -> None:
    """Enough healthy prompts of each main segment stand before the dead ones, and each met many responders."""
    story = told(seed)
    asks = {brief.asset_id: brief for brief in story.briefs}
    last_week = story.end - 7 * 24 * HOUR
    segments: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for prompt in story.truth.prompts:
        brief = asks[prompt.asset_id]
        if brief.asset_type in ("thumbs_up", "question") and prompt.posted_at < last_week:
            segments[brief.personas[0], brief.asset_type].append(len(prompt.responders))
    assert len(segments) == 8
    for counts in segments.values():
        assert len(counts) >= 6
        assert sum(counts) / len(counts) > 6  # a Poisson mean of 6 gives zero in 0.25 % of the cases
    assert len(segments["field_sales", "thumbs_up"]) >= 15
    assert len(segments["engineers", "question"]) >= 15


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_riddle_for_the_weekend_waits_two_days_and_is_answered_as_soon_as_people_are_back(seed: int) -> None:
    story = told(seed)
    first, _ = ever_and_standing(story)
    (riddle,) = story.truth.of("weekend-riddle")
    begin = min(first[riddle.conversation, riddle.message].values())
    assert 48 * HOUR < begin - riddle.posted_at < 60 * HOUR


def test_healthy_prompts_meet_everything_that_complicates_counting() -> None:
    events = [delivery.payload["event"] for delivery in told(1)]
    kinds = {(event["type"], event.get("subtype")) for event in events}
    assert kinds >= {
        ("message", "thread_broadcast"),
        ("message", "message_changed"),
        ("message", "message_deleted"),
        ("reaction_removed", None),
        ("app_mention", None),
        ("member_joined_channel", None),
    }
    first, standing = ever_and_standing(told(1))
    taken_back = [root for root in first if first[root].keys() - standing[root]]
    assert taken_back
