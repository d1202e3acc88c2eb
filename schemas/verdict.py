"""Verdicts: that something is silent although responses were to be expected, or no longer is."""

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from schemas.base import Contract, Seconds
from schemas.event import Watermark
from schemas.expectation import Expectation
from schemas.feedback import Feedback
from schemas.outcome import Prompt

VerdictKind = Literal["silent", "expired", "revived", "withdrawn", "chronic", "hidden_persona", "unknown"]
"""silent: the deadline passed, or prompts of an asset or a channel are silent together; expired: the horizon passed,
never flagged; revived: somebody came after all; withdrawn: the prompt was deleted after it had been called silent;
chronic: a segment is never answered, and that is far from what is usual beside it or was usual in it; hidden_persona: a
persona comes to an asset that is not for it, more than to anything else; unknown: nobody came, but the source delivered
nothing meanwhile."""

Level = Literal["prompt", "asset", "channel", "segment", "persona"]
"""What is silent: one prompt, or several: of an asset, in a channel whatever the asset, or of a segment. At level
persona stands a hidden persona at one asset."""

ReferenceSource = Literal["other_personas", "other_types", "past"]
"""Who says what to expect of a segment: the same asset type for other personas, other asset types for the same
persona, or its own best past."""


class HiddenPersona(Contract):
    """Who comes though an asset is not for them, over the prompts of the asset that have run their course."""

    persona: str = Field(min_length=1)
    came: int = Field(ge=0, description="responders of the persona, added up over the prompts")
    expected: float = Field(ge=0, description="how many were to be expected by what the persona does otherwise")
    answered: int = Field(ge=0, description="prompts that at least one of them answered")
    reached: int = Field(ge=0, description="members of the persona who could see the latest prompt")


class Verdict(Contract):
    """One judgement and the numbers it rests on; a later `version` about the same subject replaces an earlier one."""

    kind: Literal["verdict"] = "verdict"
    verdict: VerdictKind
    level: Level = "prompt"
    subject: str = Field(
        description="prompt_id, the asset (source:workspace/asset), the channel (source:conversation), or the segment "
        "(source:workspace/persona/asset type); of a hidden persona source:workspace/asset/persona"
    )
    time: Seconds = Field(description="the moment in event time at which it became true")
    told_at: Seconds = Field(description="its place in the order of epochs; not before `time`")
    version: int = Field(ge=1)
    prompt: Prompt = Field(description="the prompt judged; at other levels than prompt the latest one")
    expectation: Expectation
    responders: int = Field(default=0, ge=0)
    responders_by_persona: dict[str, int] = Field(default_factory=dict)
    viewers: Annotated[int, Field(ge=0)] | None = Field(
        default=None, description="members who saw the prompt, the author and staff left out; None: nobody tells"
    )
    e_value: float = Field(default=0, ge=0, description="evidence over prompts at other levels than prompt")
    prompts: int = Field(default=1, ge=1, description="prompts it rests on")
    assets: int = Field(default=1, ge=1, description="at level channel: distinct assets among these, up to 32")
    channels: int = Field(default=1, ge=1, description="at level asset: distinct channels of these, up to 2")
    reference: float | None = Field(default=None, description="at level segment: share of silent prompts to expect")
    reference_by: ReferenceSource | None = Field(default=None, description="whose share that is")
    hidden: HiddenPersona | None = Field(default=None, description="of a hidden persona: who, and the numbers")
    unseen_since: Seconds | None = Field(default=None, description="unknown: from when on the source delivered nothing")
    unseen_until: Seconds | None = Field(default=None, description="unknown: until when; None: it has not come back")


VerdictRecord = Annotated[Verdict | Feedback | Watermark, Field(discriminator="kind")]
"""A record of topic `verdicts`; feedback stands there, too, so that one order holds for all of them."""

VERDICT: TypeAdapter[VerdictRecord] = TypeAdapter(VerdictRecord)
