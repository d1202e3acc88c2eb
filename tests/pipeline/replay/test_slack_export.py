from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline.replay import Past, UnreadablePastError, open_source
from pipeline.settings import Settings
from schemas.asset import AssetType
from schemas.dead_letter import DeadLetter
from schemas.directory import Channel, Member
from schemas.event import (
    Event,
    MemberJoined,
    MemberLeft,
    MessageEdited,
    MessagePosted,
    ReactionAdded,
    Traits,
)
from schemas.ids import pseudonym
from tests.factories.slack_export import MONDAY, SlackExport, small_export, ts

KEY = b"0123456789abcdef"


def _read(export: SlackExport, tmp_path: Path) -> Past:
    return open_source(export.write_folder(tmp_path / "acme"), KEY, Settings(_env_file=None))


def _who(user: str) -> str:
    return pseudonym(KEY, "acme", user)


def _events(past: Past) -> list[Event]:
    return [item for item in past.read() if not isinstance(item, DeadLetter)]


def _letters(past: Past) -> list[tuple[str, int, str]]:
    return [
        (item.topic.removeprefix("acme/"), item.offset, item.field)
        for item in past.read()
        if isinstance(item, DeadLetter)
    ]


def test_tells_what_happened_in_the_order_of_time(tmp_path: Path) -> None:
    past = _read(small_export(), tmp_path)
    told = [(event.kind, event.conversation, event.author, event.time - MONDAY) for event in _events(past)]
    assert told == [
        ("member_joined", "C1", _who("UBEN"), 0),
        ("message_posted", "C2", _who("UROBOT"), 50),
        ("message_posted", "C1", _who("UANN"), 100),
        ("message_edited", "C1", _who("UANN"), 130),
        ("message_posted", "C1", _who("UBEN"), 160),
        ("message_posted", "C1", _who("B1"), 200),
        ("message_posted", "C1", _who("UCYD"), 300),
        ("message_posted", "C1", _who("UBEN"), 410),
        ("member_left", "C2", _who("UCYD"), 600),
        ("reaction_added", "C1", _who("UBEN"), 7300),
        ("reaction_added", "C1", _who("UCYD"), 7300),
        ("reaction_added", "C1", _who("UROBOT"), 7300),
        ("reaction_added", "C1", _who("UBEN"), 7300),
        ("message_posted", "C1", _who("UCYD"), 90_000),
    ]
    assert (past.source, past.workspace) == ("slack-export", "acme")
    assert past.messages == 7
    assert past.total == len(told)
    assert past.observed_until == MONDAY + 90_000


def test_threads_traits_assets_and_bots(tmp_path: Path) -> None:
    events = _events(_read(small_export(), tmp_path))
    posts = {event.time - MONDAY: event for event in events if isinstance(event, MessagePosted)}
    prompt = posts[100]
    assert prompt.asset_id == "podcast-3"
    assert prompt.is_root
    assert prompt.traits == Traits(
        length=43, question=True, broadcast=True, mentions=0, link=True, ask=AssetType.DISCUSSION
    )
    assert [posts[when].thread for when in (160, 90_000, 410, 300)] == [ts(100), ts(100), ts(400), None]
    assert posts[300].traits.file
    assert posts[50].asset_id == "quiz-7"
    bots = {when for when, post in posts.items() if post.bot}
    assert bots == {50, 200}
    reactions = [(event.author, event.bot) for event in events if isinstance(event, ReactionAdded)]
    assert (_who("UROBOT"), True) in reactions
    assert (_who("UBEN"), False) in reactions
    edit = next(event for event in events if isinstance(event, MessageEdited))
    assert (edit.message, edit.traits, edit.asset_id) == (prompt.message, prompt.traits, prompt.asset_id)


def test_who_is_who_and_who_is_where(tmp_path: Path) -> None:
    past = _read(small_export(), tmp_path)
    bots = {record.member: record.bot for record in past.directory if isinstance(record, Member)}
    assert bots == {_who(user): user == "UROBOT" for user in ("UANN", "UBEN", "UCYD", "UROBOT", "UGONE")}
    places = [record for record in past.directory if isinstance(record, Channel)]
    assert places == [
        Channel(
            source="slack-export",
            conversation="C1",
            name="general",
            members=tuple(map(_who, ("UANN", "UBEN", "UCYD", "UROBOT"))),
        ),
        Channel(source="slack-export", conversation="C2", name="random", members=(_who("UANN"),)),
    ]


