"""The agent `normalise`: topic `webhooks` to topic `events`, partition by partition."""

from collections.abc import Iterator, Mapping, Sequence

from pydantic import ValidationError

from agents.decode import explain
from agents.effects import Effect, Record, Send
from agents.normalise.translator import Translator, UntranslatableError, told
from agents.poison import trace
from schemas.base import HOUR
from schemas.dead_letter import DeadLetter
from schemas.event import Event, Watermark
from schemas.ids import conversation_key, name_or_nothing
from schemas.topic import Topic
from schemas.webhook import WEBHOOK, Webhook

STAGE = "normalise"

AHEAD_SECONDS = HOUR
"""How far ahead of ours a source's clock may be: a moment in the far future would end every open prompt at once."""


def normalise(
    records: Sequence[Record], *, translators: Mapping[str, Translator], now: float = 0.0
) -> Iterator[Effect]:
    """Translate a batch of one partition; what stands in partition n goes on in partition n, so order is kept.

    What cannot be understood becomes a dead letter and stops nothing. `now` dates the dead letters of records that do
    not say when they were received.
    """
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
        else:
            yield from _translate(record, value, translators)


def _translate(record: Record, webhook: Webhook, translators: Mapping[str, Translator]) -> Iterator[Effect]:
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
            yield Send(Topic.EVENTS, _key(event), event, record.partition)


def _key(event: Event) -> str:
    if isinstance(event, Watermark):
        return "watermark"
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
