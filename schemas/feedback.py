"""Feedback: what people say of an anomaly, and what came of it."""

from typing import Literal, Self

from pydantic import Field, TypeAdapter, model_validator

from schemas.base import Contract, Seconds

Says = Literal["confirmed", "wrong_cause", "expected", "not_applicable", "false_alarm", "withdrawn"]
"""confirmed: silent, and for the reason told; wrong_cause: silent, for another reason; expected: nobody was meant to
answer; not_applicable: no asset of ours; false_alarm: it was answered, only not where Crickets looks; withdrawn: what
was said before is taken back."""

NOTE_LENGTH = 500
"""Most characters of a note."""


class Feedback(Contract):
    """What one person says of one anomaly; said later it replaces what the same person said before."""

    kind: Literal["feedback"] = "feedback"
    anomaly_id: str = Field(min_length=1, max_length=500)
    says: Says
    cause: str = Field(
        default="", pattern=r"^([a-z][a-z0-9_]*)?$", description="code of the checklist; of wrong_cause alone"
    )
    who: str = Field(pattern=r"^m_[0-9a-f]{20}$", description="pseudonym of a person, as of a member")
    time: Seconds
    note: str = Field(default="", max_length=NOTE_LENGTH)

    @model_validator(mode="after")
    def _names_a_cause_where_there_is_one(self) -> Self:
        if (self.says == "wrong_cause") != bool(self.cause):
            msg = "`cause` names the right one with `wrong_cause`, and is left out with everything else"
            raise ValueError(msg)
        return self


class Heeded(Contract):
    """Feedback, and what came of it; a record of topic `anomalies`."""

    kind: Literal["heeded"] = "heeded"
    feedback: Feedback
    version: int = Field(ge=1, description="a later one about the same anomaly by the same person replaces it")
    told: str = Field(description="hypothesis that had been told of the anomaly, or `undetermined`")
    probability: float = Field(description="probability of that hypothesis, of the likeliest when undetermined")
    learned: str = Field(default="", description="cause that the checklist has counted the case for; empty: none")
    source: str = ""
    workspace: str = ""
    asset: str = ""
    segment: str = ""
    told_at: Seconds = Field(description="when the anomaly was told")


FEEDBACK: TypeAdapter[Feedback] = TypeAdapter(Feedback)
"""A record of topic `feedback`, keyed anomaly_id:who."""


def feedback_key(feedback: Feedback) -> str:
    """Return the key under which what the same person says later of the same anomaly replaces this."""
    return f"{feedback.anomaly_id}:{feedback.who}"
