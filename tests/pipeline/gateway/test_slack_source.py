"""Slack's signature and envelope, by the vectors that its libraries published."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import SecretStr

from pipeline.gateway.slack import SIGNATURE, TIMESTAMP, SlackSource
from pipeline.gateway.source import Delivery, Handshake, RefusedError
from tests.pipeline.gateway.conftest import NOW, SECRET, signed

VECTORS = Path(__file__).parents[3] / ".." / "shared" / "channels" / "vectors.json"
SOURCE = SlackSource(SecretStr(SECRET), window_seconds=300)


def vectors() -> list[Any]:
    if not VECTORS.is_file():
        reason = "the published vectors are not beside the project (../shared/channels/vectors.json)"
        return [pytest.param({}, marks=pytest.mark.skip(reason=reason), id="none")]
    every = json.loads(VECTORS.read_text())["vectors"]
    return [pytest.param(vector, id=vector["id"]) for vector in every if vector["channel"] == "slack"]


def raw(headers: dict[str, str]) -> dict[str, list[bytes]]:
    return {name.lower(): [value.encode()] for name, value in headers.items()}


@pytest.mark.parametrize("vector", vectors())
def test_a_published_vector_is_judged_as_published(vector: dict[str, Any]) -> None:
    source = SlackSource(SecretStr(vector["secret"]), window_seconds=300)
    arguments = (raw(vector["headers"]), vector["body"].encode(), float(vector["clock_for_test"]))
    if vector["valid"]:
        source.verify(*arguments)
    else:
        with pytest.raises(RefusedError) as refused:
            source.verify(*arguments)
        assert refused.value.status == 401


def test_the_window_is_three_hundred_seconds_both_ways_and_no_more() -> None:
    for age in (-300, 0, 300):
        SOURCE.verify(raw(signed(b"{}", NOW - age)), b"{}", float(NOW))
    for age in (-301, 301):
        with pytest.raises(RefusedError) as refused:
            SOURCE.verify(raw(signed(b"{}", NOW - age)), b"{}", float(NOW))
        assert refused.value.where == TIMESTAMP


@pytest.mark.parametrize(
    ("changed", "where"),
    [
        ({SIGNATURE.lower(): []}, SIGNATURE),
        ({TIMESTAMP.lower(): []}, TIMESTAMP),
        ({TIMESTAMP.lower(): [b"%d" % NOW] * 2}, TIMESTAMP),
        ({TIMESTAMP.lower(): [b"soon"]}, TIMESTAMP),
        ({TIMESTAMP.lower(): [b""]}, TIMESTAMP),
        ({TIMESTAMP.lower(): [b"1e9"]}, TIMESTAMP),
        ({TIMESTAMP.lower(): [b"-%d" % NOW]}, TIMESTAMP),
        ({TIMESTAMP.lower(): [b"9" * 5000]}, TIMESTAMP),
        ({TIMESTAMP.lower(): ["\N{ARABIC-INDIC DIGIT ONE}".encode()]}, TIMESTAMP),
        ({SIGNATURE.lower(): [b""]}, SIGNATURE),
        ({SIGNATURE.lower(): [b"v1=00"]}, SIGNATURE),
        ({SIGNATURE.lower(): [b"v0="]}, SIGNATURE),
        ({SIGNATURE.lower(): ["v0=\N{LATIN SMALL LETTER E WITH ACUTE}".encode("latin-1")]}, SIGNATURE),
        ({SIGNATURE.lower(): [b"v0=" + b"0" * 64]}, SIGNATURE),
    ],
)
def test_an_odd_header_is_refused_by_its_name(changed: dict[str, list[bytes]], where: str) -> None:
    with pytest.raises(RefusedError) as refused:
        SOURCE.verify(raw(signed(b"{}")) | changed, b"{}", float(NOW))
    assert (refused.value.status, refused.value.where) == (401, where)
    assert where in refused.value.reason


def test_the_same_json_in_other_bytes_is_not_what_was_signed() -> None:
    with pytest.raises(RefusedError):
        SOURCE.verify(raw(signed(b'{"a":1}')), b'{"a": 1}', float(NOW))


def test_without_a_secret_the_setting_is_named() -> None:
    assert SOURCE.missing_setting == ""
    assert SlackSource(SecretStr(""), 300).missing_setting == "CRICKETS_SLACK__SIGNING_SECRET"


def read(body: Any) -> Delivery | Handshake:
    return SOURCE.read({}, body if isinstance(body, bytes) else json.dumps(body).encode())


@pytest.mark.parametrize(
    ("envelope", "conversation"),
    [
        ({"event": {"type": "message", "channel": "C1"}}, "C1"),
        ({"event": {"type": "reaction_added", "item": {"channel": "C2"}}}, "C2"),
        ({"event": {"type": "channel_rename", "channel": {"id": "C3"}}}, "C3"),
        ({"event": {"type": "tokens_revoked"}, "team_id": "T1"}, "T1"),
        ({"event": {"type": "message", "channel": 5}, "team_id": "T1"}, "T1"),
        ({"event": {"type": "something_new"}}, "-"),
        ({"type": "app_rate_limited", "team_id": "T1"}, "T1"),
    ],
)
def test_a_delivery_belongs_to_its_conversation(envelope: dict[str, Any], conversation: str) -> None:
    delivery = read({"type": "event_callback"} | envelope)
    assert isinstance(delivery, Delivery)
    assert delivery.conversation == conversation


def test_only_plain_retry_headers_are_kept() -> None:
    body = b'{"type": "app_rate_limited"}'
    headers = {"x-slack-retry-num": [b"1"], "x-slack-retry-reason": [b"\xff"], "cookie": [b"secret"]}
    delivery = SOURCE.read(headers, body)
    assert isinstance(delivery, Delivery)
    assert delivery.headers == {"X-Slack-Retry-Num": "1"}


def test_a_retry_is_recognised_and_another_event_under_the_same_id_is_not() -> None:
    event = {"type": "event_callback", "event_id": "Ev1", "event": {"type": "message", "channel": "C1", "ts": "1.0"}}
    retry = event | {"event_context": "another"}
    other = event | {"event": {"type": "message", "channel": "C1", "ts": "2.0"}}
    first, second, third = (read(body) for body in (event, retry, other))
    assert isinstance(first, Delivery)
    assert isinstance(second, Delivery)
    assert isinstance(third, Delivery)
    assert first.fingerprint == second.fingerprint != third.fingerprint


@pytest.mark.parametrize(
    ("body", "where"),
    [
        (b"", "body"),
        (b"payload=1", "body"),
        (b"\xff\xfe", "body"),
        (b"[]", "body"),
        (b'"text"', "body"),
        (b'{"type": NaN}', "body"),
        (b'{"type": "\\ud800"}', "body"),
        (b"[" * 100_000, "body"),
        (b'{"a":' * 100_000, "body"),
        ({}, "type"),
        ({"type": 1}, "type"),
        ({"type": "interactive_message"}, "type"),
        ({"type": "url_verification"}, "challenge"),
        ({"type": "event_callback"}, "event"),
        ({"type": "event_callback", "event": {}}, "event.type"),
        ({"type": "event_callback", "event": {"type": ["message"]}}, "event.type"),
    ],
)
def test_what_slack_would_not_send_is_refused_by_the_name_of_its_field(body: Any, where: str) -> None:
    with pytest.raises(RefusedError) as refused:
        read(body)
    assert (refused.value.status, refused.value.where) == (400, where)
    assert refused.value.reason


def test_an_unknown_type_is_named_and_the_rest_is_not_repeated() -> None:
    with pytest.raises(RefusedError) as refused:
        read({"type": "interactive_message", "text": "Hello"})
    assert "'interactive_message'" in refused.value.reason
    assert "Hello" not in refused.value.reason


@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
@example(b'{"type": "event_callback", "event": {"type": "", "channel": "\\u0000"}}')
def test_any_body_is_read_or_refused(body: bytes) -> None:
    try:
        SOURCE.read({}, body)
    except RefusedError as refused:
        assert refused.status == 400


@given(st.lists(st.binary(max_size=40), max_size=2), st.lists(st.binary(max_size=40), max_size=2))
def test_any_headers_are_refused(timestamp: list[bytes], signature: list[bytes]) -> None:
    with pytest.raises(RefusedError) as refused:
        SOURCE.verify({TIMESTAMP.lower(): timestamp, SIGNATURE.lower(): signature}, b"{}", float(NOW))
    assert refused.value.status == 401
