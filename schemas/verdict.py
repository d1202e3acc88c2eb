"""Verdicts: that something is silent although responses were to be expected, or no longer is."""

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from schemas.base import Contract, Seconds
from schemas.event import Watermark
from schemas.expectation import Expectation
from schemas.outcome import Prompt

VerdictKind = Literal["silent", "expired", "revived", "withdrawn"]
"""silent: the deadline passed; expired: the horizon passed, never flagged; revived: somebody came after all;
withdrawn: the prompt was deleted after it had been called silent."""


class Verdict(Contract):
    """One judgement and the numbers it rests on; a later `version` about the same subject replaces an earlier one."""

    kind: Literal["verdict"] = "verdict"
    verdict: VerdictKind
    level: Literal["prompt", "asset"] = "prompt"
    subject: str = Field(description="prompt_id, or the asset")
    time: Seconds = Field(description="the moment in event time at which it became true")
    told_at: Seconds = Field(description="its place in the order of epochs; not before `time`")
    version: int = Field(ge=1)
    prompt: Prompt = Field(description="the prompt judged; at level asset the latest one")
    expectation: Expectation
    responders: int = Field(default=0, ge=0)
    responders_by_persona: dict[str, int] = Field(default_factory=dict)
    e_value: float = Field(default=0, ge=0, description="evidence over prompts at level asset")
    prompts: int = Field(default=1, ge=1, description="prompts it rests on")


VerdictRecord = Annotated[Verdict | Watermark, Field(discriminator="kind")]
"""A record of topic `verdicts`."""

VERDICT: TypeAdapter[VerdictRecord] = TypeAdapter(VerdictRecord)
