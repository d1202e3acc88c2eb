"""Knowledge that expects answers: learned from prompts that all were answered within the hour."""

import json
from functools import cache
from typing import Any

from agents.knowledge import Knowledge
from models.expectations import Expectations
from schemas.asset import AssetType
from schemas.base import HOUR, Contract
from schemas.event import Traits
from schemas.expectation import ClosedUntil, ExpectationVersion
from schemas.observation import BinPassed, HorizonReached
from schemas.outcome import Prompt
from schemas.topic import Topic
from tests.factories.records import START

EVER = 4_000_000_000.0


@cache
def _lessons() -> str:
    model = Expectations()
    for i in range(150):
        prompt = Prompt(
            prompt_id=f"slack:C1:{i}",
            source="slack",
            conversation="C1",
            message=str(i),
            author="designer",
            posted_at=START - (200 - i) * HOUR,
            asset_type=AssetType.ANNOUNCEMENT,
            persona="newcomer",
            reach={"newcomer": 1},
        )
        judged = model.judge(prompt, Traits(), alpha=0.1, horizon_hours=168.0)
        for passed in range(4):
            bin_passed = BinPassed(id="", time=0, bin=passed, answered=passed == 3, features=judged.features)
            model.learn_bin(bin_passed)
        model.learn_horizon(
            HorizonReached(id="", time=0, prompt_id=prompt.prompt_id, silent=False, responders=1, reach=1,
                           first_response_hours=0.7, features=judged.features, views=judged.views, keys=judged.keys)
        )  # fmt: skip
    return json.dumps(model.everything())


def lessons() -> dict[str, dict[str, Any]]:
    """Return what was learned, as it is published."""
    return json.loads(_lessons())


def version(number: int, as_of: float, *, full: bool = True, values: dict[str, Any] | None = None) -> bytes:
    """Return a published version as it stands in the topic."""
    return ExpectationVersion(version=number, as_of=as_of, full=full, values=values or {}).wire()


def knowing(*directory: Contract) -> Knowledge:
    """Return a knowledge of a directory that has learned nothing, and waits for nothing."""
    known = Knowledge()
    for record in directory:
        known.apply(Topic.DIRECTORY, record.wire())
    known.apply(Topic.EXPECTATIONS, ClosedUntil(time=EVER, version=0).wire())
    return known


def taught(*directory: Contract, since: float = HOUR) -> Knowledge:
    """Return a knowledge whose expectations give deadlines, to those who ask as of a moment `since` then."""
    known = knowing(*directory)
    known.apply(Topic.EXPECTATIONS, version(1, since, values=lessons()))
    return known
