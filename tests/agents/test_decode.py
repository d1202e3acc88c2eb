"""A record that cannot be understood becomes a pointer to itself, with the reason and never with its content."""

import pytest

from agents.decode import decode, source_of
from agents.effects import Record, Send
from schemas.dead_letter import DeadLetter
from schemas.event import EVENT
from schemas.topic import Topic
from tests.factories.records import mark, post, react

SECRET = "what was written"


def refused(value: bytes) -> DeadLetter:
    sent = decode(EVENT, Record("events", 3, 14, b"slack:C1", value), "track")
    assert isinstance(sent, Send)
    assert (sent.topic, sent.key, sent.partition) == (Topic.DEAD_LETTERS, "track", None)
    assert isinstance(sent.value, DeadLetter)
    return sent.value


@pytest.mark.parametrize("value", [post(), react("ann", 1), mark(1)], ids=lambda value: value.kind)
def test_what_is_understood_is_returned_as_it_was(value: object) -> None:
    assert decode(EVENT, Record("events", 0, 0, None, value.wire()), "track") == value  # type: ignore[attr-defined]


BROKEN = {
    "no JSON": (SECRET.encode(), "", "json_invalid"),
    "no object": (f'["{SECRET}"]'.encode(), "", "dict_type"),
    "no kind": (b"{}", "kind", "union_tag_not_found"),
    "an unknown kind": (f'{{"kind": "{SECRET}"}}'.encode(), "kind", "union_tag_invalid"),
    "an unknown field": (f'{{"kind": "watermark", "time": 1, "{SECRET}": 2}}'.encode(), "watermark", "extra_forbidden"),
    "a wrong type": (react("ann", 1).wire().replace(b'"time":', b'"time":"' + SECRET.encode() + b'","x":'),
                     "reaction_added.time", "float_parsing"),
    "a missing field": (react("ann", 1).wire().replace(b'"author":"ann",', b""), "reaction_added.author", "missing"),
    "a moment before time": (b'{"kind":"watermark","time":-1}', "watermark.time", "greater_than_equal"),
    "not even text": (b"\xff\xfe", "", "json_invalid"),
    "nothing": (b"", "", "json_invalid"),
}  # fmt: skip


@pytest.mark.parametrize(("value", "field", "error"), BROKEN.values(), ids=BROKEN)
def test_the_letter_says_where_and_what_and_repeats_nothing(value: bytes, field: str, error: str) -> None:
    letter = refused(value)
    assert (letter.field, letter.error) == (field, error)
    assert (letter.stage, letter.topic, letter.partition, letter.offset) == ("track", "events", 3, 14)
    assert letter.source == "slack"
    assert letter.reason
    assert SECRET not in letter.model_dump_json()


def test_the_same_record_refused_twice_is_the_same_letter() -> None:
    assert refused(b"{}").dead_letter_id == refused(b"{}").dead_letter_id == "track/events/3/14"


@pytest.mark.parametrize(
    ("topic", "key", "source"),
    [
        ("events", b"slack:C1", "slack"),
        ("webhooks", b"slack:C1", "slack"),
        ("webhooks", b"a key of their own", ""),
        ("events", None, ""),
        ("events", b"watermark", ""),
        ("outcomes", b"slack:C1:1", ""),
    ],
)
def test_the_source_is_known_where_the_key_begins_with_it(topic: str, key: bytes | None, source: str) -> None:
    assert source_of(Record(topic, 0, 0, key, b"")) == source
