"""What is remembered of an anomaly that was told, and of what people say of it."""

import hashlib
from typing import Any

from pydantic import BaseModel, Field, field_validator

from models.checklist import Value
from schemas.anomaly import UNDETERMINED, Anomaly, AnomalyState
from schemas.base import Seconds
from schemas.erasure import PSEUDONYM
from schemas.feedback import Feedback, Says, feedback_key


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


class Said(BaseModel):
    """What is remembered of feedback: neither who gave it nor the note."""

    time: Seconds
    says: Says
    cause: str = ""

    @property
    def order(self) -> tuple[float, str, str]:
        """Return what is greater for what the same person said later; at the same moment, whatever it is."""
        return self.time, self.says, self.cause


def voice(feedback: Feedback) -> str:
    """Return what stands for whoever gives feedback on one anomaly: enough to know them again there, and only there."""
    return hashlib.blake2b(feedback_key(feedback).encode(), digest_size=16, person=b"feedback").hexdigest()


class Heard(BaseModel):
    """What people say of one anomaly, and what the checklist learned of that; key `heard <anomaly_id>`.

    Attributes
    ----------
    evidence, told, probability
        What was known and told when the first of them spoke: what they speak about.
    by
        Voice -> the latest that they said, also that it is taken back.
    """

    seq: int
    evidence: dict[str, Value]
    told: str
    probability: float
    told_at: Seconds
    place: tuple[str, str, str, str]
    by: dict[str, Said] = Field(default_factory=dict)
    learned: str = ""
    version: int = 0

    @field_validator("by", mode="before")
    @classmethod
    def _nameless(cls, by: dict[str, Any]) -> dict[str, Any]:
        """Take over what was remembered with names."""
        return {
            voice(Feedback.model_validate(said)) if PSEUDONYM.fullmatch(who) else who: said for who, said in by.items()
        }

    @property
    def standing(self) -> Said | None:
        """Return what counts: the latest that was not taken back."""
        stands = [(said.time, who) for who, said in self.by.items() if said.says != "withdrawn"]
        return self.by[max(stands)[1]] if stands else None

    @property
    def cause(self) -> str:
        """Return the cause that is to be learned; empty: none."""
        match self.standing:
            case Said(says="confirmed") if self.told != UNDETERMINED:
                return self.told
            case Said(says="wrong_cause", cause=cause):
                return cause
            case _:
                return ""
