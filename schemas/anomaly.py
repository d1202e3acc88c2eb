"""Anomalies: a verdict with the hypothesis that the checklist assigned."""

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter, field_validator

from schemas.base import Contract, Seconds
from schemas.event import Watermark
from schemas.feedback import Heeded, Says
from schemas.verdict import Verdict

UNDETERMINED = "undetermined"


AnomalyState = Literal["open", "revived", "withdrawn", "building", "found", "muted", "dismissed", "unknown"]
"""open: silent; revived: somebody came after all; withdrawn: the prompt was deleted; building: silent in a young
programme, and nothing else is likelier to be why; found: no silence, but a hidden persona; muted: people said that
silence is expected of it; dismissed: people said that it is none of ours, or no silence;
unknown: the source delivered nothing meanwhile."""

REVISIONS = 1_000
"""So many revisions by feedback has a version at most."""


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
    state: AnomalyState
    time: Seconds
    version: int = Field(ge=1)
    title: str = Field(description="how people know the asset; of a segment, what is asked of whom")
    verdict: Verdict = Field(description="without the author of its prompt, whom nobody reads here")
    hypothesis: str = Field(
        description="leading code of the checklist, `undetermined`, or (state found) `hidden_persona`"
    )
    beside: str = Field(default="", description="code that leads together with it where neither stands out alone")
    probabilities: dict[str, float]
    evidence: tuple[Evidence, ...] = ()
    next_step: str = Field(default="", description="one cheap thing to try")
    checklist: str = Field(default="", description="digest of the checklist that explained it; empty: not recorded")
    young_until: float = Field(
        default=0.0, ge=0, description="in state building: prompts from which the programme is no longer young"
    )
    explained_by: str = Field(
        default="", description="anomaly_id of what is silent above it and stood when this was told; empty: nothing"
    )
    says: Says | None = Field(default=None, description="what people said last of it, and still stands")
    muted_until: Seconds | None = Field(default=None, description="silence is expected of it until then, people said")
    heeded: int = Field(default=0, ge=0, lt=REVISIONS, description="how often feedback changed this version")

    @field_validator("verdict")
    @classmethod
    def _unsigned(cls, verdict: Verdict) -> Verdict:
        """Leave the author out, also of what was written with one: a topic that keeps the latest keeps no names."""
        if not verdict.prompt.author:
            return verdict
        return verdict.model_copy(update={"prompt": verdict.prompt.model_copy(update={"author": ""})})

    @property
    def probability(self) -> float:
        """Return the probability of the hypothesis; when it is undetermined, of the likeliest."""
        likeliest = max(self.probabilities.values(), default=0.0)
        return self.probabilities.get(self.hypothesis, likeliest if self.hypothesis == UNDETERMINED else 0.0)

    @property
    def revision(self) -> int:
        """Return the number by which a later state of the anomaly is known: by version, then by feedback."""
        return self.version * REVISIONS + self.heeded


AnomalyRecord = Annotated[Anomaly | Heeded | Watermark, Field(discriminator="kind")]
"""A record of topic `anomalies`."""

ANOMALY: TypeAdapter[AnomalyRecord] = TypeAdapter(AnomalyRecord)
