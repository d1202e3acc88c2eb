"""Stories of prompts, as they are read out of the tables."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from pipeline.explain.story import (
    Came,
    Cause,
    Diagnosis,
    Evidence,
    Expected,
    OverPrompts,
    Posted,
    Posting,
    Stage,
    Story,
)

POSTED = datetime(2026, 3, 2, 9, tzinfo=UTC)


def after(hours: float) -> datetime:
    return POSTED + timedelta(hours=hours)


def story(**changes: Any) -> Story:
    """Return the story of a silent prompt; names like `came__responders` change a part of it."""
    told = Story(
        posted=Posted(
            prompt_id="slack:C1:1.2", source="slack", workspace="T1", conversation="C1", author="m_1",
            posted_at=POSTED, asset_id="podcast", title="Podcast 12", asset_type="thumbs_up", asset_type_from="brief",
            persona="sales", persona_given=True, reach={"sales": 40, "small groups": 3}, reach_total=43,
            active_members=12, competing_prompts=1, earlier_prompts=1,
        ),
        expected=Expected(
            responders=4.1, responders_horizon=11.9, p_zero=0.1, p_zero_horizon=0.002, deadline=after(1.5), alpha=0.1,
            horizon=after(168), views={"mix": 0.002, "segment": 0.03, "borrowed": 0.5}, as_of=after(-2), version=7,
        ),
        came=Came(
            status="silent", flagged=True, closed=False, responders=0, responses=0, by_persona={},
            first_response_at=None, known_until=after(30), time=after(1.5),
        ),
        course=[
            Stage(after(0.05), 0.05, 0.9, 0.5, 0),
            Stage(after(1), 1.0, 0.2, 3.0, 0),
            Stage(after(24), 24.0, 0.03, 9.0, 0),
            Stage(after(168), 168.0, 0.002, 11.9, None),
        ],
        over_prompts=OverPrompts(state="open", time=after(2), prompts=2, e_value=110.0, limit=10.0),
        diagnosis=diagnosis(),
        history=[posting("1.2"), posting("0.1", -48, "answered", 5)],
    )  # fmt: skip
    for name, value in changes.items():
        part, _, fact = name.partition("__")
        told = replace(told, **{part: replace(getattr(told, part), **{fact: value}) if fact else value})
    return told


def diagnosis(**changes: Any) -> Diagnosis:
    facts: dict[str, Any] = {
        "level": "prompt",
        "verdict": "silent",
        "time": after(1.5),
        "hypothesis": "no_wiifm",
        "causes": [
            Cause("no_wiifm", 0.7, "How do learners perceive it?", "It serves the people who made it."),
            Cause("elsewhere", 0.25, "Where are they?", "They talk in another place."),
            Cause("own_code", 0.05, "", ""),
        ],
        "evidence": [
            Evidence("rates_designer", "true", "it asks for a thumbs up", {"no_wiifm": 0.8, "elsewhere": -0.4}, [], []),
            Evidence("size", "9", "nine can see it", {"no_wiifm": 0.05, "elsewhere": 0.0}, [], []),
            Evidence("weather", "true", "it rained", {}, ["elsewhere"], ["no_wiifm"]),
        ],
        "next_step": "Write down what is in it for them.",
    }
    return Diagnosis(**facts | changes)


def posting(message: str, hours: float = 0.0, status: str = "silent", responders: int = 0) -> Posting:
    return Posting(f"slack:C1:{message}", after(hours), "C1", status, responders, 11.9, too_little=False)
