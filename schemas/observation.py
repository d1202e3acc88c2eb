"""Observations: what the partitions saw, for the one agent that learns from all of them."""

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from schemas.base import Contract, Seconds
from schemas.erasure import Erased
from schemas.event import Watermark

Features = dict[str, float]


class BinPassed(Contract):
    """An open prompt lived through one age bin in silence, or was answered in it."""

    kind: Literal["bin"] = "bin"
    id: str = Field(description="prompt_id#bin: once each")
    workspace: str = ""
    time: Seconds
    bin: int = Field(ge=0)
    answered: bool
    features: Features = Field(description="the features as they were when the prompt was judged")


class HorizonReached(Contract):
    """A prompt's label is known: the horizon has passed."""

    kind: Literal["horizon"] = "horizon"
    id: str = Field(description="prompt_id#horizon: once each")
    workspace: str = ""
    time: Seconds
    prompt_id: str
    silent: bool
    responders: int = Field(ge=0)
    reach: int = Field(ge=1)
    first_response_hours: float | None = Field(default=None, description="calendar hours after posting")
    responders_by_persona: dict[str, int] = Field(default_factory=dict)
    features: Features
    views: dict[str, float] = Field(description="p_zero at the horizon by each view when judged")
    keys: dict[str, str] = Field(description="author, channel, segment, asset_type, persona: what rates are kept by")
    since: Seconds | None = Field(default=None, description="when the prompt was posted; None: not told")


class Activity(Contract):
    """Who was active in a conversation during one epoch, how often, and how much the source delivered of it."""

    kind: Literal["activity"] = "activity"
    id: str = Field(description="conversation@epoch start: once each")
    workspace: str = ""
    time: Seconds = Field(description="start of the epoch; of one that came late, that in which it is told")
    source: str
    conversation: str
    members: dict[str, int] = Field(description="pseudonym -> messages and reactions")
    events: int = Field(default=0, ge=0, description="events of any kind, bots' too; 0: not told")
    latest: Seconds | None = Field(default=None, description="when the last of them happened; None: not told")
    late_for: Seconds | None = Field(default=None, description="start of its epoch, if that had been told before")

    @property
    def epoch(self) -> float:
        """Return the start of the epoch in which it happened."""
        return self.time if self.late_for is None else self.late_for


Observation = Annotated[BinPassed | HorizonReached | Activity | Watermark | Erased, Field(discriminator="kind")]
"""A record of topic `observations`."""

OBSERVATION: TypeAdapter[Observation] = TypeAdapter(Observation)
