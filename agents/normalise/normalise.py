"""The agent `normalise`: topic `webhooks` to topic `events`, partition by partition."""

from collections.abc import Iterator, Mapping, Sequence, Set
from typing import cast

from pydantic import ValidationError

from agents.decode import explain
from agents.effects import Effect, Record, Send
from agents.normalise.translator import Translator, UntranslatableError, told
from agents.poison import trace
from schemas.base import HOUR
from schemas.dead_letter import DeadLetter
from schemas.erasure import ERASED, Erased, digest, without
from schemas.event import Authored, Event, Watermark
from schemas.ids import conversation_key, name_or_nothing
from schemas.topic import Topic
from schemas.webhook import WEBHOOK, Webhook

STAGE = "normalise"

AHEAD_SECONDS = HOUR
"""How far ahead of ours a source's clock may be: a moment in the far future would end every open prompt at once."""


def normalise(
    records: Sequence[Record],
    *,
    translators: Mapping[str, Translator],
    now: float = 0.0,
    erased: set[str] | None = None,
) -> Iterator[Effect]:
    """Translate a batch of one partition; what stands in partition n goes on in partition n, so order is kept.

    What cannot be understood becomes a dead letter and stops nothing. `now` dates the dead letters of records that do
    not say when they were received. `erased` holds the digests of erased members and takes up those that are met: what
    stands behind an erasure names the member no more, and all agents behind this one meet it in that order.
    """
    erased = set() if erased is None else erased
    for record in records:
        try:
            value = WEBHOOK.validate_json(record.value)
        except ValidationError as error:
            reason, field, kind = explain(error)
            yield _dead(record, "", now, reason, field, kind)
            continue
        if isinstance(value, Watermark):
            promise = value.model_copy(update={"stage": "source", "partition": record.partition})
            yield Send(Topic.EVENTS, "watermark", promise, record.partition)
        elif isinstance(value, Erased):
            erased.add(value.digest)
            yield Send(Topic.EVENTS, "erased", value, record.partition)
        else:
            yield from _translate(record, value, translators, erased)


def _translate(
    record: Record, webhook: Webhook, translators: Mapping[str, Translator], erased: Set[str]
) -> Iterator[Effect]:
    try:
        translator = translators.get(webhook.source)
        if translator is None:
            known = ", ".join(sorted(translators)) or "none"
            reason = f"there is no translator for this source{told(webhook.source)}; known: {known}"
            raise UntranslatableError(reason, "source")
        events = list(translator(webhook))  # all or nothing: half a webhook is no use
        if any(event.time > webhook.received_at + AHEAD_SECONDS for event in events):
            reason = f"the event is dated more than {AHEAD_SECONDS / HOUR:g} h after it was received: a clock is wrong"
            raise UntranslatableError(reason, "time")
    except UntranslatableError as error:
        yield _dead(record, webhook.source, webhook.received_at, error.reason, error.where, type(error).__name__)
    except Exception as error:  # noqa: BLE001 - a bug of one translator must not hold up the partition
        reason = "the translator failed: this is a bug of Crickets, please report it with its traceback"
        yield _dead(record, webhook.source, webhook.received_at, reason, "", type(error).__name__, trace(error))
    else:
        for event in events:
            told_of = forget(event, erased) if erased else event
            yield Send(Topic.EVENTS, _key(told_of), told_of, record.partition)


def forget(event: Event, erased: Set[str]) -> Event:
    """Return an event without the pseudonym of whoever is erased: it happened, and nobody knows who it was."""
    author = getattr(event, "author", None)
    if author is None or digest(author) not in erased:
        return event
    named = cast(Authored, event)
    changes = {"author": ERASED, "event_id": without(named.event_id, erased)}
    return cast(Event, named.model_copy(update=changes))


def _key(event: Event) -> str:
    if isinstance(event, Watermark | Erased):
        return event.kind
    return conversation_key(event.source, event.conversation).decode()


def _dead(record: Record, source: str, time: float, reason: str, where: str, kind: str, raised: str = "") -> Send:
    source = name_or_nothing(source)
    letter = DeadLetter(
        stage=STAGE,
        source=source,
        reason=reason,
        field=where,
        error=kind,
        time=time,
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        traceback=raised,
    )
    return Send(Topic.DEAD_LETTERS, source or STAGE, letter)