def test_an_app_that_posts_for_a_person_makes_no_bot_of_them(tmp_path: Path) -> None:
    export = small_export()
    export.message("general", ts(700), "UANN", "sent by a scheduler", bot_id="B3")
    export.message("general", ts(710), "UBEN", "hello", reactions=[{"name": "+1", "users": ["UANN", "UROBOT"]}])
    reactions = [event for event in _events(_read(export, tmp_path)) if isinstance(event, ReactionAdded)]
    assert {event.author: event.bot for event in reactions if event.message == ts(710)} == {
        _who("UANN"): False,
        _who("UROBOT"): True,
    }


def test_a_user_that_is_a_bot_is_one_however_it_posts(tmp_path: Path) -> None:
    export = small_export()
    export.message("general", ts(700), "UROBOT", "hello")
    export.message("general", ts(710), "UROBOT", "joined", subtype="channel_join")
    events = [event for event in _events(_read(export, tmp_path)) if event.time - MONDAY in (700, 710)]
    assert [event.bot for event in events if isinstance(event, MessagePosted | MemberJoined)] == [True, True]


def test_without_users_who_posts_as_a_bot_is_one(tmp_path: Path) -> None:
    export = small_export()
    export.users = None
    export.message("general", ts(710), "UBEN", "hello", reactions=[{"name": "+1", "users": ["UANN", "UROBOT"]}])
    past = _read(export, tmp_path)
    assert _letters(past) == [("users.json", 0, "")]
    reactions = [event for event in _events(past) if isinstance(event, ReactionAdded)]
    assert {event.author for event in reactions if event.bot} == {_who("UROBOT")}


def test_no_text_and_no_name_of_a_user_goes_further(tmp_path: Path) -> None:
    past = _read(small_export(), tmp_path)
    wire = b"".join(item.wire() for item in (*past.read(), *past.directory)) + repr(past.told).encode()
    for secret in (b"liked", b"think", b"passed", b"notes", b"UANN", b"UBEN", b"UROBOT"):
        assert secret not in wire


def test_ids_are_unique_and_the_same_every_time(tmp_path: Path) -> None:
    past = _read(small_export(), tmp_path)
    events = _events(past)
    ids = [event.event_id for event in events if event.kind != "watermark"]
    assert len(set(ids)) == len(ids)
    assert events == _events(past) == _events(_read(small_export(), tmp_path))


@pytest.mark.parametrize("top", ["", "Acme Slack export Jan 1 2025 - Jan 31 2025/"])
def test_a_zip_tells_the_same_as_its_folder(tmp_path: Path, top: str) -> None:
    zipped = small_export().write_zip(tmp_path / "Acme Slack export Jan 1 2025 - Jan 31 2025.zip", top)
    assert open_source(zipped, KEY, Settings(_env_file=None)) == _read(small_export(), tmp_path)


def test_the_workspace_may_be_named(tmp_path: Path) -> None:
    path = small_export().write_folder(tmp_path / "acme")
    past = open_source(path, KEY, Settings(_env_file=None), workspace="T0TEAM")
    authors = {event.author for event in _events(past) if isinstance(event, MessagePosted)}
    assert pseudonym(KEY, "T0TEAM", "UANN") in authors


def _break(**changes: Any) -> Callable[[SlackExport], None]:
    def apply(export: SlackExport) -> None:
        export.record("general", ts(170), {"type": "message", "user": "UBEN", "text": "x", "ts": ts(170)} | changes)

    return apply


def _put(name: str, content: Any) -> Callable[[SlackExport], None]:
    return lambda export: export.files.update({name: content})


def _append(where: str, record: Any) -> Callable[[SlackExport], None]:
    return lambda export: getattr(export, where).append(record)


DAY = "general/2025-01-02.json"
SECRET = "a text that nobody may see"

