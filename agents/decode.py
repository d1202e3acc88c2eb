"""One way to refuse a record: a dead letter with field, reason and position, and the stream goes on."""

from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from agents.effects import Record, Send
from schemas.dead_letter import DeadLetter
from schemas.ids import name_or_nothing
from schemas.topic import Topic

T = TypeVar("T")

_KEYED_BY_CONVERSATION = (Topic.WEBHOOKS, Topic.EVENTS)


def decode(adapter: TypeAdapter[T], record: Record, stage: str) -> T | Send:
    """Return the record's value, or the dead letter to send instead."""
    try:
        return adapter.validate_json(record.value)
    except ValidationError as error:
        return refuse(record, stage, error)


def explain(error: ValidationError) -> tuple[str, str, str]:
    """Return reason, field and kind of the first thing that is wrong, and nothing of what stands there."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    loc = tuple(str(part) for part in first["loc"])
    match first["type"]:
        case "union_tag_invalid" | "union_tag_not_found":  # the message repeats what was found
            return "`kind` is none of those that the topic has", ".".join((*loc, "kind")), first["type"]
        case "extra_forbidden":  # the last part of the place is the name that was found
            return "there is a field that is not defined", ".".join(loc[:-1]), first["type"]
        case kind:
            return first["msg"], ".".join(loc), kind


def refuse(record: Record, stage: str, error: ValidationError) -> Send:
    """Turn a validation error into a dead letter; the value itself is not repeated in it."""
    reason, field, kind = explain(error)
    return Send(Topic.DEAD_LETTERS, key=stage, value=dead_letter(record, stage, reason, kind, field))


def dead_letter(record: Record, stage: str, reason: str, error: str, field: str = "") -> DeadLetter:
    """Return the dead letter that points to a record."""
    return DeadLetter(
        stage=stage,
        source=source_of(record),
        reason=reason,
        field=field,
        error=error,
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
    )


def source_of(record: Record) -> str:
    """Return the source as far as the key tells it: webhooks and events are keyed source:conversation."""
    if record.topic not in _KEYED_BY_CONVERSATION or record.key is None:
        return ""
    source, colon, _ = record.key.decode(errors="replace").partition(":")
    return name_or_nothing(source) if colon else ""
