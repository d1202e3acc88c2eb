"""The gateway's HTTP application: verify, write, and only then acknowledge."""

import asyncio
import logging
import traceback
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Protocol

from aiohttp import web

from pipeline.gateway.confirmed import Confirmed
from pipeline.gateway.source import Handshake, RefusedError, WebhookSource
from pipeline.kafka import BrokerError, RecordSizeError
from schemas.ids import conversation_key
from schemas.topic import Topic
from schemas.webhook import Webhook

log = logging.getLogger(__name__)

_RETRY_AFTER_SECONDS = "5"
_BODY_SECONDS = 10.0


class Producer(Protocol):
    """Where deliveries go."""

    async def send(self, topic: str, key: bytes, value: bytes) -> None:
        """Return when the record is safe, else raise `BrokerError`."""


def gateway_app(
    sources: Sequence[WebhookSource],
    producer: Producer,
    *,
    clock: Callable[[], float],
    reachable: Callable[[], Awaitable[object]],
    max_body_bytes: int,
) -> web.Application:
    """Build the application: `clock` tells the seconds since 1970, `reachable` raises `BrokerError` without Kafka."""
    webhooks = _Webhooks({source.name: source for source in sources}, producer, clock, max_body_bytes)
    check = asyncio.Lock()  # however many ask, the broker is asked by one at a time

    async def healthz(_: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def readyz(_: web.Request) -> web.Response:
        try:
            async with check:
                await reachable()
        except BrokerError as error:
            raise RefusedError(503, str(error), "kafka") from error
        return web.json_response({"status": "ready"})

    app = web.Application(middlewares=[_explain])
    app.router.add_post("/webhooks/{source}", webhooks.receive)
    app.router.add_get("/healthz", healthz)
    app.router.add_get("/readyz", readyz)
    return app


class _Webhooks:
    def __init__(
        self, sources: Mapping[str, WebhookSource], producer: Producer, clock: Callable[[], float], max_body_bytes: int
    ) -> None:
        self._sources = sources
        self._producer = producer
        self._clock = clock
        self._max_body_bytes = max_body_bytes
        self._confirmed = Confirmed()

    async def receive(self, request: web.Request) -> web.Response:
        """Take one delivery through all checks, cheapest first, into Kafka."""
        source = self._source(request.match_info["source"])
        body = await _read(request, self._max_body_bytes)
        headers = _raw_headers(request)
        now = self._clock()
        source.verify(headers, body, now)
        delivery = source.read(headers, body)
        if isinstance(delivery, Handshake):
            return web.Response(text=delivery.answer)
        if (source.name, delivery.fingerprint) in self._confirmed:
            return web.json_response({"status": "accepted before"})
        webhook = Webhook(source=source.name, received_at=now, headers=delivery.headers, body=body.decode())
        key = conversation_key(source.name, delivery.conversation)
        try:
            await self._producer.send(Topic.WEBHOOKS, key, webhook.wire())
        except RecordSizeError as error:
            raise RefusedError(413, str(error), "body") from error
        except BrokerError as error:
            raise RefusedError(503, str(error), "kafka") from error
        self._confirmed.add(source.name, delivery.fingerprint)
        return web.json_response({"status": "accepted"})

    def _source(self, name: str) -> WebhookSource:
        source = self._sources.get(name)
        if source is None:
            known = ", ".join(sorted(self._sources))
            raise RefusedError(404, f"there is no source of this name; known: {known}", "source")
        if source.missing_setting:
            raise RefusedError(404, f"source {name} is not set up: set {source.missing_setting}", "source")
        return source


async def _read(request: web.Request, limit: int) -> bytes:
    """Read the raw body, and no further than the limit."""
    too_large = RefusedError(413, f"the body is larger than {limit} bytes (CRICKETS_GATEWAY__MAX_BODY_BYTES)", "body")
    if (request.content_length or 0) > limit:
        raise too_large
    body = bytearray()
    try:
        async with asyncio.timeout(_BODY_SECONDS):
            async for chunk in request.content.iter_any():
                body += chunk
                if len(body) > limit:
                    raise too_large
    except TimeoutError as error:
        raise RefusedError(408, f"the body did not come within {_BODY_SECONDS:g} s", "body") from error
    except ConnectionError as error:
        raise RefusedError(400, "the sender went away before the body was complete", "body") from error
    except web.RequestPayloadError as error:
        raise RefusedError(400, "the body is not what its transfer encoding says", "body") from error
    return bytes(body)


def _raw_headers(request: web.Request) -> dict[str, list[bytes]]:
    headers: dict[str, list[bytes]] = {}
    for name, value in request.raw_headers:
        headers.setdefault(name.decode("latin-1").lower(), []).append(value)
    return headers


@web.middleware
async def _explain(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Answer every refusal with a reason, in JSON; what is logged of it names no content."""
    try:
        return await handler(request)
    except RefusedError as refused:
        log.warning("%r refused with %d: %s", request.path[:80], refused.status, refused.reason)
        headers = {"Retry-After": _RETRY_AFTER_SECONDS} if refused.status == 503 else {}
        answer = web.json_response(
            {"error": refused.reason, "field": refused.where}, status=refused.status, headers=headers
        )
        if refused.status in (408, 413):
            answer.force_close()  # the rest of the body is not wanted
        return answer
    except web.HTTPException as error:  # no such page, or not this method
        return web.json_response(
            {"error": error.reason.lower(), "field": "path"},
            status=error.status,
            headers={name: value for name, value in error.headers.items() if name == "Allow"},
        )
    except Exception as error:  # noqa: BLE001 - a bug; its text may hold what was sent, so only its kind and place are told
        place = "".join(traceback.format_tb(error.__traceback__))
        log.error("%s in the gateway, please report it:\n%s", type(error).__name__, place)
        return web.json_response({"error": "the gateway failed", "field": ""}, status=500)
