"""Who saw a prompt: distinct members, where a source tells; not known is not nobody."""

from typing import Any

import msgspec
import pytest

from agents.effects import Record
from agents.track import Track, TrackRules
from agents.track.state import Conversation, Life, encode
from agents.track.viewing import MOST_VIEWERS, TOLD_DAYS
from schemas.base import Contract
from schemas.directory import Member
from schemas.erasure import ERASED, Erased, digest
from tests.factories.records import at, mark, post, react, records, see, tell
from tests.factories.taught import taught

RULES = TrackRules(every_root=True)
KNOWN = taught(Member(member="staff", staff=True), Member(member="robot", bot=True))
BEFORE = see("zoe", -5.0, "another")
"""Somebody saw something there before the prompt was posted: its source tells of views."""


def viewers(*story: Contract) -> list[int | None]:
    """Return what the verdicts on prompt p say of its viewers."""
    told = tell(Track(0, KNOWN, RULES), records([*story, mark(400)]))
    return [verdict.viewers for verdict in told.verdicts if verdict.prompt.message == "p"]


@pytest.mark.parametrize(
    ("law", "story", "expected"),
    [
        ("nobody tells of views: not known", [post()], None),
        ("the source tells, and of this one nothing: nobody", [BEFORE, post()], 0),
        ("each member once", [BEFORE, post(), see("ann", 0.1), see("ben", 0.1), see("ann", 0.2)], 2),
        ("a view of another message is none of it", [BEFORE, post(), see("ann", 0.1, "another")], 0),
        ("nor one in another place", [BEFORE, post(), see("ann", 0.1, conversation="C2")], 0),
        ("the author does not count", [BEFORE, post(), see("designer", 0.1)], 0),
        ("nor do staff", [BEFORE, post(), see("staff", 0.1)], 0),
        ("nor a bot by the directory", [BEFORE, post(), see("robot", 0.1)], 0),
        ("nor one by itself", [BEFORE, post(), see("ann", 0.1, bot=True)], 0),
        ("nor somebody who is erased", [BEFORE, post(), see(ERASED, 0.1)], 0),
        ("nor what came before the prompt", [BEFORE, see("ann", -0.1), post()], 0),
        ("of what was told of too late the beginning is missing", [post(), see("ann", 0.1)], None),
        ("views there ended long ago", [see("zoe", -24.0 * (TOLD_DAYS + 2), "another"), post()], None),
        ("and began again too late", [see("zoe", -24.0 * 60, "another"), post(), see("ann", 0.1)], None),
    ],
)  # fmt: skip
def test_a_verdict_says_how_many_saw_the_prompt(law: str, story: list[Contract], expected: int | None) -> None:
    assert viewers(*story) == [expected], law


@pytest.mark.parametrize(("seen", "expected"), [([], 0), ([see("ann", 15.05)], 1)])
def test_what_is_known_of_a_prompt_stays_known_when_views_are_rare(seen: list[Contract], expected: int) -> None:
    last = see("zoe", -24.0 * (TOLD_DAYS - 1), "another")  # ann comes more than four weeks after it, the prompt did not
    assert viewers(last, post(hours=14.8), *seen) == [expected]


def test_a_view_is_neither_a_response_nor_an_activity() -> None:
    told = tell(Track(0, KNOWN, RULES), records([BEFORE, post(), see("ann", 0.1), post("q", hours=0.2), mark(400)]))
    silent = [verdict.prompt for verdict in told.verdicts if verdict.verdict == "silent"]
    assert [prompt.message for prompt in silent] == ["p", "q"]
    assert silent[1].surroundings.active_members == 1, "the designer alone"


def test_outcomes_say_it_too_also_of_what_is_answered() -> None:
    told = tell(Track(0, KNOWN, RULES), records([BEFORE, post(), see("ann", 0.1), react("ann", 0.2), mark(400)]))
    assert [(outcome.stage, outcome.viewers) for outcome in told.outcomes] == [
        ("posted", 0), ("first_response", 1), ("closed", 1),
    ]  # fmt: skip


def test_the_same_again_changes_nothing() -> None:
    story: list[Contract] = [BEFORE, post(), see("ann", 0.1), see("ben", 0.1)]
    assert viewers(*story) == viewers(*story, *story[2:]) == [2]


def restored(before: list[Record], then: list[Record]) -> Any:
    """Play a story, lose everything but the changelog, and go on."""
    first = Track(0, KNOWN, RULES)
    tell(first, before)
    changelog = first.take_changes()
    second = Track(0, KNOWN, RULES)
    second.load(changelog)
    second.ready()
    return tell(second, then), changelog


def test_another_worker_knows_who_saw_it_and_no_name_is_kept() -> None:
    story = records([BEFORE, post(), see("xenia", 0.1), see("yvonne", 0.1)])
    told, changelog = restored(story, records([see("xenia", 0.2), see("cyd", 0.2), mark(400)], first=len(story)))
    assert [verdict.viewers for verdict in told.verdicts] == [3]
    assert not any(b"xenia" in value or b"yvonne" in value for value in changelog.values() if value)


def test_an_erased_member_saw_it_still_but_is_not_known_again() -> None:
    track = Track(0, KNOWN, RULES)
    tell(track, records([BEFORE, post(), see("ann", 0.1), see("ben", 0.1)]))
    kept = track.state.prompts["slack:C1:p"].viewers
    assert kept is not None
    track.take_changes()
    gone = Erased(digest=digest("ann"), time=at(0.3))
    tell(track, records([gone], first=4))
    assert len(kept) == 2
    assert int(digest("ann")[:16], 16) not in kept
    assert track.take_changes()["life slack:C1:p"] == track.state.prompts["slack:C1:p"].record()
    told = tell(track, records([see("ann", 0.4), mark(400)], first=5))
    assert [verdict.viewers for verdict in told.verdicts] == [3], "whoever is behind a new event is somebody else"


def test_state_of_earlier_versions_is_read() -> None:
    life = Life("p")
    whole = msgspec.msgpack.decode(life.record())
    life.restore(encode(whole[:-1]))
    assert life.viewers is None
    old = msgspec.msgpack.decode(encode([1.0, [], {}]), type=Conversation)
    assert old.views is None


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    assert MOST_VIEWERS >= 1_000
    monkeypatch.setattr("agents.track.viewing.MOST_VIEWERS", 3)
    assert viewers(BEFORE, post(), *(see(f"m{n}", 0.1) for n in range(5))) == [3]


def test_a_conversation_is_written_once_a_day_however_many_views() -> None:
    track = Track(0, KNOWN, RULES)
    tell(track, records([BEFORE]))
    assert "conversation slack:C1" in track.take_changes()
    tell(track, records([see("ann", -4.9, "another"), see("ben", -4.8, "another")], first=1))
    assert "conversation slack:C1" not in track.take_changes()


def test_who_sees_a_prompt_once_more_is_not_written_again() -> None:
    track = Track(0, KNOWN, RULES)
    tell(track, records([BEFORE, post(), see("ann", 0.1)]))
    track.take_changes()
    tell(track, records([see("ann", 0.15)], first=3))
    assert "life slack:C1:p" not in track.take_changes()
    tell(track, records([see("ben", 0.15)], first=4))
    assert "life slack:C1:p" in track.take_changes()
