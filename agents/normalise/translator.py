"""What a source's module must offer: one webhook in, its canonical events out."""

from collections.abc import Iterable
from typing import Protocol

from schemas.errors import CricketsError
from schemas.event import Event
from schemas.ids import name_or_nothing
from schemas.webhook import Webhook


class UntranslatableError(CricketsError):
    """A webhook cannot be translated; `where` is the path of the field that is wrong. Never tells content."""

    def __init__(self, reason: str, where: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.where = where


def told(found: str) -> str:
    """Return what is told of a name that nobody knows: the name, unless it looks like anything else.

    >>> told("shrugged"), told("Call me at home")
    (": 'shrugged'", '')
    """
    name = name_or_nothing(found)
    return f": {name!r}" if name else ""


class Translator(Protocol):
    """Translates the webhooks of one source; pure, so that a replay gives the same events."""

    def __call__(self, webhook: Webhook) -> Iterable[Event]:
        """Return the events, none for what is known and of no interest; raises `UntranslatableError`."""
