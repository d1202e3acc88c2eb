"""What is remembered of an anomaly that was told, and of what people say of it."""

from pydantic import BaseModel, Field

from models.checklist import Value
from schemas.anomaly import UNDETERMINED, Anomaly, AnomalyState
from schemas.base import Seconds
from schemas.feedback import Feedback, Says


class View(BaseModel):
    """What feedback makes of an anomaly."""

    state: AnomalyState
    hypothesis: str
    beside: str
    next_step: str
    says: Says | None = None
    muted_until: Seconds | None = None


class Case(BaseModel):
    """An anomaly as the checklist told it, what it would propose for each cause, and how it was told last.

    Key `case <anomaly_id>`.
    """

    seq: int
    anomaly: Anomaly
    next_steps: dict[str, str]
    view: View | None = None
    heeded: int = 0

    @property
    def seen(self) -> Anomaly:
        """Return the anomaly as people see it."""
        assert self.view is not None
        return self.anomaly.model_copy(update={**dict(self.view), "heeded": self.heeded})


class Heard(BaseModel):
    """What people say of one anomaly, and what the checklist learned of that; key `heard <anomaly_id>`.

    Attributes
    ----------
    evidence, told, probability
        What was known and told when the first of them spoke: what they speak about.
    by
        Who -> the latest that they said, also that it is taken back.
    """

    seq: int
    evidence: dict[str, Value]
    told: str
    probability: float
    told_at: Seconds
    place: tuple[str, str, str, str]
    by: dict[str, Feedback] = Field(default_factory=dict)
    learned: str = ""
    version: int = 0

    @property
    def standing(self) -> Feedback | None:
        """Return what counts: the latest that was not taken back."""
        said = [feedback for feedback in self.by.values() if feedback.says != "withdrawn"]
        return max(said, key=lambda feedback: (feedback.time, feedback.who), default=None)

    @property
    def cause(self) -> str:
        """Return the cause that is to be learned; empty: none."""
        match self.standing:
            case Feedback(says="confirmed") if self.told != UNDETERMINED:
                return self.told
            case Feedback(says="wrong_cause", cause=cause):
                return cause
            case _:
                return ""
