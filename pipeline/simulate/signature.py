"""Slack's signature, from the sender's side."""

import hashlib
import hmac

SIGNATURE = "X-Slack-Signature"
TIMESTAMP = "X-Slack-Request-Timestamp"


def signature_headers(secret: str, timestamp: int, body: bytes) -> dict[str, str]:
    """Return the headers with which Slack proves that a body is its own: version 0, HMAC-SHA256 over the raw body.

    >>> signature_headers("secret", 1767571200, b"{}")["X-Slack-Signature"][:12]
    'v0=a5472ba9a'
    """
    signed = b"v0:%d:%b" % (timestamp, body)
    digest = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    return {TIMESTAMP: str(timestamp), SIGNATURE: f"v0={digest}"}
