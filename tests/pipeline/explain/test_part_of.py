"""The story of a silent prompt says what its silence is part of, as the agents found it."""

import io
from typing import Any

from rich.console import Console

from models.checklist_file import load_checklist
from pipeline.explain import read_story
from pipeline.explain.render import render
from tests.factories.records import mark, post, react


def three(*more: Any) -> list[Any]:
    asked = [post(f"p{n}", hours=n, event_id=f"p{n}", asset_id=f"a{n}") for n in range(3)]
    return sorted([*asked, *more], key=lambda event: event.time)


async def test_three_silent_prompts_in_a_row_are_a_dead_channel(lived: Any, database: str) -> None:
    client = await lived(*three(), mark(24 * 12))
    story = read_story(client, database, "slack:C1:p1", load_checklist())
    assert story.part_of.startswith("#learning is dead since 2026-03-")
    screen = io.StringIO()
    Console(file=screen, width=100).print(render(story))
    assert f"Part of: {story.part_of}." in screen.getvalue()


async def test_when_somebody_comes_nothing_is_part_of_it_any_more(lived: Any, database: str) -> None:
    client = await lived(*three(react("sales1", 24 * 5, "p2")), mark(24 * 12))
    assert read_story(client, database, "slack:C1:p1", load_checklist()).part_of == ""
    assert read_story(client, database, "slack:C1:p2", load_checklist()).part_of == ""
