"""Anomalies: a verdict with the hypothesis that the checklist assigned."""

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from schemas.base import Contract, Seconds
from schemas.event import Watermark
from schemas.verdict import Verdict

UNDETERMINED = "undetermined"


class Evidence(Contract):
    """One thing that is known about the silence, and what it speaks for."""

    code: str = Field(min_length=1)
    value: str | float | bool
    sentence: str = Field(description="what a person reads")
    for_: tuple[str, ...] = Field(default=(), description="hypotheses it speaks for, strongest first")
    against: tuple[str, ...] = ()
    weights: dict[str, float] = Field(
        default_factory=dict,
        description="hypothesis -> log likelihood ratio (nats) with which it counts; empty: not weighed",
    )


class Anomaly(Contract):
    """What is silent, why that is likely so, what speaks for and against, and what to try next."""

    kind: Literal["anomaly"] = "anomaly"
    anomaly_id: str
    state: Literal["open", "revived", "withdrawn", "unknown"]
    time: Seconds
    version: int = Field(ge=1)
    title: str = Field(description="how people know the asset; of a segment, what is asked of whom")
    verdict: Verdict
    hypothesis: str = Field(description="leading code of the checklist, or `undetermined`")
    probabilities: dict[str, float]
    evidence: tuple[Evidence, ...] = ()
    next_step: str = Field(default="", description="one cheap thing to try")


AnomalyRecord = Annotated[Anomaly | Watermark, Field(discriminator="kind")]
"""A record of topic `anomalies`."""

ANOMALY: TypeAdapter[AnomalyRecord] = TypeAdapter(AnomalyRecord)
