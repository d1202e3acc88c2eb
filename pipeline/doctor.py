"""What is reachable, what is wrong, how to mend it."""

import sys
from collections.abc import Callable

from pydantic import BaseModel

from pipeline.clickhouse.client import connect
from pipeline.clickhouse.migrate import pending
from pipeline.clickhouse.source_holes import SourceHole, read_source_holes
from pipeline.embedded.broker import EmbeddedBroker
from pipeline.embedded.engine import EmbeddedEngine
from pipeline.kafka import TopicsMissingError, check_topics
from pipeline.settings import Settings
from schemas.errors import CricketsError


class Finding(BaseModel):
    """One thing that was looked at."""

    what: str
    ok: bool
    found: str
    advice: str = ""


def examine(settings: Settings) -> list[Finding]:
    """Look at everything a running installation needs."""
    return [
        _python(),
        *_guarded("broker", lambda: [_broker(settings)]),
        *_guarded("ClickHouse", lambda: _clickhouse(settings)),
        _slack(settings),
        _pseudonyms(settings),
    ]


def _guarded(what: str, look: Callable[[], list[Finding]]) -> list[Finding]:
    try:
        return look()
    except CricketsError as error:
        return [Finding(what=what, ok=False, found="not usable", advice=str(error))]


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    return Finding(what="Python", ok=sys.version_info >= (3, 11), found=version)


def _broker(settings: Settings) -> Finding:
    kafka = settings.kafka
    if not kafka.bootstrap_servers:
        with EmbeddedBroker(settings.data_dir / "broker") as broker:
            found = f"embedded, starts and answers (tried at {broker.bootstrap_servers})"
        advice = "For your own Kafka set CRICKETS_KAFKA__BOOTSTRAP_SERVERS=host:port; embedded is for trying out."
        return Finding(what="broker", ok=True, found=found, advice=advice)
    try:
        check_topics(kafka)
    except TopicsMissingError as error:
        return Finding(what="broker", ok=False, found=str(error).rpartition(": ")[0], advice="Run: crickets topics")
    found = f"{kafka.bootstrap_servers} answers, all topics are there"
    advice = "" if kafka.transactions else "Without transactions nothing keeps out a worker that was taken for dead."
    return Finding(what="broker", ok=True, found=found, advice=advice)


def _clickhouse(settings: Settings) -> list[Finding]:
    if not settings.clickhouse.url:
        with EmbeddedEngine(settings.data_dir / "clickhouse") as engine:
            return _tables(settings, engine.url, "embedded engine")
    return _tables(settings, settings.clickhouse.url, settings.clickhouse.url)


def _tables(settings: Settings, url: str, name: str) -> list[Finding]:
    client, database = connect(settings.clickhouse, url), settings.clickhouse.database
    try:
        waiting = pending(client, database)
        here = {"source": "", "workspace": "", "limit": 20}
        holes = [] if waiting else read_source_holes(client, database, here)
    finally:
        client.close()
    embedded = not settings.clickhouse.url  # its commands migrate by themselves
    advice = "" if embedded or not waiting else "Run: crickets migrate"
    found = f"{name} answers, " + (f"{len(waiting)} migrations are to be applied" if waiting else "tables up to date")
    tables = Finding(what="ClickHouse", ok=embedded or not waiting, found=found, advice=advice)
    return [tables, *(_source(hole) for hole in holes)]


def _source(hole: SourceHole) -> Finding:
    advice = "Send what is missing: crickets backfill EXPORT. See docs/source-health.md."
    if hole.until is None:
        advice = f"Check that the subscription of {hole.source} is enabled and its token valid. {advice}"
    return Finding(what=f"source {hole.source}", ok=hole.until is not None, found=hole.sentence, advice=advice)


def _slack(settings: Settings) -> Finding:
    if settings.slack.signing_secret.get_secret_value():
        return Finding(what="Slack", ok=True, found="signing secret is set")
    advice = "To receive webhooks set CRICKETS_SLACK__SIGNING_SECRET (Basic Information page of your Slack app)."
    return Finding(what="Slack", ok=True, found="no signing secret: the gateway answers 404 to Slack", advice=advice)


def _pseudonyms(settings: Settings) -> Finding:
    if settings.privacy.pseudonym_key.get_secret_value():
        return Finding(what="pseudonyms", ok=True, found="key is set")
    path = settings.data_dir / "pseudonym.key"
    found = f"key in {path}" if path.exists() else f"a key will be made in {path}"
    shared = bool(settings.kafka.bootstrap_servers)
    advice = "Workers on several machines need the same key: set CRICKETS_PRIVACY__PSEUDONYM_KEY." if shared else ""
    return Finding(what="pseudonyms", ok=True, found=found, advice=advice)
