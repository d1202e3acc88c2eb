"""Expectations: what has been learned, published by epochs of event time."""

from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter

from schemas.base import Contract, Seconds
from schemas.source_health import SourceHealth


class ExpectationVersion(Contract):
    """What was learned from everything before `as_of`: the changes against the version before it, or all of it.

    `values` is grouped by part (weights, rates, clocks, personas ...); within a part a key replaces its old value and
    None removes it.
    """

    kind: Literal["version"] = "version"
    version: int = Field(ge=1)
    as_of: Seconds
    full: bool
    values: dict[str, dict[str, Any]]

    def wire(self) -> bytes:
        """Keep the None of a removed key: it says something here."""
        return self.model_dump_json().encode()


class ClosedUntil(Contract):
    """Every epoch before `time` has been learned from, whether or not it taught anything."""

    kind: Literal["closed"] = "closed"
    time: Seconds
    version: int = Field(ge=0)


BorrowedFrom = Literal["", "asset_type", "everything", "prior"]
"""asset_type: all segments of the same asset type; everything: all prompts; prior: what is assumed before anything is
known; empty: not known, judged before this was told."""


class Expectation(Contract):
    """What was expected of one prompt when it was judged."""

    p_zero: float = Field(ge=0, le=1, description="probability of no responder until the deadline (else the horizon)")
    p_zero_horizon: float = Field(ge=0, le=1, description="probability of no responder at the horizon")
    expected: float = Field(ge=0, description="responders expected by then")
    expected_horizon: float = Field(default=0.0, ge=0, description="responders expected until the horizon")
    borrowed: float = Field(
        default=0.0, ge=0, le=1, description="share of the expectation that rests on more than the own segment"
    )
    borrowed_from: BorrowedFrom = Field(default="", description="where most of that comes from")
    deadline: Seconds | None = Field(
        default=None,
        description="when p_zero falls below alpha, later when nobody was there until then; None: too little to tell",
    )
    alpha: float = Field(gt=0, lt=1)
    as_of: Seconds = Field(default=0.0, description="what had been learned by then was used")
    version: int = Field(default=0, ge=0)
    views: dict[str, float] = Field(default_factory=dict)


ExpectationRecord = Annotated[ExpectationVersion | ClosedUntil | SourceHealth, Field(discriminator="kind")]
"""A record of topic `expectations`."""

EXPECTATION: TypeAdapter[ExpectationRecord] = TypeAdapter(ExpectationRecord)
