import gzip
import json
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest

from agents.track import Track, TrackRules
from pipeline.replay import Past, UnreadablePastError, open_source
from pipeline.replay.past import reacted_at
from pipeline.settings import Settings
from schemas.asset import AssetType
from schemas.base import HOUR
from schemas.dead_letter import DeadLetter
from schemas.event import Event, MessagePosted, MessageSeen, ReactionAdded, Traits, Watermark
from schemas.ids import pseudonym
from tests.factories.records import records, tell
from tests.factories.taught import taught

KEY = b"0123456789abcdef"
SECRET = "a text that nobody may see"


def _line(id_: str = "m1", **more: Any) -> dict[str, Any]:
    line = {
        "id": id_,
        "channel": "c1",
        "author": "ann",
        "ts": 1000.0,
        "parent": None,
        "root": id_,
        "reactions": [],
        "text_length": 5,
        "is_question": False,
        "kind": "message",
        "is_bot": False,
    }
    return line | more


def _reaction(author: str = "ben", name: str = "+1", **when: float | None) -> dict[str, Any]:
    return {"author": author, "name": name, "ts": None} | when


def _write(path: Path, *lines: Any) -> Path:
    whole = [line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines]
    path.write_bytes(b"\n".join(whole) + b"\n")
    return path


def _read(path: Path, **settings: Any) -> Past:
    return open_source(path, KEY, Settings(_env_file=None, **settings))


def _events(past: Past) -> list[Event]:
    return [item for item in past.read() if not isinstance(item, DeadLetter)]


def _letters(past: Past) -> list[DeadLetter]:
    return [item for item in past.read() if isinstance(item, DeadLetter)]


def test_a_message_becomes_an_event_with_its_traits(tmp_path: Path) -> None:
    more: dict[str, Any] = {"n_mentions": 2, "broadcast": True, "has_link": True, "has_code": True, "has_file": True}
    path = _write(tmp_path / "a.jsonl", _line(is_question=True, text=SECRET, unknown={"a": 1}, **more))
    (event,) = _events(_read(path))
    assert event == MessagePosted(
        event_id="archive:c1:message:m1",
        source="archive",
        workspace="a",
        conversation="c1",
        time=1000.0,
        author=pseudonym(KEY, "a", "ann"),
        message="m1",
        traits=Traits(
            length=5,
            question=True,
            broadcast=True,
            mentions=2,
            link=True,
            code=True,
            file=True,
            ask=AssetType.QUESTION,
        ),
    )
    assert SECRET not in event.model_dump_json()


def test_replies_name_their_root_even_one_that_was_deleted_or_is_missing(tmp_path: Path) -> None:
    path = _write(
        tmp_path / "a.jsonl",
        _line("m1", kind="tombstone", is_bot=True, author="slackbot", ts=999.0),
        _line("m2", root="m1", kind="thread_broadcast"),
        _line("m3", root="elsewhere"),
        _line("m4"),
    )
    posts = {event.message: event.thread for event in _events(_read(path)) if isinstance(event, MessagePosted)}
    assert posts == {"m2": "m1", "m3": "elsewhere", "m4": None}


def test_an_unsorted_archive_is_told_in_the_order_of_time_and_ties_as_in_the_file(tmp_path: Path) -> None:
    reactions = [_reaction("cyd", ts=1000.0), _reaction("ben", ts=1500.0)]
    path = _write(
        tmp_path / "a.jsonl",
        _line("late", ts=2000.0),
        _line("first", reactions=reactions),
        _line("second"),
        _line("third"),
    )
    told = [(event.time, event.message) for event in _events(_read(path)) if not isinstance(event, DeadLetter)]
    assert told == [
        (1000.0, "first"),
        (1000.0, "first"),
        (1000.0, "second"),
        (1000.0, "third"),
        (1500.0, "first"),
        (2000.0, "late"),
    ]


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ({"at": 5.0, "lo": 50.0, "hi": 60.0}, 5.0),
        ({"at": None, "lo": None, "hi": None}, 7200.0),
        ({"at": None, "lo": 0.0, "hi": 90_000.0}, 7200.0),
        ({"at": None, "lo": 8000.0, "hi": None}, 8000.0),
        ({"at": None, "lo": None, "hi": 60.0}, 60.0),
        ({"at": None, "lo": 0.0, "hi": 60.0}, 60.0),
    ],
)
def test_when_somebody_reacted(when: dict[str, float | None], expected: float) -> None:
    assert reacted_at(0.0, 2.0, **when) == expected


