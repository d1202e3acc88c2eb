"""Commands that run until they are stopped: worker and gateway."""

import asyncio
import logging
import time

import typer

from pipeline.cli.console import explained, load_settings
from pipeline.console import err, tell
from pipeline.settings import Settings


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(rich_help_panel="Run")(worker)
    app.command(rich_help_panel="Run")(gateway)


def worker() -> None:
    """Run one worker: all agents, one member of the consumer group.

    Start as many as there are partitions to share. Needs CRICKETS_KAFKA__BOOTSTRAP_SERVERS and CRICKETS_CLICKHOUSE__URL
    (or the embedded engine of this machine), and waits while one of them is down. Ctrl-C ends it after what is in work.
    """
    from pipeline.backoff import patiently
    from pipeline.checklist import checklist_file
    from pipeline.clickhouse.client import ClickHouseAccessError, ClickHouseUnreachableError
    from pipeline.erasure import erased_by
    from pipeline.kafka import BrokerError, TopicsMissingError, check_topics
    from pipeline.pseudonyms import pseudonym_key
    from pipeline.stack import running_clickhouse
    from pipeline.worker import run_worker

    settings = load_settings()
    _log_to_stderr(settings)
    with explained():
        if not settings.kafka.bootstrap_servers:
            tell(
                err,
                "[red]A worker needs a broker[/]: set CRICKETS_KAFKA__BOOTSTRAP_SERVERS=host:port. "
                "To try Crickets without one: crickets demo",
            )
            raise typer.Exit(2)
        pseudonym_key(settings)
        checklist_file(settings)
        with running_clickhouse(settings, patient=True) as url:
            patiently(lambda: check_topics(settings.kafka, timeout=3.0), (BrokerError, TopicsMissingError))
            # Topics may be new, and not know it: another broker, another prefix.
            erased = patiently(lambda: erased_by(settings, url), (ClickHouseUnreachableError, ClickHouseAccessError))
            run_worker(settings, url, erased)


def gateway() -> None:
    """Receive webhooks: POST /webhooks/slack, checked, written to Kafka, then answered.

    Needs CRICKETS_KAFKA__BOOTSTRAP_SERVERS and CRICKETS_SLACK__SIGNING_SECRET. Health: GET /healthz and /readyz.
    """
    from pipeline.gateway.serve import serve

    settings = load_settings()
    _log_to_stderr(settings)
    with explained():
        if not settings.kafka.bootstrap_servers:
            tell(err, "[red]The gateway needs a broker[/]: set CRICKETS_KAFKA__BOOTSTRAP_SERVERS=host:port")
            raise typer.Exit(2)
        asyncio.run(serve(settings, time.time))


def _log_to_stderr(settings: Settings) -> None:
    """Log in UTC, and say so; of the libraries only what we do not say ourselves."""
    logging.Formatter.converter = time.gmtime
    logging.basicConfig(
        level=settings.log_level, format="%(asctime)s %(levelname)s %(name)s %(message)s", datefmt="%Y-%m-%dT%H:%M:%SZ"
    )
    for library in ("aiokafka", "clickhouse_connect", "kafka", "urllib3"):  # up to a thousand lines a second
        logging.getLogger(library).setLevel(logging.CRITICAL)
