"""The command `explain`."""

from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from pipeline.cli.console import Json, explained, load_settings, tables
from pipeline.console import err, out, print_json, tell

if TYPE_CHECKING:
    from pipeline.explain import Story


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(rich_help_panel="Look")(explain)


def explain(
    prompt: Annotated[
        str,
        typer.Argument(
            metavar="PROMPT",
            help="A prompt_id as the tables show it, the link of a Slack message, or the id of an asset "
            "(its latest prompt, and all its prompts in one line each).",
        ),
    ],
    source: Annotated[str, typer.Option(help="Only this source, such as slack or archive.")] = "",
    workspace: Annotated[str, typer.Option(help="Only this workspace.")] = "",
    picture: Annotated[
        Path | None, typer.Option(help="Also draw how the chance of silence fell and responders came (PNG).")
    ] = None,
    json: Json = False,
) -> None:
    """Tell the whole story of one prompt: what was posted, what was expected and came, and why it is likely silent.

    What was posted and who could see it; how many responders were expected by when and how the chance of silence fell;
    what came; when silence was news; which evidence counts for which cause and how much; what to try. All of it is read
    from ClickHouse; no text of a message, and members only as pseudonyms. Ends with status 1 when there is no such
    prompt, or several are meant.
    """
    from pipeline.checklist import checklist_file
    from pipeline.explain import find, read_story
    from pipeline.explain.picture import draw
    from pipeline.explain.render import render

    settings = load_settings()
    with explained():
        checklist = checklist_file(settings)
        database = settings.clickhouse.database
        with tables(settings) as client:
            meant = find(client, database, prompt, source=source, workspace=workspace)
            story = read_story(client, database, meant.prompt_id, checklist)
        if picture is not None:
            draw(story, picture)
    if meant.note:
        tell(err, escape(meant.note))
    if json:
        print_json(_as_json(story))
    else:
        out.print(render(story))
    if picture is not None:
        tell(err, f"How the chance of silence fell and responders came: {escape(str(picture))}")


def _as_json(story: "Story") -> dict[str, Any]:
    """Return the story for programs: moments in ISO 8601, UTC, and in words what its status means and what happened."""
    from pipeline.explain.words import explanation, label, timeline

    happened = [item._asdict() for item in timeline(story)]
    facts = {"status": label(story), "explanation": explanation(story), **asdict(story), "timeline": happened}
    plain: dict[str, Any] = _plain(facts)
    return plain


def _plain(value: Any) -> Any:
    match value:
        case dict():
            return {name: _plain(part) for name, part in value.items()}
        case list() | tuple():
            return [_plain(part) for part in value]
        case datetime():
            return value.isoformat()
        case _:
            return value
