"""A known world held in plain dictionaries, and verdicts about it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from agents.effects import Record
from models.checklist import Checklist
from schemas.base import HOUR
from schemas.directory import Brief, Channel
from schemas.event import Watermark
from schemas.expectation import Expectation
from schemas.outcome import Prompt, Surroundings
from schemas.topic import Topic
from schemas.verdict import Verdict

POSTED = 1_772_528_400.0  # 2026-03-03 09:00 UTC


@dataclass
class KnownFacts:
    """`Known` in memory: what a test says is known, and nothing else."""

    briefs: dict[str, Brief] = field(default_factory=dict)
    channels: dict[tuple[str, str], Channel] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)
    activity: dict[str, float] = field(default_factory=dict)
    rates: dict[tuple[str, str], tuple[float, float]] = field(default_factory=dict)
    weeks: dict[str, list[float]] = field(default_factory=dict)
    answered: dict[str, dict[str, float]] = field(default_factory=dict)

    def as_of_for(self, time: float) -> float:
        return (time // HOUR - 1) * HOUR

    def brief(self, asset_id: str) -> Brief | None:
        return self.briefs.get(asset_id)

    def channel(self, source: str, conversation: str) -> Channel | None:
        return self.channels.get((source, conversation))

    def channel_name(self, source: str, conversation: str) -> str:
        channel = self.channel(source, conversation)
        return channel.name if channel else conversation

    def personas(self) -> Sequence[str]:
        return sorted(self.sizes)

    def members_of_persona(self, persona: str) -> int:
        return self.sizes.get(persona, 0)

    def places(self, as_of: float) -> Mapping[str, float]:
        assert as_of == self.as_of_for(as_of + HOUR), "knowledge is asked as of epochs"
        return self.activity

    def usual_week(self, as_of: float, persona: str) -> Sequence[float] | None:
        assert as_of == self.as_of_for(as_of + HOUR), "knowledge is asked as of epochs"
        return self.weeks.get(persona)

    def responders_by_persona(self, as_of: float, asset: str) -> Mapping[str, float]:
        assert as_of == self.as_of_for(as_of + HOUR), "knowledge is asked as of epochs"
        return self.answered.get(asset, {})

    def silence_rate(self, as_of: float, kind: str, key: str) -> tuple[float, float]:
        assert as_of == self.as_of_for(as_of + HOUR), "knowledge is asked as of epochs"
        return self.rates.get((kind, key), (0.5, 0.0))


@pytest.fixture
def known() -> KnownFacts:
    """Four personas and two channels; nobody has done anything yet."""
    return KnownFacts(
        sizes={"field_sales": 42, "engineers": 60, "support": 30, "managers": 12},
        channels={
            ("slack", "C1"): Channel(source="slack", conversation="C1", name="learning"),
            ("slack", "C2"): Channel(source="slack", conversation="C2", name="sales-wins"),
        },
    )


@pytest.fixture
def checklist() -> Checklist:
    return Checklist()


@pytest.fixture
def make_verdict() -> Callable[..., Verdict]:
    """Build a verdict on a question in slack:C1; keyword arguments change its prompt or itself."""

    def make(
        *, surroundings: Surroundings | None = None, verdict: Mapping[str, Any] | None = None, **prompt: Any
    ) -> Verdict:
        facts: dict[str, Any] = {
            "prompt_id": "slack:C1:1.2",
            "source": "slack",
            "conversation": "C1",
            "message": "1.2",
            "author": "m_author",
            "posted_at": POSTED,
            "asset_type": "question",
            "persona": "field_sales",
            "persona_given": True,
            "reach": {"field_sales": 40},
            "surroundings": surroundings or Surroundings(),
        }
        judged: dict[str, Any] = {
            "verdict": "silent",
            "subject": "slack:C1:1.2",
            "time": POSTED + 30 * HOUR + 60,
            "told_at": POSTED + 30 * HOUR + 60,
            "version": 1,
            "expectation": Expectation(p_zero=0.05, p_zero_horizon=0.02, expected=3.1, alpha=0.1),
        }
        return Verdict(prompt=Prompt(**(facts | prompt)), **(judged | dict(verdict or {})))

    return make


@pytest.fixture
def record() -> Callable[..., Record]:
    """Put values into the topic `verdicts`."""

    def make(value: Verdict | Watermark | bytes, *, offset: int = 0, partition: int = 3) -> Record:
        raw = value if isinstance(value, bytes) else value.wire()
        return Record(topic=Topic.VERDICTS, partition=partition, offset=offset, key=b"k", value=raw)

    return make
