"""Dead letters for operators: what was put aside and why, and written again once the cause is mended."""

from pipeline.dead_letters.letter import Group, Letter, Wanted, by_reason
from pipeline.dead_letters.redrive import RedriveBrokenOffError, Redriven, redrive
from pipeline.dead_letters.render import render_letter, render_list, render_redriven
from pipeline.dead_letters.rules import refusal, source_part, stands_in_a_topic
from pipeline.dead_letters.store import EVERYTHING, count, find, groups, named

__all__ = [
    "EVERYTHING",
    "Group",
    "Letter",
    "RedriveBrokenOffError",
    "Redriven",
    "Wanted",
    "by_reason",
    "count",
    "find",
    "groups",
    "named",
    "redrive",
    "refusal",
    "render_letter",
    "render_list",
    "render_redriven",
    "source_part",
    "stands_in_a_topic",
]
