"""What each topic says as rows."""

import json
from collections.abc import Iterator, Sequence, Set
from typing import Annotated, Any, cast

from msgspec.structs import replace
from pydantic import Field, TypeAdapter, ValidationError

from agents.decode import dead_letter, explain
from agents.effects import Record
from agents.record.anomalies import anomaly, heeded
from agents.record.facts import Facts, moment, moment_or_none
from agents.record.prompts import outcome, outlook
from agents.tables import Row, row
from schemas.anomaly import ANOMALY, Anomaly
from schemas.dead_letter import DeadLetter
from schemas.erasure import Erased, without
from schemas.errors import CricketsError
from schemas.event import (
    EVENT,
    MemberJoined,
    MemberLeft,
    MessageDeleted,
    MessageEdited,
    MessagePosted,
    ReactionAdded,
    ReactionRemoved,
    Traits,
    Watermark,
)
from schemas.expectation import ClosedUntil, ExpectationVersion
from schemas.feedback import Heeded
from schemas.outcome import OUTCOME, Outcome
from schemas.source_health import SourceHealth
from schemas.topic import Topic

STAGE = "record"
_RATES = ("overall", "segment", "asset_type", "persona", "channel", "place")
HISTORY = frozenset({*(f"rates.{kind}" for kind in _RATES), "responders", "curves", "bins", "mixture"})
"""Parts of what is learned that people read. Weights of features, and what speaks of single members, stay in the topic:
an epoch with a few hundred prompts changes thousands of weights."""

_Learned = Annotated[ExpectationVersion | ClosedUntil | SourceHealth | Watermark, Field(discriminator="kind")]
_ADAPTERS: dict[str, TypeAdapter[Any]] = {
    Topic.EVENTS: EVENT,
    Topic.OUTCOMES: OUTCOME,
    Topic.ANOMALIES: ANOMALY,
    Topic.EXPECTATIONS: TypeAdapter(_Learned),
    Topic.DEAD_LETTERS: TypeAdapter(DeadLetter),
}
RECORDED: tuple[str, ...] = tuple(_ADAPTERS)
"""The topics that `rows` understands."""


class UnrecordedTopicError(CricketsError):
    """Nothing says in which table the records of this topic belong."""


def rows(record: Record) -> tuple[Row, ...]:
    """Return what a record says as rows; one that cannot be understood becomes the row of a dead letter.

    A key that was removed says nothing: whoever removed it has taken care of the rows.
    """
    adapter = _ADAPTERS.get(record.topic)
    if adapter is None:
        msg = f"topic {record.topic!r} has no table: record reads {', '.join(RECORDED)}"
        raise UnrecordedTopicError(msg)
    if record.value is None:
        return ()
    try:
        return tuple(row(table, facts) for table, facts in _facts(record.topic, adapter.validate_json(record.value)))
    except ValidationError as error:
        reason, field, kind = explain(error)
        return (refused(record, reason, kind, field),)
    except (OverflowError, ValueError):
        return (refused(record, "a moment lies after the year 2299, which no table can hold", "out_of_range"),)


def known(records: Sequence[Record], erased: Set[str]) -> Sequence[Record]:
    """Return records without the pseudonyms of erased members: what was under way when they were comes later."""
    if not erased:
        return records
    return [
        record if record.value is None else replace(record, value=_without(record.value, erased)) for record in records
    ]


def _without(value: bytes, erased: Set[str]) -> bytes:
    return without(value.decode(errors="replace"), erased).encode()


def refused(record: Record, reason: str, error: str, field: str = "") -> Row:
    """Return the row of the dead letter that points to a record whose own rows cannot be written."""
    return row(*_dead_letter(dead_letter(record, STAGE, reason, error, field)))


def _facts(topic: str, value: object) -> Iterator[Facts]:
    match value:
        case Erased():
            pass  # whoever erased somebody has written it down
        case Watermark():
            yield _watermark(topic, value.stage, value.partition, value.time, value.observed_until)
        case ClosedUntil():
            yield _watermark(topic, "learn", 0, value.time, None)
        case Outcome():
            yield outcome(value)
            if value.outlook is not None:
                yield outlook(value.prompt, value.outlook)
        case Anomaly():
            yield anomaly(value)
        case Heeded():
            yield heeded(value)
        case ExpectationVersion():
            yield from _expectations(value)
        case SourceHealth():
            yield _source_health(value)
        case DeadLetter():
            yield _dead_letter(value)
        case _:
            yield _event(cast(_ConversationEvent, value))


_ConversationEvent = (
    MessagePosted | MessageEdited | MessageDeleted | ReactionAdded | ReactionRemoved | MemberJoined | MemberLeft
)


def _event(event: _ConversationEvent) -> Facts:
    traits: Traits = getattr(event, "traits", None) or Traits()
    return "events", {
        **traits.model_dump(),
        "ask": traits.ask or "",
        "event_id": event.event_id,
        "kind": event.kind,
        "source": event.source,
        "workspace": event.workspace,
        "conversation": event.conversation,
        "time": moment(event.time),
        "author": getattr(event, "author", ""),
        "bot": getattr(event, "bot", False),
        "message": getattr(event, "message", ""),
        "thread": getattr(event, "thread", None),
        "reaction": getattr(event, "reaction", ""),
        "asset_id": getattr(event, "asset_id", None) or "",
    }


def _expectations(learned: ExpectationVersion) -> Iterator[Facts]:
    common = {"version": learned.version, "as_of": moment(learned.as_of), "complete": learned.full}
    for part, values in learned.values.items():
        if part not in HISTORY:
            continue
        for key, value in values.items():
            yield "expectations", {**common, "part": part, "key": key, "value": json.dumps(value)}


def _source_health(health: SourceHealth) -> Facts:
    return "source_health", {
        **health.model_dump(),
        "since": moment(health.since),
        "until": moment_or_none(health.until),
        "time": moment(health.time),
        "last_event": moment(health.last_event),
    }


def _dead_letter(letter: DeadLetter) -> Facts:
    facts = letter.model_dump()
    return "dead_letters", {**facts, "dead_letter_id": letter.dead_letter_id, "time": moment(letter.time)}


def _watermark(topic: str, stage: str, partition: int, time: float, observed_until: float | None) -> Facts:
    return "watermarks", {
        "topic": topic,
        "stage": stage,
        "partition": partition,
        "time": moment(time),
        "observed_until": moment_or_none(observed_until),
    }