BROKEN: dict[str, tuple[Callable[[SlackExport], None], tuple[str, int, str]]] = {
    "ts is a number": (_break(ts=12.5), (DAY, 8, "ts")),
    "ts is no time": (_break(ts=SECRET), (DAY, 8, "ts")),
    "no author": (_break(user=None), (DAY, 8, "user")),
    "reactions are no list": (_break(reactions={"name": SECRET}), (DAY, 8, "reactions")),
    "a reaction without users": (_break(reactions=[{"name": "+1"}]), (DAY, 8, "reactions.0.users")),
    "text is a number": (_break(text=7), (DAY, 8, "text")),
    "unknown subtype": (_break(subtype="strange"), (DAY, 8, "subtype")),
    "another type": (_break(type=SECRET), (DAY, 8, "type")),
    "a join of nobody": (_break(subtype="channel_join", user=None), (DAY, 8, "user")),
    "an asset without id": (
        _break(metadata={"event_type": "crickets_asset", "event_payload": {}}),
        (DAY, 8, "metadata.event_payload.asset_id"),
    ),
    "from the future": (_break(ts="4102000000.000100"), (DAY, 8, "ts")),
    "the same message twice": (_break(ts=ts(160)), (DAY, 8, "ts")),
    "no object": (lambda export: export.record("general", ts(0), SECRET), (DAY, 8, "")),
    "day file is no JSON": (
        _put("random/2025-01-03.json", b'[{"text": "' + SECRET.encode()),
        ("random/2025-01-03.json", 0, ""),
    ),
    "day file is deeply nested": (_put("random/2025-01-03.json", b"[" * 100_000), ("random/2025-01-03.json", 0, "")),
    "day file is no list": (_put("random/2025-01-03.json", {"text": SECRET}), ("random/2025-01-03.json", 0, "")),
    "users are no JSON": (_put("users.json", b"\xff\xfe"), ("users.json", 0, "")),
    "a user without id": (_append("users", {"name": SECRET}), ("users.json", 5, "id")),
    "a channel without name": (_append("channels", {"id": "C9"}), ("channels.json", 2, "name")),
}


@pytest.mark.parametrize(("change", "expected"), BROKEN.values(), ids=BROKEN.keys())
def test_what_is_broken_is_a_dead_letter_and_stops_nothing(
    tmp_path: Path, change: Callable[[SlackExport], None], expected: tuple[str, int, str]
) -> None:
    export = small_export()
    change(export)
    past = _read(export, tmp_path)
    letter = next(item for item in past.read() if isinstance(item, DeadLetter))
    assert _letters(past) == [expected]
    assert (letter.stage, letter.source) == ("replay", "slack-export")
    assert letter.topic.startswith("acme/"), "files of two workspaces have the same names"
    assert letter.reason
    assert letter.error
    assert SECRET not in letter.model_dump_json()
    assert past.messages == 7


def test_private_places_are_never_read(tmp_path: Path) -> None:
    export = small_export()
    export.files["groups.json"] = [{"id": "G1", "name": "secret"}]
    export.channel("C3", "hidden", is_private=True)
    for folder in ("secret", "D0DIRECT", "hidden"):
        export.message(folder, ts(10), "UANN", "psst")
    past = _read(export, tmp_path)
    assert past.messages == 7
    assert _letters(past) == []
    assert len(past.notes) == 1
    assert past.notes[0].startswith("3 folders left out")
    assert "secret" not in past.notes[0]


def test_folder_names_with_accents_taken_apart_are_found(tmp_path: Path) -> None:
    export = small_export()
    export.channel("C3", "caf\N{LATIN SMALL LETTER E WITH ACUTE}")
    export.message("cafe\N{COMBINING ACUTE ACCENT}", ts(10), "UANN", "hello")
    assert _read(export, tmp_path).messages == 8


def test_kinds_of_events(tmp_path: Path) -> None:
    kinds = {type(event) for event in _events(_read(small_export(), tmp_path))}
    assert kinds == {MemberJoined, MemberLeft, MessagePosted, MessageEdited, ReactionAdded}


def test_an_export_without_any_message_is_an_error(tmp_path: Path) -> None:
    export = SlackExport()
    export.channel("C1", "general")
    with pytest.raises(UnreadablePastError, match=r"no message in any public channel of this export$"):
        _read(export, tmp_path)


def test_an_export_whose_channels_cannot_be_read_says_so(tmp_path: Path) -> None:
    export = small_export()
    export.files["channels.json"] = b"{"
    with pytest.raises(UnreadablePastError, match=r"channels\.json: the file is no JSON"):
        _read(export, tmp_path)
