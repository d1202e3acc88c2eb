"""What stands: from when until when something was told to be silent, and how much of that is false."""

from collections.abc import Iterable, Mapping, Sequence
from math import inf

from pipeline.study.life import Lived
from pipeline.study.world import SOURCE, START
from schemas.base import HOUR
from schemas.ids import placed_asset
from schemas.verdict import Level, Verdict

_WEEK = 7 * 24 * HOUR


def runs(verdicts: Iterable[Verdict], level: Level) -> dict[str, list[tuple[float, float]]]:
    """Return subject -> (from when, until when) it was told to be silent, in order; infinity: to the end."""
    found: dict[str, list[tuple[float, float]]] = {}
    for verdict in verdicts:
        if verdict.level != level:
            continue
        about = found.setdefault(verdict.subject, [])
        stands = bool(about) and about[-1][1] == inf
        if verdict.verdict == "revived" and stands:
            about[-1] = about[-1][0], verdict.told_at
        elif verdict.verdict != "revived" and not stands:
            about.append((verdict.told_at, inf))
    return found


def false_standing(lives: Sequence[Lived], number: int, first_week: int) -> float | None:
    """Return the share of living assets among those that stand as silent, as seen at the end of every week.

    Parameters
    ----------
    number
        Of the `watch`.
    first_week
        From which one looks.
    """
    alive = standing = 0
    for lived in lives:
        died = died_at(lived)
        for asset, told in runs(lived.verdicts[number], "asset").items():
            for week in range(first_week, lived.world.plan.weeks):
                moment = START + week * _WEEK
                if any(begun <= moment < ended for begun, ended in told):
                    standing += 1
                    alive += moment < died.get(asset, inf)
    return alive / standing if standing else None


def died_at(lived: Lived) -> Mapping[str, float]:
    """Return asset (as a verdict names it) -> when the first prompt of it was posted that nobody answers any more."""
    died: dict[str, float] = {}
    for p in lived.prompts:
        if p.truth.factor == 0.0:
            died.setdefault(placed_asset(SOURCE, "", p.truth.asset.asset_id), p.truth.posted_at)
    return died
