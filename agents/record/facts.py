"""What the rows of several tables have in common: moments, the facts of a prompt, and of what was expected of it."""

from datetime import UTC, datetime
from math import modf
from typing import Any

from schemas.expectation import Expectation
from schemas.outcome import Prompt

_LAST_MOMENT = datetime(2299, 12, 31, tzinfo=UTC).timestamp()  # where ClickHouse's DateTime64 ends


def of_prompt(prompt: Prompt) -> tuple[Any, ...]:
    """Return the facts of a prompt that every row about it has, in the order of PROMPT."""
    return (
        prompt.prompt_id, prompt.source, prompt.workspace, prompt.conversation, moment(prompt.posted_at),
        prompt.asset_id, prompt.asset, prompt.asset_type.value, prompt.persona, prompt.persona_given,
        prompt.reach, sum(prompt.reach.values()),
    )  # fmt: skip


def of_expectation(judged: Expectation) -> tuple[Any, ...]:
    """Return what was expected, as it was judged, in the order of JUDGED."""
    deadline = judged.deadline
    return (
        judged.p_zero, judged.p_zero_horizon, judged.expected, judged.expected_horizon,
        judged.borrowed, judged.borrowed_from, moment_or_none(deadline), deadline is None, judged.alpha,
        moment(judged.as_of), judged.version,
    )  # fmt: skip


def moment(seconds: float) -> int:
    """Return a moment as DateTime64(6) holds it: microseconds since 1970-01-01T00:00:00 UTC.

    OverflowError after the last one that a table can hold.
    """
    if seconds > _LAST_MOMENT:
        msg = "after the last moment of DateTime64"
        raise OverflowError(msg)
    fraction, whole = modf(seconds)
    return int(whole) * 1_000_000 + round(fraction * 1e6)


def moment_or_none(seconds: float | None) -> int | None:
    """Return a moment, or None where there is none."""
    return None if seconds is None else moment(seconds)
