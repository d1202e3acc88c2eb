"""What the gateway does when something is missing, broken or ends, and what it never logs."""

import asyncio
import logging
import socket

import pytest
from aiohttp.test_utils import TestClient, TestServer
from pydantic import SecretStr

from pipeline.gateway import GatewayError, running_gateway, serve
from pipeline.gateway.app import gateway_app
from pipeline.gateway.slack import SlackSource
from pipeline.kafka import topic_name
from pipeline.settings import GatewaySettings
from schemas.topic import Topic
from tests.pipeline.gateway.conftest import NOW, SECRET, Gateway, event, nothing, settings_for, signed


def test_without_a_broker_deliveries_are_to_come_again(without_broker: Gateway) -> None:
    body = event("5.1")
    for _ in range(2):  # what was not confirmed is not remembered
        answer = without_broker.post(body)
        assert (answer.status, answer.json["field"]) == (503, "kafka")
        assert int(answer.headers["Retry-After"]) > 0
    assert without_broker.get("/healthz").status == 200
    ready = without_broker.get("/readyz")
    assert (ready.status, ready.json["field"]) == (503, "kafka")
    assert without_broker.settings.kafka.bootstrap_servers in ready.json["error"]


def test_without_its_topic_it_is_not_ready(gateway: Gateway) -> None:
    kafka = gateway.settings.kafka
    name, kafka.prefix = kafka.prefix, "elsewhere."
    try:
        answer = gateway.get("/readyz")
    finally:
        kafka.prefix = name
    assert answer.status == 503
    assert "crickets topics" in answer.json["error"]
    assert topic_name(kafka, Topic.WEBHOOKS) == "crickets.webhooks"


def test_without_a_secret_the_source_is_not_there_and_the_setting_is_named(without_secret: Gateway) -> None:
    answer = without_secret.post(event("6.1"), signed(event("6.1"), secret=""))
    assert answer.status == 404
    assert "CRICKETS_SLACK__SIGNING_SECRET" in answer.json["error"]


async def test_a_port_that_is_taken_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        config = settings_for("127.0.0.1:1").model_copy(update={"gateway": GatewaySettings(port=port)})
        with pytest.raises(GatewayError, match=f":{port}"):
            async with running_gateway(config, lambda: NOW):
                pass


async def test_serving_ends_when_it_is_cancelled() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    config = settings_for("127.0.0.1:1").model_copy(update={"gateway": GatewaySettings(port=port)})
    task = asyncio.create_task(serve(config, lambda: NOW))
    while not await listens(port):
        assert not task.done()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not await listens(port)


async def listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except ConnectionRefusedError:
        return False
    writer.close()
    await writer.wait_closed()
    return True


async def test_a_bug_is_told_by_kind_and_place_alone(caplog: pytest.LogCaptureFixture) -> None:
    class Broken:
        async def send(self, topic: str, key: bytes, value: bytes) -> None:
            raise ZeroDivisionError(topic, key, value)

    source = SlackSource(SecretStr(SECRET), 300)
    app = gateway_app([source], Broken(), clock=lambda: NOW, reachable=nothing, max_body_bytes=1000)
    body = event("8.1", text="confidential")
    async with TestClient(TestServer(app)) as client:
        answer = await client.post("/webhooks/slack", data=body, headers=signed(body))
        assert answer.status == 500
        assert "confidential" not in await answer.text()
    assert "ZeroDivisionError" in caplog.text
    assert "confidential" not in caplog.text


def test_what_cannot_be_parsed_is_not_logged(gateway: Gateway, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        gateway.raw(b"POST", "/webhooks/slack", [b"confidential\x01header"], b"")
        gateway.raw(b"POST", "/webhooks/slack", [b"Transfer-Encoding: chunked"], b"confidential\r\n")
    assert "confidential" not in caplog.text


def test_neither_text_nor_secret_is_logged(gateway: Gateway, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        for body in (event("7.1", text="confidential"), b'{"type": "confidential text of a member"', b"confidential"):
            gateway.post(body)
            gateway.post(body, signed(body, secret="another"))
            gateway.post(body, path="/webhooks/pigeon")
    assert "refused with 401" in caplog.text
    assert "confidential" not in caplog.text
    assert SECRET not in caplog.text
