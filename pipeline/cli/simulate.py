"""The command `simulate`."""

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from pipeline.cli.console import Json, explained, load_settings, steps
from pipeline.console import err, out, print_json, tell


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(rich_help_panel="Look")(simulate)


def simulate(
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same figures.")] = 1,
    workspaces: Annotated[
        int, typer.Option(min=1, max=50, help="How many workspaces: more are slower, and surer.")
    ] = 3,
    weeks: Annotated[
        int, typer.Option(min=24, max=520, help="How long each is. The holidays are those of the first year.")
    ] = 52,
    picture: Annotated[
        Path | None, typer.Option(help="Where the picture goes; simulate.png in the data folder if not said.")
    ] = None,
    json: Json = False,
) -> None:
    """Score expectations where the truth is known: false alarms, holidays, assets that die, engagement that falls.

    Workspaces are made up, with personas in their time zones, working hours and holidays, prompts that appeal to more
    or fewer, a programme that starts, a tool that is down, and the agents that judge live live through them. Shown is
    what they said beside what was so. Takes about a minute a workspace; needs no broker and no ClickHouse.
    """
    from pipeline.study.picture import draw
    from pipeline.study.render import render
    from pipeline.study.run import study

    settings = load_settings()
    with explained():
        with steps() as report:
            found = study(settings, report, seed=seed, workspaces=workspaces, weeks=weeks)
        file = picture or settings.data_dir / "simulate.png"
        draw(found, file)
    if json:
        print_json(found.as_json())
    else:
        out.print(render(found))
    tell(err, f"False alarms, deaths and a step down: {escape(str(file))}")
