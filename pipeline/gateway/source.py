"""What the gateway must know of a source; a new source is one module with this shape and one line in `serve`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from schemas.errors import CricketsError


class RefusedError(CricketsError):
    """A delivery is refused; the sender is told the reason and the part of it that is wrong, never its content."""

    def __init__(self, status: int, reason: str, where: str = "") -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason
        self.where = where


@dataclass(frozen=True)
class Delivery:
    """A verified delivery that is to be written."""

    conversation: str
    fingerprint: bytes  # equal for a delivery and its retry
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Handshake:
    """A verified question of the source itself: answered with text, not written."""

    answer: str


class WebhookSource(Protocol):
    """A source of webhooks."""

    @property
    def name(self) -> str:
        """Return the last part of its address, and what its records say as their source."""

    @property
    def missing_setting(self) -> str:
        """Name the setting without which nothing of it can be verified; empty when it is there."""

    def verify(self, headers: Mapping[str, list[bytes]], body: bytes, now: float) -> None:
        """Raise `RefusedError` unless the raw body comes from the source, about now; header names are lower case."""

    def read(self, headers: Mapping[str, list[bytes]], body: bytes) -> Delivery | Handshake:
        """Raise `RefusedError` unless the verified body is what the source sends."""