def test_the_settings_say_how_undated_reactions_are_dated(tmp_path: Path) -> None:
    path = _write(tmp_path / "a.jsonl", _line(reactions=[_reaction()]))
    past = _read(path, replay={"undated_reaction_hours": 0.5})
    assert [event.time for event in _events(past)] == [1000.0, 2800.0]
    assert past.observed_until == 1000.0


def test_a_member_holds_a_reaction_once(tmp_path: Path) -> None:
    reactions = [_reaction(ts=1300.0), _reaction(ts=1200.0), _reaction(name="eyes"), _reaction("cyd")]
    past = _read(_write(tmp_path / "a.jsonl", _line(reactions=reactions)))
    events = [event for event in _events(past) if isinstance(event, ReactionAdded)]
    ben = pseudonym(KEY, "a", "ben")
    assert [(event.time, event.reaction) for event in events if event.author == ben] == [
        (1200.0, "+1"),
        (8200.0, "eyes"),
    ]
    assert len({event.event_id for event in events}) == len(events) == 3
    assert past.total == 4


def test_who_posts_as_a_bot_reacts_as_one(tmp_path: Path) -> None:
    path = _write(
        tmp_path / "a.jsonl",
        _line("m1", reactions=[_reaction("robot"), _reaction("ben")]),
        _line("m2", author="robot", is_bot=True, ts=9000.0),
    )
    reactions = {event.author: event.bot for event in _events(_read(path)) if isinstance(event, ReactionAdded)}
    assert reactions == {pseudonym(KEY, "a", "robot"): True, pseudonym(KEY, "a", "ben"): False}


def _without(name: str) -> dict[str, Any]:
    return {key: value for key, value in _line("broken").items() if key != name}


BROKEN: dict[str, tuple[Any, str]] = {
    "no JSON": (b'{"text": "' + SECRET.encode(), ""),
    "no UTF-8": (b'{"id": "\xff"}', ""),
    "no object": ([SECRET], ""),
    **{f"no {name}": (_without(name), name) for name in _line() if name != "parent"},
    "id is empty": (_line(""), "id"),
    "channel is a number": (_line("broken", channel=7), "channel"),
    "author is null": (_line("broken", author=None), "author"),
    "ts is a text": (_line("broken", ts="1000"), "ts"),
    "ts is negative": (_line("broken", ts=-1.0), "ts"),
    "ts is not finite": (_line("broken", ts=float("nan")), "ts"),
    "ts is in milliseconds": (_line("broken", ts=1_700_000_000_000), "ts"),
    "length is negative": (_line("broken", text_length=-1), "text_length"),
    "is_bot is a text": (_line("broken", is_bot=SECRET), "is_bot"),
    "a reaction without author": (_line("broken", reactions=[_reaction(), {"name": "+1"}]), "reactions.1.author"),
    "a message twice": (_line("m1", ts=5.0), "id"),
}


