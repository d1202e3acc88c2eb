"""Verdicts: that something is silent although responses were to be expected, or no longer is."""

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from schemas.base import Contract, Seconds
from schemas.event import Watermark
from schemas.expectation import Expectation
from schemas.outcome import Prompt

VerdictKind = Literal["silent", "expired", "revived", "withdrawn", "chronic", "unknown"]
"""silent: the deadline passed; expired: the horizon passed, never flagged; revived: somebody came after all;
withdrawn: the prompt was deleted after it had been called silent; chronic: a segment is never answered, and that is far
from what is usual beside it or was usual in it; unknown: nobody came, but the source delivered nothing meanwhile."""

ReferenceSource = Literal["other_personas", "other_types", "past"]
"""Who says what to expect of a segment: the same asset type for other personas, other asset types for the same
persona, or its own best past."""


class Verdict(Contract):
    """One judgement and the numbers it rests on; a later `version` about the same subject replaces an earlier one."""

    kind: Literal["verdict"] = "verdict"
    verdict: VerdictKind
    level: Literal["prompt", "asset", "segment"] = "prompt"
    subject: str = Field(description="prompt_id, the asset, or the segment (persona/asset type)")
    time: Seconds = Field(description="the moment in event time at which it became true")
    told_at: Seconds = Field(description="its place in the order of epochs; not before `time`")
    version: int = Field(ge=1)
    prompt: Prompt = Field(description="the prompt judged; at levels asset and segment the latest one")
    expectation: Expectation
    responders: int = Field(default=0, ge=0)
    responders_by_persona: dict[str, int] = Field(default_factory=dict)
    e_value: float = Field(default=0, ge=0, description="evidence over prompts at levels asset and segment")
    prompts: int = Field(default=1, ge=1, description="prompts it rests on")
    reference: float | None = Field(default=None, description="at level segment: share of silent prompts to expect")
    reference_by: ReferenceSource | None = Field(default=None, description="whose share that is")
    unseen_since: Seconds | None = Field(default=None, description="unknown: from when on the source delivered nothing")
    unseen_until: Seconds | None = Field(default=None, description="unknown: until when; None: it has not come back")


VerdictRecord = Annotated[Verdict | Watermark, Field(discriminator="kind")]
"""A record of topic `verdicts`."""

VERDICT: TypeAdapter[VerdictRecord] = TypeAdapter(VerdictRecord)
