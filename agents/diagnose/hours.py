"""Evidence from the clock: whether those it was for were about when it was posted, and when they usually are."""

from collections.abc import Sequence
from datetime import UTC, datetime

from agents.diagnose.found import Found
from agents.diagnose.subject import Subject
from models.weekly_profile import WEEK
from schemas.base import HOUR

MONDAY = 96
"""Where Monday 00:00 UTC stands in a week of 168 hours, which begins on Thursday 00:00 UTC."""

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

LOOKED_AT = 3
"""Hours from the one of the posting on: who is about in them still meets it near the top."""

SLOT = 2
"""Hours that are proposed together."""

LEAST_WEEKLY = 20.0
"""Messages and reactions a week below which the hours of a week are chance."""


def active_when_posted(subject: Subject) -> Found | None:
    """How active the audience usually is in the hours after the posting, measured by an average hour."""
    week = usual_week(subject)
    if week is None:
        return None
    posted = int(subject.prompt.posted_at // HOUR)
    about = sum(week[(posted + n) % WEEK] for n in range(LOOKED_AT)) / LOOKED_AT
    value = about * WEEK / sum(week)
    return Found(
        value,
        f"it was posted on {weekday(subject.prompt.posted_at)}; in the {LOOKED_AT} hours from then on {subject.people} "
        f"usually write or react {_times(value)} as much as in an average hour of the week",
    )


def weekday(moment: float) -> str:
    """Say on which day of the week and at what time a moment is, in English whatever the locale.

    >>> weekday(0.0)
    'Thursday at 00:00 UTC'
    """
    at = datetime.fromtimestamp(moment, UTC)
    return f"{DAYS[at.weekday()]} at {at:%H:%M} UTC"


def usual_week(subject: Subject) -> list[float] | None:
    """Return the messages and reactions of the audience in each hour of the week; None where that is not known."""
    if subject.crowd < subject.smallest_group:
        return None
    known = [subject.known.usual_week(subject.as_of, persona) for persona in subject.audience]
    weeks = [week for week in known if week is not None]
    if len(weeks) < len(known):
        return None
    week = [sum(hours) for hours in zip(*weeks, strict=True)]
    return week if sum(week) >= LEAST_WEEKLY else None


def active_hours(week: Sequence[float]) -> str:
    """Say when most happens in a week: two hours of the day, and the days in a row on which they are busy.

    The two hours are those with the most activity over all days; a day is among them when it has at least 0.7 of what
    the busiest day has in these hours.

    >>> week = [0.0] * 168
    >>> for day in (1, 2, 3):  # Tuesday to Thursday
    ...     week[(96 + 24 * day + 9) % 168], week[(96 + 24 * day + 10) % 168] = 5.0, 4.0
    >>> active_hours(week)
    'Tuesday to Thursday, 09:00-11:00 UTC'
    """
    by_day = [[week[(MONDAY + 24 * day + hour) % WEEK] for hour in range(24)] for day in range(7)]
    starts = range(24 - SLOT + 1)
    totals = [sum(sum(hours[start : start + SLOT]) for hours in by_day) for start in starts]
    start = max(starts, key=lambda hour: (totals[hour], -hour))
    busy = [sum(hours[start : start + SLOT]) for hours in by_day]
    first = last = max(range(7), key=lambda day: (busy[day], -day))
    least = 0.7 * busy[first]
    while first > 0 and busy[first - 1] >= least:
        first -= 1
    while last < 6 and busy[last + 1] >= least:
        last += 1
    days = DAYS[first] if first == last else f"{DAYS[first]} to {DAYS[last]}"
    return f"{days}, {start:02}:00-{start + SLOT:02}:00 UTC"


def _times(ratio: float) -> str:
    return f"{ratio:.1f} times" if ratio >= 0.05 else "hardly a twentieth"
