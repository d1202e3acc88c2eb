"""Back-fill: what a source did not deliver, sent to the live pipeline from a recording of it."""

from dataclasses import replace
from pathlib import Path

from agents.normalise import forget
from pipeline.erasure import erased_members
from pipeline.kafka import BulkProducer, check_topics
from pipeline.pseudonyms import pseudonym_key
from pipeline.replay.open import open_source
from pipeline.settings import Settings
from schemas.base import HOUR
from schemas.dead_letter import DeadLetter
from schemas.erasure import Erased
from schemas.errors import CricketsError
from schemas.event import Watermark
from schemas.ids import conversation_key
from schemas.topic import Topic


class NoLivePipelineError(CricketsError):
    """There is no broker that lives longer than the command."""


def backfill(path: Path, settings: Settings, *, source: str, workspace: str, since: float, until: float) -> int:
    """Send the events of a recording between two moments (seconds since 1970) to topic `events`; return how many.

    What happened up to a horizon before `since` is sent, too: exports do not say when somebody reacted, so a reaction
    that came in the hole may be dated before it. What had come already changes nothing.
    """
    if not settings.kafka.bootstrap_servers:
        msg = "a back-fill goes to your own Kafka: set CRICKETS_KAFKA__BOOTSTRAP_SERVERS=host:port"
        raise NoLivePipelineError(msg)
    check_topics(settings.kafka)
    past = open_source(path, pseudonym_key(settings), settings, workspace=workspace)
    erased = erased_members(settings)
    begin, sent = since - settings.judge.horizon_days * 24 * HOUR, 0
    with BulkProducer(settings.kafka) as producer:
        for item in replace(past, source=source).read():
            if not isinstance(item, DeadLetter | Watermark | Erased) and begin <= item.time < until:
                key = conversation_key(item.source, item.conversation)
                producer.send(Topic.EVENTS, key, forget(item, erased).wire())
                sent += 1
    return sent