@pytest.mark.parametrize(("line", "field"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_line_is_a_dead_letter_and_stops_nothing(tmp_path: Path, line: Any, field: str) -> None:
    past = _read(_write(tmp_path / "a.jsonl", _line("m1"), b"", line, _line("m2")))
    (letter,) = _letters(past)
    assert (letter.stage, letter.source, letter.topic, letter.offset) == ("replay", "archive", "a.jsonl", 3)
    assert letter.field == field
    assert letter.reason
    assert letter.error
    assert SECRET not in letter.model_dump_json()
    assert [event.message for event in _events(past) if isinstance(event, MessagePosted)] == ["m1", "m2"]
    assert past.total == 3


def test_a_truncated_gzip_is_used_up_to_where_it_ends(tmp_path: Path) -> None:
    lines = b"".join(
        json.dumps(_line(f"m{n}", ts=float(crc32(b"%d" % n) % 10**9))).encode() + b"\n" for n in range(5000)
    )
    packed = gzip.compress(lines)
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(packed[: len(packed) // 2])
    past = _read(path)
    (letter,) = _letters(past)
    assert 1000 < past.messages < 5000
    assert (letter.offset, letter.error) == (past.messages + 1, "EOFError")


def test_whether_it_is_gzipped_is_not_told_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "misnamed.jsonl"
    path.write_bytes(gzip.compress(json.dumps(_line()).encode()))
    assert _read(path).messages == 1


def test_an_archive_of_nothing_but_broken_lines_is_an_error(tmp_path: Path) -> None:
    path = _write(tmp_path / "a.jsonl", _line(author=None), _line(ts=""))
    with pytest.raises(UnreadablePastError, match="Line 1: author Input should be a valid string"):
        _read(path)


def test_a_message_from_the_future_is_no_end_of_the_archive(tmp_path: Path) -> None:
    path = _write(tmp_path / "a.jsonl", _line(), _line("m2", ts=4_102_000_000.0))
    past = _read(path)
    assert [(letter.offset, letter.field, letter.error) for letter in _letters(past)] == [(2, "ts", "future")]
    assert past.observed_until == 1000.0


def test_who_saw_a_message_is_told_once_a_member(tmp_path: Path) -> None:
    views = [{"author": "ben", "ts": 1030.0}, {"author": "cyd", "ts": 1020.0}, {"author": "ben", "ts": 1010.0}]
    path = _write(tmp_path / "a.jsonl", _line(views=views, reactions=[_reaction("dan", ts=1040.0)]))
    seen = [event for event in _events(_read(path)) if isinstance(event, MessageSeen)]
    ben, cyd = (pseudonym(KEY, "a", name) for name in ("ben", "cyd"))
    assert [(event.author, event.time, event.message) for event in seen] == [(ben, 1010.0, "m1"), (cyd, 1020.0, "m1")]
    assert [event.kind for event in _events(_read(path))] == [
        "message_posted", "message_seen", "message_seen", "reaction_added",
    ]  # fmt: skip
    assert _read(path).total == 4


def test_a_broken_view_is_refused_with_its_line(tmp_path: Path) -> None:
    path = _write(tmp_path / "a.jsonl", _line(), _line("m2", views=[{"author": "ben"}]))
    past = _read(path)
    assert past.messages == 1
    assert [(letter.offset, letter.field) for letter in _letters(past)] == [(2, "views.0.ts")]


def test_a_question_that_many_saw_and_nobody_answered_says_so_in_its_verdict(tmp_path: Path) -> None:
    seen = [{"author": f"m{n}", "ts": 2010.0 + n} for n in range(7)]
    before = _line("m0", views=[{"author": "ben", "ts": 1500.0}])
    asked = _line("m1", ts=2000.0, is_question=True, views=seen)
    late = _line("m2", ts=2000.0 + 200 * HOUR)
    events = _events(_read(_write(tmp_path / "a.jsonl", before, asked, late)))
    track = Track(0, taught(since=1000.0), TrackRules(every_root=True))
    told = tell(track, records([*events, Watermark(time=2000.0 + 400 * HOUR)]))
    viewers = {verdict.prompt.message: verdict.viewers for verdict in told.verdicts}
    assert viewers["m1"] == 7
    assert viewers["m0"] is None


@pytest.mark.parametrize(
    ("field", "more"),
    [
        ("reactions.1.ts", {"reactions": [_reaction(ts=1010.0), _reaction("cyd", ts=4e9)]}),
        ("reactions.0.ts_lo", {"reactions": [_reaction(ts_lo=4e9)]}),
        ("views.0.ts", {"views": [{"author": "ben", "ts": 4e9}]}),
    ],
)
def test_a_reaction_or_view_from_the_future_does_not_move_the_end(
    tmp_path: Path, field: str, more: dict[str, Any]
) -> None:
    past = _read(_write(tmp_path / "a.jsonl", _line(), _line("m2", **more)))
    assert [event.time for event in _events(past)] == [1000.0]
    assert [(letter.offset, letter.field, letter.error) for letter in _letters(past)] == [(2, field, "future")]
