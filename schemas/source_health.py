"""Source health: that a source has delivered nothing although it usually does, and that it is back."""

from typing import Literal

from pydantic import Field

from schemas.base import Contract, Seconds

HealthState = Literal["down", "over", "filled"]
"""down: nothing comes; over: it came back, what happened meanwhile is missing; filled: that has come, too."""


class SourceHealth(Contract):
    """A hole in what a source delivered; a later `version` about the same begin replaces an earlier one."""

    kind: Literal["source_health"] = "source_health"
    source: str
    workspace: str = ""
    since: Seconds = Field(description="end of the last hour with events before it; with source and workspace the key")
    until: Seconds | None = Field(default=None, description="begin of the first hour with events after it")
    state: HealthState
    time: Seconds = Field(description="when that could be told: p_zero fell below what is possible, or events came")
    last_event: Seconds = Field(description="when the last event before it happened")
    usual: float = Field(ge=0, description="events an hour that the source usually delivers, over the week")
    p_zero: float = Field(ge=0, le=1, description="probability that a source that is alive is silent for so long")
    version: int = Field(ge=1)
