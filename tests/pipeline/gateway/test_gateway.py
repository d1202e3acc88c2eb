"""The gateway as a whole, over HTTP, on the embedded broker."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.ids import conversation_key
from schemas.topic import Topic
from tests.pipeline.gateway.conftest import NOW, Gateway, event, signed
from tests.pipeline.kafka.reading import read_all


def test_a_delivery_is_acknowledged_and_stands_in_the_topic_as_it_came(gateway: Gateway) -> None:
    body = event("1.1", text="Gr\u00fc\u00dfe \N{THUMBS UP SIGN}", extra=[1.0, 1e3])
    answer = gateway.post(body, signed(body) | {"X-Slack-Retry-Num": "2", "Cookie": "secret"})
    assert (answer.status, answer.json) == (200, {"status": "accepted"})
    (webhook,) = (webhook for webhook in gateway.webhooks() if webhook.body == body.decode())
    assert (webhook.source, webhook.received_at) == ("slack", float(NOW))
    assert webhook.headers == {"X-Slack-Retry-Num": "2"}


def test_the_key_is_the_conversation(gateway: Gateway) -> None:
    body = event("1.2", channel="C-key")
    assert gateway.post(body).status == 200
    (record,) = (record for record in read_all(gateway.settings.kafka, Topic.WEBHOOKS) if record.key == b"slack:C-key")
    assert record.key == conversation_key("slack", "C-key")


def test_a_retry_of_a_confirmed_delivery_is_acknowledged_without_a_second_record(gateway: Gateway) -> None:
    body = event("2.1")
    first = gateway.post(body)
    second = gateway.post(body, signed(body, NOW + 60) | {"X-Slack-Retry-Num": "1"})
    assert (first.json, second.json) == ({"status": "accepted"}, {"status": "accepted before"})
    assert [webhook.body for webhook in gateway.webhooks()].count(body.decode()) == 1


def test_an_event_that_nobody_knows_yet_is_left_to_normalise(gateway: Gateway) -> None:
    assert gateway.post(event("3.1", type="something_new")).status == 200


def test_the_handshake_is_verified_and_answered_as_plain_text(gateway: Gateway) -> None:
    body = b'{"type": "url_verification", "challenge": "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P"}'
    before = len(gateway.webhooks())
    answer = gateway.post(body)
    assert (answer.status, answer.body) == (200, b"3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P")
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert len(gateway.webhooks()) == before
    assert gateway.post(body, signed(body, secret="another")).status == 401


def test_being_rate_limited_is_kept(gateway: Gateway) -> None:
    body = b'{"type": "app_rate_limited", "team_id": "T1", "minute_rate_limited": 1}'
    assert gateway.post(body).status == 200
    assert body.decode() in [webhook.body for webhook in gateway.webhooks()]


@pytest.mark.parametrize(
    ("body", "headers", "status", "field"),
    [
        (event("4.1"), {}, 401, "X-Slack-Request-Timestamp"),
        (event("4.1"), signed(event("4.1"), secret="another"), 401, "X-Slack-Signature"),
        (event("4.1"), signed(event("4.1"), NOW - 301), 401, "X-Slack-Request-Timestamp"),
        (b"not JSON", None, 400, "body"),
        (b"\xff", None, 400, "body"),
        (b"[]", None, 400, "body"),
        (b'{"type": "interactive_message"}', None, 400, "type"),
        (bytes(1_000_001), None, 413, "body"),
        (b'{"type": "event_callback", "event": {"type": "message", "x": "' + b'"\\"' * 240_000, {}, 401, None),
    ],
)
def test_what_is_wrong_is_answered_with_reason_and_field(
    gateway: Gateway, body: bytes, headers: dict[str, str] | None, status: int, field: str | None
) -> None:
    answer = gateway.post(body, headers)
    assert answer.status == status
    assert answer.json["error"]
    assert field is None or answer.json["field"] == field


def test_a_body_that_kafka_would_not_take_is_too_large_not_unavailable(gateway: Gateway) -> None:
    body = event("4.2", text='"' * 400_000)  # within the limit, but twice as large when it is quoted once more
    answer = gateway.post(body)
    assert (answer.status, answer.json["field"]) == (413, "body")


@pytest.mark.parametrize("headers", [[b"Content-Length: 10000000"], [b"Transfer-Encoding: chunked"]])
def test_a_large_body_is_refused_without_being_read_whole(gateway: Gateway, headers: list[bytes]) -> None:
    start = b"" if b"Length" in headers[0] else b"F4241\r\n" + bytes(1_000_001) + b"\r\n"
    answer = gateway.raw(b"POST", "/webhooks/slack", headers, start)  # ten megabytes were announced, this is all
    assert (answer.status, answer.json["field"]) == (413, "body")


def test_broken_chunks_are_the_senders_fault(gateway: Gateway) -> None:
    answer = gateway.raw(b"POST", "/webhooks/slack", [b"Transfer-Encoding: chunked"], b"5\r\n{}\r\nzz\r\n")
    assert answer.status in (400, 408)  # as they come in one piece or more: the parser lets the rest be waited for


def test_other_paths_and_methods_are_answered_in_json_too(gateway: Gateway) -> None:
    unknown = gateway.post(b"{}", path="/webhooks/pigeon")
    assert (unknown.status, unknown.json["field"]) == (404, "source")
    assert "known: slack" in unknown.json["error"]
    assert (gateway.get("/").status, gateway.get("/").json["field"]) == (404, "path")
    method = gateway.get("/webhooks/slack")
    assert (method.status, method.headers["Allow"]) == (405, "POST")


def test_it_is_healthy_and_ready(gateway: Gateway) -> None:
    assert (gateway.get("/healthz").status, gateway.get("/readyz").status) == (200, 200)


HEADER = st.binary(max_size=30).map(lambda value: bytes(byte for byte in value if byte not in b"\r\n\0"))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=80) | st.text(max_size=80).map(str.encode), HEADER, HEADER, st.booleans())
def test_no_bytes_make_it_fail(gateway: Gateway, body: bytes, timestamp: bytes, signature: bytes, right: bool) -> None:
    headers = [b"X-Slack-Request-Timestamp: " + timestamp, b"X-Slack-Signature: " + signature]
    if right:
        headers = [f"{name}: {value}".encode() for name, value in signed(body).items()]
    headers.append(b"Content-Length: %d" % len(body))
    assert gateway.raw(b"POST", "/webhooks/slack", headers, body).status in (200, 400, 401)
