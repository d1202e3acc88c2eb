"""What the settings say about prompts and judging, as plain values."""

from collections.abc import Callable

from pydantic import Field

from schemas.base import HOUR, Contract
from schemas.event import MessagePosted
from schemas.response import ResponseRules


class TrackRules(Contract):
    """Which root messages are prompts, and how long and how strictly they are watched."""

    every_root: bool = False
    tagged: bool = True
    facilitators: bool = True
    channels: tuple[str, ...] = ()
    responses: ResponseRules = ResponseRules()
    alpha: float = Field(default=0.1, gt=0, lt=1)
    epoch_hours: int = Field(default=1, ge=1)
    lateness: float = Field(default=60.0, ge=0, description="seconds")
    partitions: int = Field(default=1, ge=1, description="each hears about its share of a source")
    active_days: float = Field(default=28.0, gt=0)

    @property
    def epoch(self) -> float:
        """Return the length of an epoch in seconds."""
        return self.epoch_hours * HOUR

    def is_prompt(self, event: MessagePosted, is_staff: Callable[[str], bool]) -> bool:
        """Tell whether a message asks something of people: a root message that meets any of the rules.

        A bot may post a tagged asset (a workflow often does); everything else a bot posts is no prompt.
        """
        if not event.is_root:
            return False
        if self.tagged and event.asset_id is not None:
            return True
        if event.bot:
            return False
        return self.every_root or event.conversation in self.channels or (self.facilitators and is_staff(event.author))
