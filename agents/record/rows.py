"""What each topic says as rows."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from typing import Annotated, Any

from msgspec.structs import replace
from pydantic import Field, TypeAdapter, ValidationError

from agents.decode import dead_letter, explain
from agents.effects import Record
from agents.record.anomalies import anomaly, heeded
from agents.record.events import other, posted, reacted
from agents.record.facts import moment, moment_or_none
from agents.record.prompts import outcome, outlook
from agents.tables import Row, row
from schemas.anomaly import ANOMALY
from schemas.dead_letter import DeadLetter
from schemas.erasure import without
from schemas.errors import CricketsError
from schemas.event import Watermark
from schemas.expectation import ClosedUntil, ExpectationVersion
from schemas.source_health import SourceHealth
from schemas.topic import Topic
from schemas.twins import EVENTS, OUTCOMES

STAGE = "record"
_RATES = ("overall", "segment", "asset_type", "persona", "channel", "place")
HISTORY = frozenset({*(f"rates.{kind}" for kind in _RATES), "responders", "curves", "bins", "mixture"})
"""Parts of what is learned that people read. Weights of features, and what speaks of single members, stay in the topic:
an epoch with a few hundred prompts changes thousands of weights."""

_Learned = Annotated[ExpectationVersion | ClosedUntil | SourceHealth | Watermark, Field(discriminator="kind")]
_READERS: dict[str, Callable[[bytes], Any]] = {
    Topic.EVENTS: EVENTS,
    Topic.OUTCOMES: OUTCOMES,
    Topic.ANOMALIES: ANOMALY.validate_json,
    Topic.EXPECTATIONS: TypeAdapter(_Learned).validate_json,
    Topic.DEAD_LETTERS: TypeAdapter(DeadLetter).validate_json,
}
RECORDED: tuple[str, ...] = tuple(_READERS)
"""The topics that `rows` understands."""


class UnrecordedTopicError(CricketsError):
    """Nothing says in which table the records of this topic belong."""


def rows(record: Record) -> tuple[Row, ...]:
    """Return what a record says as rows; one that cannot be understood becomes the row of a dead letter.

    A key that was removed says nothing: whoever removed it has taken care of the rows.
    """
    read = _READERS.get(record.topic)
    if read is None:
        msg = f"topic {record.topic!r} has no table: record reads {', '.join(RECORDED)}"
        raise UnrecordedTopicError(msg)
    if record.value is None:
        return ()
    try:
        return tuple(_rows(record.topic, read(record.value)))
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
    return _dead_letter(dead_letter(record, STAGE, reason, error, field))


def _rows(topic: str, value: Any) -> Iterable[Row]:
    """Say what a record says. What comes of the hot topics are twins, so it goes by kind."""
    match getattr(value, "kind", ""):
        case "message_posted" | "message_edited":
            return (posted(value),)
        case "reaction_added" | "reaction_removed":
            return (reacted(value),)
        case "outcome":
            told = outcome(value)
            return (told,) if value.outlook is None else (told, outlook(value.prompt, value.outlook))
        case "watermark":
            return (_watermark(topic, value.stage, value.partition, value.time, value.observed_until),)
        case "closed":
            return (_watermark(topic, "learn", 0, value.time, None),)
        case "anomaly":
            return (anomaly(value),)
        case "heeded":
            return (heeded(value),)
        case "version":
            return (row("expectations", facts) for facts in _expectations(value))
        case "source_health":
            return (_source_health(value),)
        case "erased":
            return ()  # whoever erased somebody has written it down
        case "":
            return (_dead_letter(value),)
        case _:
            return (other(value),)


def _expectations(learned: ExpectationVersion) -> Iterator[dict[str, Any]]:
    common = {"version": learned.version, "as_of": moment(learned.as_of), "complete": learned.full}
    for part, values in learned.values.items():
        if part not in HISTORY:
            continue
        for key, value in values.items():
            yield {**common, "part": part, "key": key, "value": json.dumps(value)}


def _source_health(health: SourceHealth) -> Row:
    return row(
        "source_health",
        {
            **health.model_dump(),
            "since": moment(health.since),
            "until": moment_or_none(health.until),
            "time": moment(health.time),
            "last_event": moment(health.last_event),
        },
    )


def _dead_letter(letter: DeadLetter) -> Row:
    facts = letter.model_dump()
    return row("dead_letters", {**facts, "dead_letter_id": letter.dead_letter_id, "time": moment(letter.time)})


def _watermark(topic: str, stage: str, partition: int, time: float, observed_until: float | None) -> Row:
    return row(
        "watermarks",
        {
            "topic": topic,
            "stage": stage,
            "partition": partition,
            "time": moment(time),
            "observed_until": moment_or_none(observed_until),
        },
    )
