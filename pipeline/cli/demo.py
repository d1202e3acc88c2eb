"""The command `demo`."""

from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.console import Json, explained, load_settings


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(rich_help_panel="Start here")(demo)


def demo(
    headless: Annotated[bool, typer.Option(help="No live table; end by itself when the story is told.")] = False,
    seed: Annotated[int, typer.Option(help="Another seed, another workspace with the same two dead assets.")] = 1,
    picture: Annotated[Path | None, typer.Option(help="Save what is shown at the end as an SVG file.")] = None,
    json: Json = False,
) -> None:
    """Play four weeks of a simulated workspace in about a minute and watch the dead assets being found.

    Everything runs embedded on this machine, in one process tree: broker, ClickHouse, gateway, worker. The webhooks
    are real: signed, sent over HTTP, checked. Two assets are dead, a podcast nobody likes and a question nobody
    answers; all others are healthy. Ctrl-C ends everything.
    """
    from pipeline.checklist import checklist_file
    from pipeline.demo.run import run_demo

    settings = load_settings()
    with explained():
        checklist_file(settings)
        raise typer.Exit(run_demo(settings, seed=seed, headless=headless or json, json=json, picture=picture))
