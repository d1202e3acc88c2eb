"""record: turn what stands in the topics into rows of the tables, one pure function for all of them."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Any, cast

from pydantic import Field, TypeAdapter, ValidationError

from agents.decode import explain, source_of
from agents.effects import Record
from agents.tables import Row, row
from schemas.anomaly import ANOMALY, Anomaly
from schemas.dead_letter import DeadLetter
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
from schemas.expectation import ClosedUntil, Expectation, ExpectationVersion
from schemas.feedback import Heeded
from schemas.outcome import OUTCOME, Outcome, Outlook, Prompt
from schemas.source_health import SourceHealth
from schemas.topic import Topic
from schemas.verdict import HiddenPersona

STAGE = "record"
_RATES = ("overall", "segment", "asset_type", "persona", "channel", "place")
HISTORY = frozenset({*(f"rates.{kind}" for kind in _RATES), "responders", "curves", "bins", "mixture"})
"""Parts of what is learned that people read. Weights of features, and what speaks of single members, stay in the topic:
an epoch with a few hundred prompts changes thousands of weights."""
_LAST_MOMENT = datetime(2299, 12, 31, tzinfo=UTC).timestamp()  # where ClickHouse's DateTime64 ends

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
    """Return what a record says as rows; one that cannot be understood becomes the row of a dead letter."""
    adapter = _ADAPTERS.get(record.topic)
    if adapter is None:
        msg = f"topic {record.topic!r} has no table: record reads {', '.join(RECORDED)}"
        raise UnrecordedTopicError(msg)
    try:
        return tuple(row(table, facts) for table, facts in _facts(record.topic, adapter.validate_json(record.value)))
    except ValidationError as error:
        reason, field, kind = explain(error)
        return (refused(record, reason, kind, field),)
    except (OverflowError, ValueError):
        return (refused(record, "a moment lies after the year 2299, which no table can hold", "out_of_range"),)


def refused(record: Record, reason: str, error: str, field: str = "") -> Row:
    """Return the row of the dead letter that points to a record whose own rows cannot be written."""
    letter = DeadLetter(
        stage=STAGE,
        source=source_of(record),
        reason=reason,
        field=field,
        error=error,
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
    )
    return row(*_dead_letter(letter))


Facts = tuple[str, dict[str, Any]]


def _facts(topic: str, value: object) -> Iterator[Facts]:
    match value:
        case Watermark():
            yield _watermark(topic, value.stage, value.partition, value.time, value.observed_until)
        case ClosedUntil():
            yield _watermark(topic, "learn", 0, value.time, None)
        case Outcome():
            yield _outcome(value)
            if value.outlook is not None:
                yield _outlook(value.prompt, value.outlook)
        case Anomaly():
            yield _anomaly(value)
        case Heeded():
            yield _heeded(value)
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
        "time": _moment(event.time),
        "author": getattr(event, "author", ""),
        "bot": getattr(event, "bot", False),
        "message": getattr(event, "message", ""),
        "thread": getattr(event, "thread", None),
        "reaction": getattr(event, "reaction", ""),
        "asset_id": getattr(event, "asset_id", None) or "",
    }


def _outcome(outcome: Outcome) -> Facts:
    prompt = outcome.prompt
    return "prompts", {
        **_prompt(prompt),
        **prompt.surroundings.model_dump(),
        **_judged(outcome.expectation),
        "message": prompt.message,
        "author": prompt.author,
        "asset_type_from": prompt.asset_type_from,
        "views": outcome.expectation.views,
        "stage": outcome.stage,
        "status": outcome.status,
        "flagged": outcome.flagged,
        "responders": outcome.responders,
        "responses": outcome.responses,
        "responders_by_persona": outcome.responders_by_persona,
        "responders_by_bin": list(outcome.responders_by_bin),
        "first_response_at": _moment_or_none(outcome.first_response_at),
        "closed": outcome.closed,
        "time": _moment(outcome.time),
        "version": outcome.version,
    }


def _outlook(prompt: Prompt, outlook: Outlook) -> Facts:
    return "outlooks", {
        "prompt_id": prompt.prompt_id,
        "source": prompt.source,
        "conversation": prompt.conversation,
        "posted_at": _moment(prompt.posted_at),
        "ends": [_moment(end) for end in outlook.ends],
        "p_zero": list(outlook.p_zero),
        "expected": list(outlook.expected),
    }


def _anomaly(anomaly: Anomaly) -> Facts:
    verdict, evidence = anomaly.verdict, anomaly.evidence
    return "anomalies", {
        **_prompt(verdict.prompt),
        **_judged(verdict.expectation),
        "anomaly_id": anomaly.anomaly_id,
        "level": verdict.level,
        "subject": verdict.subject,
        "state": anomaly.state,
        "verdict": verdict.verdict,
        "time": _moment(anomaly.time),
        "version": anomaly.revision,
        "says": anomaly.says or "",
        "muted_until": _moment_or_none(anomaly.muted_until),
        "title": anomaly.title,
        "hypothesis": anomaly.hypothesis,
        "beside": anomaly.beside,
        "probability": anomaly.probability,
        "probabilities": anomaly.probabilities,
        "evidence.code": [item.code for item in evidence],
        "evidence.value": [item.value if isinstance(item.value, str) else json.dumps(item.value) for item in evidence],
        "evidence.sentence": [item.sentence for item in evidence],
        "evidence.for": [list(item.for_) for item in evidence],
        "evidence.against": [list(item.against) for item in evidence],
        "evidence.weights": [item.weights for item in evidence],
        "next_step": anomaly.next_step,
        "checklist": anomaly.checklist,
        "e_value": verdict.e_value,
        "reference": verdict.reference,
        "reference_by": verdict.reference_by or "",
        "prompts": verdict.prompts,
        "responders": verdict.responders,
        "responders_by_persona": verdict.responders_by_persona,
        "explained_by": anomaly.explained_by,
        "young_until": anomaly.young_until,
        **_found(verdict.hidden),
    }


def _found(hidden: HiddenPersona | None) -> dict[str, Any]:
    return {
        "found_persona": hidden.persona if hidden else "",
        "found_came": hidden.came if hidden else 0,
        "found_expected": hidden.expected if hidden else 0.0,
        "found_answered": hidden.answered if hidden else 0,
        "found_reached": hidden.reached if hidden else 0,
    }


def _heeded(heeded: Heeded) -> Facts:
    said = heeded.feedback
    return "feedback", {
        "anomaly_id": said.anomaly_id,
        "who": said.who,
        "says": said.says,
        "cause": said.cause,
        "note": said.note,
        "time": _moment(said.time),
        "version": heeded.version,
        "told": heeded.told,
        "probability": heeded.probability,
        "learned": heeded.learned,
        "source": heeded.source,
        "workspace": heeded.workspace,
        "asset": heeded.asset,
        "segment": heeded.segment,
        "told_at": _moment(heeded.told_at),
    }


def _prompt(prompt: Prompt) -> dict[str, Any]:
    return {
        "prompt_id": prompt.prompt_id,
        "source": prompt.source,
        "workspace": prompt.workspace,
        "conversation": prompt.conversation,
        "posted_at": _moment(prompt.posted_at),
        "asset_id": prompt.asset_id,
        "asset": prompt.asset,
        "asset_type": str(prompt.asset_type),
        "persona": prompt.persona,
        "persona_given": prompt.persona_given,
        "reach": prompt.reach,
        "reach_total": sum(prompt.reach.values()),
    }


def _judged(expectation: Expectation) -> dict[str, Any]:
    return {
        "p_zero": expectation.p_zero,
        "p_zero_horizon": expectation.p_zero_horizon,
        "expected": expectation.expected,
        "expected_horizon": expectation.expected_horizon,
        "borrowed": expectation.borrowed,
        "borrowed_from": expectation.borrowed_from,
        "too_little_to_tell": expectation.deadline is None,
        "deadline": _moment_or_none(expectation.deadline),
        "alpha": expectation.alpha,
        "expectation_as_of": _moment(expectation.as_of),
        "expectation_version": expectation.version,
    }


def _expectations(learned: ExpectationVersion) -> Iterator[Facts]:
    common = {"version": learned.version, "as_of": _moment(learned.as_of), "complete": learned.full}
    for part, values in learned.values.items():
        if part not in HISTORY:
            continue
        for key, value in values.items():
            yield "expectations", {**common, "part": part, "key": key, "value": json.dumps(value)}


def _source_health(health: SourceHealth) -> Facts:
    return "source_health", {
        **health.model_dump(),
        "since": _moment(health.since),
        "until": _moment_or_none(health.until),
        "time": _moment(health.time),
        "last_event": _moment(health.last_event),
    }


def _dead_letter(letter: DeadLetter) -> Facts:
    facts = letter.model_dump()
    return "dead_letters", {**facts, "dead_letter_id": letter.dead_letter_id, "time": _moment(letter.time)}


def _watermark(topic: str, stage: str, partition: int, time: float, observed_until: float | None) -> Facts:
    return "watermarks", {
        "topic": topic,
        "stage": stage,
        "partition": partition,
        "time": _moment(time),
        "observed_until": _moment_or_none(observed_until),
    }


def _moment(seconds: float) -> datetime:
    if seconds > _LAST_MOMENT:
        msg = "after the last moment of DateTime64"
        raise OverflowError(msg)
    return datetime.fromtimestamp(seconds, UTC)


def _moment_or_none(seconds: float | None) -> datetime | None:
    return None if seconds is None else _moment(seconds)
