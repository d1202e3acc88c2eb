"""The life of one prompt as a picture."""

from pathlib import Path
from typing import Any

from pipeline.clickhouse.render import moment
from pipeline.explain.story import Story
from pipeline.explain.words import after, age, chance, label
from schemas.errors import CricketsError

_TICKS = (1 / 60, 5 / 60, 0.25, 1.0, 4.0, 12.0, 24.0, 72.0, 168.0, 336.0, 720.0)
_BLUE, _GREEN, _RED, _GREY = "#204a87", "#4e9a06", "#a40000", "#888a85"


class NothingToDrawError(CricketsError):
    """How the prompt was expected to go was not recorded."""


def draw(story: Story, file: Path) -> None:
    """Write a picture (PNG, or what the name ends with).

    Above how the chance of silence falls, with alpha, deadline and horizon; below how many responders were expected by
    when, and how many came. Time since the posting runs on a log scale, since most responses come in the first minutes.

    Raises
    ------
    NothingToDrawError
        The prompt was recorded before that was.
    """
    from matplotlib.figure import Figure  # takes half a second, and only this needs it

    if not story.course:
        msg = f"how {story.posted.prompt_id} was expected to go was not recorded yet when it was posted: no picture"
        raise NothingToDrawError(msg)
    figure = Figure(figsize=(9.0, 6.5), layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True)
    _silence(above, story)
    _responders(below, story)
    for axis in (above, below):
        _moments(axis, story, named=axis is above)
        axis.grid(alpha=0.3)
    first, last = story.course[0].hours / 2, story.course[-1].hours
    ticks = [hours for hours in _TICKS if first <= hours <= last * 1.01]
    below.set_xscale("log")
    below.set_xlim(first, last * 1.15)
    below.set_xticks(ticks, [age(hours) for hours in ticks])
    below.minorticks_off()
    below.set_xlabel(f"since the posting, {moment(story.posted.posted_at)} (log scale)")
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(file, dpi=120)


def _silence(axis: Any, story: Story) -> None:
    hours = [story.course[0].hours / 2, *(stage.hours for stage in story.course)]
    chances = [1.0, *(stage.p_zero for stage in story.course)]
    axis.plot(hours, chances, color=_BLUE, marker="o", markersize=3)
    axis.axhline(story.expected.alpha, color=_GREY, linewidth=1, linestyle="--")
    axis.annotate(
        f"alpha {chance(story.expected.alpha)}", (hours[0], story.expected.alpha), (3, 3),
        textcoords="offset points", color=_GREY, fontsize=8,
    )  # fmt: skip
    axis.set(ylim=(0, 1.02), ylabel="chance that nobody has responded")
    name = story.posted.title or story.posted.asset_id or story.posted.prompt_id
    axis.set_title(f"{name}: {label(story)}", fontsize=11)


def _responders(axis: Any, story: Story) -> None:
    start = story.course[0].hours / 2
    hours = [start, *(stage.hours for stage in story.course)]
    axis.plot(hours, [0.0, *(stage.expected for stage in story.course)], color=_BLUE, label="expected")
    known = [(start, 0), *((stage.hours, stage.came) for stage in story.course if stage.came is not None)]
    axis.plot(*zip(*known, strict=True), color=_GREEN, marker="o", markersize=3, label="came")
    axis.set(ylabel="responders")
    axis.set_ylim(bottom=-0.02 * axis.get_ylim()[1])
    axis.legend(loc="upper left")


def _moments(axis: Any, story: Story, *, named: bool) -> None:
    expected, came = story.expected, story.came
    marks = [
        (expected.deadline, _RED, "deadline"),
        (came.first_response_at, _GREEN, "first response"),
        (expected.horizon, _GREY, "horizon"),
    ]
    for at, colour, name in marks:
        if at is None:
            continue
        hours = (at - story.posted.posted_at).total_seconds() / 3600
        axis.axvline(hours, color=colour, linewidth=1)
        if not named:
            continue
        axis.annotate(
            f"{name}, {after(story, at)} ", (hours, axis.get_ylim()[1]), (0, -4), textcoords="offset points",
            rotation=90, ha="right", va="top", color=colour, fontsize=8,
        )  # fmt: skip
