"""Slack's Events API: request signing v0 and the outer envelope."""

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

import pydantic_core
from pydantic import SecretStr

from pipeline.gateway.source import Delivery, Handshake, RefusedError

SIGNATURE = "X-Slack-Signature"
TIMESTAMP = "X-Slack-Request-Timestamp"
_KEPT = ("X-Slack-Retry-Num", "X-Slack-Retry-Reason")
_OUTER_TYPES = ("event_callback", "url_verification", "app_rate_limited")


class SlackSource:
    """Verifies and reads what Slack sends."""

    name = "slack"

    def __init__(self, signing_secret: SecretStr, window_seconds: int) -> None:
        self._secret = signing_secret
        self._window = window_seconds

    @property
    def missing_setting(self) -> str:
        """Name the setting of the signing secret while it is empty."""
        return "" if self._secret.get_secret_value() else "CRICKETS_SLACK__SIGNING_SECRET"

    def verify(self, headers: Mapping[str, list[bytes]], body: bytes, now: float) -> None:
        """Check time and signature over the raw bytes, as bytes, for text with odd letters cannot be compared."""
        timestamp = _the_one(headers, TIMESTAMP)
        if not (timestamp.isdigit() and len(timestamp) <= 12):
            raise RefusedError(401, f"header {TIMESTAMP} is not a number of seconds", TIMESTAMP)
        if abs(now - int(timestamp)) > self._window:
            reason = f"header {TIMESTAMP} is more than {self._window} s away from now: old, or a clock is wrong"
            raise RefusedError(401, reason, TIMESTAMP)
        given = _the_one(headers, SIGNATURE)
        if not given.startswith(b"v0="):
            raise RefusedError(401, f"header {SIGNATURE} does not start with v0=", SIGNATURE)
        secret = self._secret.get_secret_value().encode()
        wanted = hmac.new(secret, b"v0:" + timestamp + b":" + body, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(b"v0=" + wanted.encode(), given):
            reason = f"header {SIGNATURE} does not fit the body and our signing secret"
            raise RefusedError(401, reason, SIGNATURE)

    def read(self, headers: Mapping[str, list[bytes]], body: bytes) -> Delivery | Handshake:
        """Read as much of the envelope as is needed to put it into the right partition; `normalise` does the rest."""
        envelope = _json_object(body)
        outer = envelope.get("type")
        if outer not in _OUTER_TYPES:
            known = ", ".join(_OUTER_TYPES)
            raise RefusedError(400, f"type {_shown(outer)} is not one that Slack's Events API sends: {known}", "type")
        if outer == "url_verification":
            challenge = envelope.get("challenge")
            if not isinstance(challenge, str):
                raise RefusedError(400, "url_verification without a challenge", "challenge")
            return Handshake(challenge)
        event = envelope.get("event")
        if outer == "event_callback":
            if not isinstance(event, dict):
                raise RefusedError(400, "event_callback without an event", "event")
            if not isinstance(event.get("type"), str):
                raise RefusedError(400, "the event has no type", "event.type")
        return Delivery(
            conversation=_channel(event) or _text(envelope.get("team_id")) or "-",
            fingerprint=_fingerprint(envelope),
            headers={name: value for name in _KEPT if (value := _plain(headers.get(name.lower())))},
        )


def _the_one(headers: Mapping[str, list[bytes]], name: str) -> bytes:
    match headers.get(name.lower(), []):
        case [value]:
            return value
        case []:
            raise RefusedError(401, f"header {name} is missing", name)
        case _:
            raise RefusedError(401, f"header {name} is there more than once", name)


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        body.decode()
    except UnicodeDecodeError as error:
        raise RefusedError(400, f"the body is not UTF-8 from byte {error.start} on", "body") from error
    try:
        # Unlike json.loads it refuses lone surrogates, which could not be written again, and limits nesting.
        value = pydantic_core.from_json(body, allow_inf_nan=False)
    except ValueError as error:
        raise RefusedError(400, f"the body is not JSON: {error}", "body") from error
    if not isinstance(value, dict):
        raise RefusedError(400, "the body is not a JSON object", "body")
    return value


def _channel(event: object) -> str:
    """Return where it happened: the conversation is the partition key."""
    if not isinstance(event, dict):
        return ""
    item = event.get("item")
    return _text(event.get("channel")) or (_text(item.get("channel")) if isinstance(item, dict) else "")


def _text(value: object) -> str:
    if isinstance(value, dict):  # channel_* events carry the channel itself
        value = value.get("id")
    return value if isinstance(value, str) else ""


def _fingerprint(envelope: dict[str, Any]) -> bytes:
    """Tell a retry from another event: equal ids alone would not do, should a sender use one twice."""
    content = [envelope.get(name) for name in ("team_id", "event_id", "event", "minute_rate_limited")]
    return hashlib.blake2b(pydantic_core.to_json(content), digest_size=16).digest()


def _plain(values: list[bytes] | None) -> str:
    """Return a header's value if it is plain and short: it is kept, so nothing is smuggled in."""
    value = values[0] if values else b""
    return value.decode() if value.isascii() and len(value) <= 40 and value.decode().isprintable() else ""


def _shown(value: object) -> str:
    return repr(value)[:60] if isinstance(value, str) else "(no text)"
