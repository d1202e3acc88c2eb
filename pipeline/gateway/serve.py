"""Running the gateway."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial

from aiohttp import web

from pipeline.gateway.app import gateway_app
from pipeline.gateway.slack import SlackSource
from pipeline.gateway.source import WebhookSource
from pipeline.kafka import AsyncProducer, BrokerError, existing_topics, topic_name
from pipeline.settings import KafkaSettings, Settings
from schemas.errors import CricketsError
from schemas.topic import Topic

log = logging.getLogger(__name__)

_READY_SECONDS = 2.0


class GatewayError(CricketsError):
    """The gateway cannot be started."""


async def serve(settings: Settings, clock: Callable[[], float]) -> None:
    """Run until cancelled; `clock` tells the time in seconds since 1970, UTC."""
    async with running_gateway(settings, clock):
        await asyncio.Event().wait()


@asynccontextmanager
async def running_gateway(settings: Settings, clock: Callable[[], float]) -> AsyncIterator[int]:
    """Run while the block is running and yield the port, which is a free one when the settings say 0.

    Kafka need not be there: until it is, deliveries are answered 503 and come again.
    """
    gateway = settings.gateway
    producer = AsyncProducer(settings.kafka, gateway.produce_timeout_seconds)
    app = gateway_app(
        _sources(settings),
        producer,
        clock=clock,
        reachable=partial(asyncio.to_thread, _check_topic, settings.kafka),
        max_body_bytes=gateway.max_body_bytes,
    )
    runner = web.AppRunner(
        app,
        access_log=None,
        logger=_silent(),  # it would show pieces of what it cannot parse
        auto_decompress=False,  # signatures are over the bytes as they came
        lingering_time=1.0,  # so long is read on after a refusal, that the sender sees why
        shutdown_timeout=gateway.produce_timeout_seconds + 1,
    )
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, gateway.host, gateway.port).start()
        except OSError as error:
            where = f"{gateway.host}:{gateway.port}"
            msg = f"Cannot listen on {where} ({error.strerror}): see CRICKETS_GATEWAY__HOST and CRICKETS_GATEWAY__PORT"
            raise GatewayError(msg) from error
        port = int(runner.addresses[0][1])
        log.info("gateway listens on http://%s:%d", gateway.host, port)
        yield port
    finally:
        await runner.cleanup()
        await producer.close()


def _silent() -> logging.Logger:
    logger = logging.Logger(f"{__name__}.http")
    logger.addHandler(logging.NullHandler())
    return logger


def _check_topic(settings: KafkaSettings) -> None:
    name = topic_name(settings, Topic.WEBHOOKS)
    if name not in existing_topics(settings, _READY_SECONDS):
        msg = f"Kafka has no topic {name}: run `crickets topics`"
        raise BrokerError(msg)


def _sources(settings: Settings) -> list[WebhookSource]:
    """List the sources; whoever adds one adds it here."""
    return [SlackSource(settings.slack.signing_secret, settings.gateway.timestamp_window_seconds)]
