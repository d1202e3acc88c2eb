"""One way to refuse a record: a dead letter with field, reason and position, and the stream goes on."""

from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from agents.effects import Record, Send
from schemas.dead_letter import DeadLetter
from schemas.topic import Topic

T = TypeVar("T")


def decode(adapter: TypeAdapter[T], record: Record, stage: str) -> T | Send:
    """Return the record's value, or the dead letter to send instead."""
    try:
        return adapter.validate_json(record.value)
    except ValidationError as error:
        return refuse(record, stage, error)


def refuse(record: Record, stage: str, error: ValidationError) -> Send:
    """Turn a validation error into a dead letter; the value itself is not repeated in it."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    letter = DeadLetter(
        stage=stage,
        reason=first["msg"],
        field=".".join(str(part) for part in first["loc"]),
        error=first["type"],
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
    )
    return Send(Topic.DEAD_LETTERS, key=stage, value=letter)
