"""What the rows of several tables have in common: moments, the facts of a prompt, and of what was expected of it."""

from datetime import UTC, datetime
from typing import Any

from schemas.expectation import Expectation
from schemas.outcome import Prompt

Facts = tuple[str, dict[str, Any]]
"""A table, and what its row says by column."""

_LAST_MOMENT = datetime(2299, 12, 31, tzinfo=UTC).timestamp()  # where ClickHouse's DateTime64 ends


def prompt_facts(prompt: Prompt) -> dict[str, Any]:
    """Return the facts of a prompt that every row about it has."""
    return {
        "prompt_id": prompt.prompt_id,
        "source": prompt.source,
        "workspace": prompt.workspace,
        "conversation": prompt.conversation,
        "posted_at": moment(prompt.posted_at),
        "asset_id": prompt.asset_id,
        "asset": prompt.asset,
        "asset_type": str(prompt.asset_type),
        "persona": prompt.persona,
        "persona_given": prompt.persona_given,
        "reach": prompt.reach,
        "reach_total": sum(prompt.reach.values()),
    }


def judged(expectation: Expectation) -> dict[str, Any]:
    """Return what was expected, as it was judged."""
    return {
        "p_zero": expectation.p_zero,
        "p_zero_horizon": expectation.p_zero_horizon,
        "expected": expectation.expected,
        "expected_horizon": expectation.expected_horizon,
        "borrowed": expectation.borrowed,
        "borrowed_from": expectation.borrowed_from,
        "too_little_to_tell": expectation.deadline is None,
        "deadline": moment_or_none(expectation.deadline),
        "alpha": expectation.alpha,
        "expectation_as_of": moment(expectation.as_of),
        "expectation_version": expectation.version,
    }


def moment(seconds: float) -> datetime:
    """Return a moment as ClickHouse takes it; OverflowError after the last one that a table can hold."""
    if seconds > _LAST_MOMENT:
        msg = "after the last moment of DateTime64"
        raise OverflowError(msg)
    return datetime.fromtimestamp(seconds, UTC)


def moment_or_none(seconds: float | None) -> datetime | None:
    """Return a moment, or None where there is none."""
    return None if seconds is None else moment(seconds)
