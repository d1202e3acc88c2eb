"""Who could see a prompt, by persona, and which persona names the segment."""

import pytest

from agents.track import Track, TrackRules
from agents.track.presences import CHUNK, Presences
from agents.track.reach import audience, leading_persona, reach_by_persona
from schemas.directory import Brief, Channel, Member
from schemas.event import MemberJoined, MemberLeft
from schemas.outcome import Prompt
from tests.factories.records import START, WHERE, at, post, react, records, tell
from tests.factories.taught import knowing

DAY = int(START // 86_400)
CHANNEL = Channel(source="slack", conversation="C1", members=("ann", "ben", "cyd"))
JOINED = {"ben": False, "dan": True}


def test_the_directory_with_who_joined_and_without_who_left() -> None:
    assert audience(knowing(CHANNEL), "slack", "C1", {"ben", "eve"}, JOINED) == ({"ann", "cyd", "dan"}, 3)


def test_where_nobody_is_known_it_is_who_was_active_lately() -> None:
    assert audience(knowing(), "slack", "C1", {"eve", "fay"}, {}) == ({"eve", "fay"}, 0)


def test_the_directory_of_another_source_says_nothing() -> None:
    elsewhere = CHANNEL.model_copy(update={"source": "teams"})
    assert audience(knowing(elsewhere), "slack", "C1", set(), {}) == (set(), 0)


def test_author_staff_and_bots_are_left_out() -> None:
    known = knowing(Member(member="ann", staff=True), Member(member="bot", bot=True))
    assert reach_by_persona(known, {"ann", "bot", "designer", "ben"}, "designer", {"ben": "sales"}) == {"sales": 1}


def test_it_is_counted_by_persona() -> None:
    personas = {"a1": "sales", "a2": "sales", "b1": "engineers"}
    assert reach_by_persona(knowing(), {"a1", "a2", "b1"}, "x", personas) == {"engineers": 1, "sales": 2}


@pytest.mark.parametrize("members", [set(), {"designer"}])
def test_it_is_never_empty(members: set[str]) -> None:
    assert reach_by_persona(knowing(), members, "designer", {}) == {"newcomer": 1}


REACH = {"support": 42, "engineers": 60, "managers": 12, "sales": 42}


@pytest.mark.parametrize(
    ("targeted", "expected"),
    [((), "engineers"), (("managers", "sales"), "sales"), (("support", "sales"), "sales"), (("nobody",), "engineers")],
    ids=["the largest", "the largest targeted", "the first by name of equals", "the largest, if none is reached"],
)
def test_the_leading_persona(targeted: tuple[str, ...], expected: str) -> None:
    assert leading_persona(REACH, targeted) == expected


def prompt(*story: object, directory: tuple[Member | Channel | Brief, ...] = ()) -> Prompt:
    """Return the last prompt of a story."""
    track = Track(0, knowing(*directory), TrackRules(active_days=7, facilitators=False))
    return tell(track, records(story)).outcomes[-1].prompt  # type: ignore[arg-type]


def test_joining_and_leaving_change_who_is_reached() -> None:
    who = {"event_id": "e", "time": START, **WHERE}
    directory = CHANNEL, *(Member(member=name, persona="sales") for name in ("ann", "ben", "cyd", "dan"))
    joined, left = MemberJoined(author="dan", **who), MemberLeft(author="ann", **who)
    asked = post(asset_id="a")
    assert prompt(asked, directory=directory).reach == {"sales": 3}
    assert prompt(joined, asked, directory=directory).reach == {"sales": 4}
    assert prompt(joined, left, asked, directory=directory).reach == {"sales": 3}
    assert prompt(joined, MemberLeft(author="dan", **who), asked, directory=directory).reach == {"sales": 3}


def test_without_a_directory_the_members_active_lately_are_reached() -> None:
    old, lately = post("x", "old", -24 * 9), [post("y", "ann", -24), react("ben", -2, message="y")]
    found = prompt(old, *lately, post("z", "robot", -1, bot=True), post(asset_id="a"))
    assert (found.reach, found.persona, found.persona_given) == ({"newcomer": 2}, "newcomer", False)
    assert found.surroundings.active_members == 2
    assert found.surroundings.channel_members == 0
    assert found.surroundings.channel_age_hours == 24 * 9


def test_the_brief_names_type_and_persona() -> None:
    brief = Brief(asset_id="a", asset_type="poll", personas=("managers",))
    personas = {"ann": "sales", "ben": "sales", "cyd": "managers"}
    members = (Member(member=name, persona=persona) for name, persona in personas.items())
    found = prompt(post(asset_id="a"), directory=(CHANNEL, brief, *members))
    assert (found.segment, found.asset_type_from, found.persona_given) == ("managers/poll", "brief", True)


def test_the_prompts_before_it_compete() -> None:
    before = [post("x", hours=-30, asset_id="a"), post("y", hours=-20, asset_id="a"), post("z", hours=-1, asset_id="b")]
    around = prompt(*before, post(asset_id="a")).surroundings
    assert (around.competing_prompts, around.earlier_prompts) == (2, 2)
    assert prompt(post(asset_id="a")).posted_at == at(0)


def test_without_a_directory_a_join_adds_and_a_leave_removes() -> None:
    joined, accounted = audience(knowing(), "slack", "C1", {"ann", "ben"}, {"new": True})
    assert (joined, accounted) == ({"ann", "ben", "new"}, 0)
    left, _ = audience(knowing(), "slack", "C1", {"ann", "ben"}, {"ben": False})
    assert left == {"ann"}


def test_who_was_active_long_ago_is_forgotten_but_not_who_joined() -> None:
    presences = Presences()
    for member, day in (("old", DAY - 40), ("joined", DAY - 40), ("new", DAY)):
        presences.see("slack:C1", member, day)
    presences.join("slack:C1", "joined", joined=True)
    presences.take_changes()
    presences.forget(DAY - 28)
    assert presences.active("slack:C1") == {"new": DAY}
    assert presences.joined("slack:C1") == {"joined": True}
    assert presences.take_changes() == {f"seen {DAY - 40} 1": None}


def test_those_who_are_active_on_a_day_share_records_of_the_changelog() -> None:
    presences, restored = Presences(), Presences()
    for n in range(CHUNK + 1):
        presences.see(f"slack:C{n % 7}", f"m{n}", DAY)
        if n % 20 == 0 or n == CHUNK:
            for key, value in presences.take_changes().items():
                restored.load_seen(key.removeprefix("seen "), value)
    restored.ready()
    assert restored.days == presences.days
    for heir in (presences, restored):
        heir.see("slack:C9", "more", DAY)
        [(key, value)] = heir.take_changes().items()
        assert key == f"seen {DAY} 2"
        assert value and b"more" in value and f"m{CHUNK}".encode() in value
