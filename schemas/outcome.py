"""Outcomes: the life of a prompt in a few records, for the detectors and for the table of prompts."""

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from schemas.asset import AssetType
from schemas.base import Contract, Seconds
from schemas.erasure import Erased
from schemas.event import Watermark
from schemas.expectation import Expectation
from schemas.ids import placed_asset


class Surroundings(Contract):
    """What was going on in the prompt's conversation when it was judged: evidence, no judgement."""

    active_members: int = Field(default=0, ge=0, description="distinct members active there in the last four weeks")
    channel_members: int = Field(default=0, ge=0, description="members who can see it; 0: not known")
    channel_age_hours: float = Field(default=0, ge=0, description="since the first event seen there")
    competing_prompts: int = Field(default=0, ge=0, description="other prompts there in the 24 hours before")
    earlier_prompts: int = Field(default=0, ge=0, description="prompts of the same asset seen there before")


class Prompt(Contract):
    """The facts of one posting of an asset."""

    prompt_id: str
    source: str
    workspace: str = ""
    conversation: str
    message: str
    author: str = Field(description="pseudonym; empty in an anomaly")
    posted_at: Seconds
    asset_id: str = Field(default="", description="empty: no asset was named, the prompt stands for itself")
    asset_type: AssetType
    asset_type_from: Literal["brief", "ask"] = "ask"
    persona: str = Field(description="the reached persona that the segment is named by")
    persona_given: bool = False
    reach: dict[str, int] = Field(description="persona -> members who could see it, the author and staff left out")
    surroundings: Surroundings = Surroundings()

    @property
    def segment(self) -> str:
        """Name the segment: persona and asset type."""
        return f"{self.persona}/{self.asset_type}"

    @property
    def place(self) -> str:
        """Name the source and workspace: equal personas of two of them are not the same people."""
        return f"{self.source}:{self.workspace}"

    @property
    def placed_asset(self) -> str:
        """Name the asset as what is watched: see `schemas.ids.placed_asset`."""
        return placed_asset(self.source, self.workspace, self.asset_id)

    @property
    def channel(self) -> str:
        """Name the conversation: where it was posted."""
        return f"{self.source}:{self.conversation}"

    @property
    def asset(self) -> str:
        """Name what is dead when nobody answers: the asset, else the prompt itself."""
        return self.asset_id or self.prompt_id


class Outlook(Contract):
    """How silence gets less likely over a prompt's life and responders are expected to come, as judged when posted.

    One value an age bin; all three are of the same length.
    """

    ends: tuple[Seconds, ...] = Field(description="end of each age bin, the last at the horizon")
    p_zero: tuple[float, ...] = Field(description="probability of no responder until then, decreasing")
    expected: tuple[float, ...] = Field(description="responders expected until then, increasing")


Status = Literal["open", "answered", "silent", "expired", "revived", "censored", "withdrawn", "unknown"]
"""open: waiting; answered: somebody came in time; silent: the deadline passed; expired: the horizon passed in silence,
without a deadline or before it, since that was postponed to the horizon;
revived: somebody came after the deadline; censored: observation ended before the horizon; withdrawn: deleted;
unknown: nobody came, but the source delivered nothing for a part of the time."""


class Outcome(Contract):
    """Where a prompt stands; a later `version` replaces an earlier one."""

    kind: Literal["outcome"] = "outcome"
    stage: Literal["posted", "first_response", "counted", "postponed", "deadline", "retracted", "closed", "unknown"]
    time: Seconds
    version: int = Field(ge=1)
    prompt: Prompt
    expectation: Expectation
    status: Status
    flagged: bool = Field(default=False, description="was called silent at its deadline")
    responders: int = Field(ge=0)
    responses: int = Field(ge=0)
    responders_by_persona: dict[str, int] = Field(default_factory=dict)
    responders_by_bin: tuple[int, ...] = Field(default=(), description="who came first in each age bin; empty: nobody")
    first_response_at: Seconds | None = None
    viewers: Annotated[int, Field(ge=0)] | None = Field(
        default=None, description="members who saw it, the author and staff left out; None: nobody tells"
    )
    closed: bool = False
    observed: bool = Field(default=True, description="false: observation had ended by `time`, or had a hole")
    partition: int = Field(default=0, ge=0, description="of `events`: whose watermarks speak for it")
    told_at: Seconds = Field(default=0.0, description="its place in the order of epochs; not before `time`")
    outlook: Outlook | None = Field(default=None, description="told once, at stage posted")

    @property
    def unattended(self) -> bool:
        """Whether it was closed when its postponed deadline was: nobody was there, so its silence is no evidence."""
        deadline = self.expectation.deadline
        return self.stage == "closed" and not self.flagged and deadline is not None and deadline >= self.time


OutcomeRecord = Annotated[Outcome | Watermark | Erased, Field(discriminator="kind")]
"""A record of topic `outcomes`."""

OUTCOME: TypeAdapter[OutcomeRecord] = TypeAdapter(OutcomeRecord)
