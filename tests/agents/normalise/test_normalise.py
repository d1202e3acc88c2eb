import json
from collections.abc import Iterable

import pytest

from agents.effects import Record, Send
from agents.normalise import SlackTranslator, normalise
from schemas.dead_letter import DeadLetter
from schemas.event import Event, MessagePosted, Watermark
from schemas.topic import Topic
from schemas.webhook import Webhook

TRANSLATORS = {"slack": SlackTranslator(b"0123456789abcdef")}


def record(value: bytes, offset: int = 0, partition: int = 2) -> Record:
    return Record(Topic.WEBHOOKS, partition, offset, b"slack:C1", value)


def webhook(text: str = "Hello", source: str = "slack", kind: str = "message", ts: float = 1.6e9) -> bytes:
    event = {"type": kind, "channel": "C1", "user": "U1", "text": text, "ts": f"{ts:.6f}"}
    body = json.dumps({"type": "event_callback", "team_id": "T1", "event": event})
    return Webhook(source=source, received_at=1_700_000_000.0, body=body).wire()


def run(*values: bytes) -> list[Send]:
    records = [record(value, offset) for offset, value in enumerate(values, start=40)]
    effects = list(normalise(records, translators=TRANSLATORS, now=5.0))
    assert all(isinstance(effect, Send) for effect in effects)
    return [effect for effect in effects if isinstance(effect, Send)]


def test_an_event_goes_on_in_the_partition_in_which_its_webhook_stands() -> None:
    (sent,) = run(webhook())
    assert (sent.topic, sent.key, sent.partition) == (Topic.EVENTS, "slack:C1", 2)
    assert isinstance(sent.value, MessagePosted)


def test_a_clock_may_be_somewhat_ahead() -> None:
    (sent,) = run(webhook(ts=1.7e9 + 3599))
    assert isinstance(sent.value, MessagePosted)


def test_a_watermark_is_passed_on_with_its_order_kept() -> None:
    before, mark, after = run(webhook(), Watermark(time=9.0, stage="replay", observed_until=8.0).wire(), webhook())
    assert before == after
    assert (mark.topic, mark.partition) == (Topic.EVENTS, 2)
    assert mark.value == Watermark(time=9.0, stage="source", partition=2, observed_until=8.0)


@pytest.mark.parametrize(
    ("value", "field", "error", "source", "time"),
    [
        (b"", "", "json_invalid", "", 5.0),
        (b"\xff", "", "json_invalid", "", 5.0),
        (b"{}", "kind", "union_tag_not_found", "", 5.0),
        (b'{"kind": "Hello"}', "kind", "union_tag_invalid", "", 5.0),
        (b'{"kind": "webhook", "source": "slack"}', "webhook.received_at", "missing", "", 5.0),
        (webhook(ts=1.7e9 + 3601), "time", "UntranslatableError", "slack", 1_700_000_000.0),
        (webhook(source="pigeon"), "source", "UntranslatableError", "pigeon", 1_700_000_000.0),
        (webhook(kind="something_new"), "event.type", "UntranslatableError", "slack", 1_700_000_000.0),
    ],
)
def test_what_cannot_be_understood_is_put_aside_with_reason_and_position(
    value: bytes, field: str, error: str, source: str, time: float
) -> None:
    before, dead, after = run(webhook(), value, webhook())
    assert before.topic == after.topic == Topic.EVENTS
    letter = dead.value
    assert isinstance(letter, DeadLetter)
    assert dead.topic == Topic.DEAD_LETTERS
    assert dead.key
    assert (letter.stage, letter.field, letter.error, letter.source) == ("normalise", field, error, source)
    assert (letter.topic, letter.partition, letter.offset, letter.time) == (Topic.WEBHOOKS, 2, 41, time)
    assert letter.reason
    assert "Hello" not in letter.wire().decode()


def test_an_unknown_source_is_told_the_known_ones() -> None:
    (dead,) = run(webhook(source="pigeon"))
    assert isinstance(dead.value, DeadLetter)
    assert dead.value.reason == "there is no translator for this source: 'pigeon'; known: slack"


def test_a_bug_in_a_translator_stops_nothing_and_gives_no_half_webhook() -> None:
    def broken(webhook: Webhook) -> Iterable[Event]:
        yield Watermark(time=1.0)
        raise ZeroDivisionError(webhook.body)

    effects = list(normalise([record(webhook()), record(webhook())], translators={"slack": broken}))
    letters = [effect.value for effect in effects if isinstance(effect, Send)]
    assert len(letters) == 2
    for letter in letters:
        assert isinstance(letter, DeadLetter)
        assert letter.error == "ZeroDivisionError"
        assert "Hello" not in letter.wire().decode()


def test_the_same_batch_again_gives_the_same_effects() -> None:
    assert run(webhook(), b"", webhook("#asset:a")) == run(webhook(), b"", webhook("#asset:a"))
