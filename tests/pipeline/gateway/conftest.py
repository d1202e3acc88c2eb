"""A gateway that runs as it does in production, on a broker, with a clock that stands still."""

import asyncio
import hashlib
import hmac
import json
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from pydantic import SecretStr

from pipeline.embedded import EmbeddedBroker
from pipeline.gateway import running_gateway
from pipeline.kafka import create_topics
from pipeline.settings import GatewaySettings, KafkaSettings, Settings, SlackSettings
from schemas.topic import Topic
from schemas.webhook import WEBHOOK, Webhook
from tests.pipeline.kafka.reading import read_all

NOW = 1_700_000_000
SECRET = "8f742231b10e8888abcd99yyyzzz85a5"


def signed(body: bytes, timestamp: int = NOW, secret: str = SECRET) -> dict[str, str]:
    digest = hmac.new(secret.encode(), b"v0:%d:%b" % (timestamp, body), hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": str(timestamp), "X-Slack-Signature": f"v0={digest}"}


def event(ts: str, **more: Any) -> bytes:
    inner = {"type": "message", "channel": "C1", "user": "U1", "text": "Hello", "ts": ts} | more
    return json.dumps({"type": "event_callback", "team_id": "T1", "event_id": f"Ev{ts}", "event": inner}).encode()


async def nothing() -> None:
    """Find Kafka reachable."""


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Gateway:
    """A running gateway, seen from outside."""

    settings: Settings
    port: int = 0
    now: float = NOW

    def clock(self) -> float:
        return self.now

    def post(self, body: bytes, headers: dict[str, str] | None = None, path: str = "/webhooks/slack") -> Answer:
        headers = (signed(body) if headers is None else headers) | {"Content-Length": str(len(body))}
        lines = [f"{name}: {value}".encode() for name, value in headers.items()]
        return self.raw(b"POST", path, lines, body)

    def get(self, path: str) -> Answer:
        return self.raw(b"GET", path, [], b"")

    def raw(self, method: bytes, path: str, headers: list[bytes], body: bytes) -> Answer:
        """Send these very bytes and read the answer, which may come before all was sent."""
        lines = [method + b" " + path.encode() + b" HTTP/1.1", b"Host: gateway", b"Connection: close", *headers]
        with socket.create_connection(("127.0.0.1", self.port)) as connection:
            connection.sendall(b"\r\n".join(lines) + b"\r\n\r\n" + body)
            received = b""
            while chunk := connection.recv(65_536):
                received += chunk
        head, _, answer = received.partition(b"\r\n\r\n")
        status, *fields = head.decode().split("\r\n")
        return Answer(int(status.split()[1]), dict(field.split(": ", 1) for field in fields), answer)

    def webhooks(self) -> list[Webhook]:
        """Return what stands in the topic."""
        values = [WEBHOOK.validate_json(record.value) for record in read_all(self.settings.kafka, Topic.WEBHOOKS)]
        return [value for value in values if isinstance(value, Webhook)]


def run_in_thread(gateway: Gateway) -> Iterator[Gateway]:
    """Run a gateway while the caller's block runs."""
    started = threading.Event()
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()

    async def run() -> None:
        async with running_gateway(gateway.settings, gateway.clock) as gateway.port:
            started.set()
            await stop.wait()

    def target() -> None:
        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            runner.run(run())

    thread = threading.Thread(target=target)
    thread.start()
    assert started.wait(30)
    yield gateway
    loop.call_soon_threadsafe(stop.set)
    thread.join()


def settings_for(servers: str, secret: str = SECRET) -> Settings:
    return Settings(
        kafka=KafkaSettings(bootstrap_servers=servers),
        slack=SlackSettings(signing_secret=SecretStr(secret)),
        gateway=GatewaySettings(port=0, produce_timeout_seconds=0.5),
    )


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    with EmbeddedBroker(tmp_path_factory.mktemp("broker")) as broker:
        settings = settings_for(broker.bootstrap_servers)
        settings.gateway.produce_timeout_seconds = 10
        create_topics(settings.kafka)
        yield from run_in_thread(Gateway(settings))


@pytest.fixture
def without_broker() -> Iterator[Gateway]:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield from run_in_thread(Gateway(settings_for(f"127.0.0.1:{taken.getsockname()[1]}")))


@pytest.fixture
def without_secret() -> Iterator[Gateway]:
    yield from run_in_thread(Gateway(settings_for("127.0.0.1:1", secret="")))
