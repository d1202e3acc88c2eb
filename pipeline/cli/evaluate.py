"""The command `evaluate`."""

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from pipeline.cli.console import Json, explained, load_settings, steps
from pipeline.console import err, out, print_json, tell


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(rich_help_panel="Look")(evaluate)


def evaluate(
    archives: Annotated[
        list[Path], typer.Argument(help="Slack exports (folder or zip) or message archives (.jsonl[.gz]).")
    ],
    picture: Annotated[
        Path | None, typer.Option(help="Where the picture goes; evaluate.png in the data folder if not said.")
    ] = None,
    json: Json = False,
) -> None:
    """Score expectations on the past: how right they were, how early, and how much better than something simpler.

    Every prompt is judged before anything of its future is known, by the models that judge live, and learned from when
    it is known what came of it. The first fifth of an archive is learned from and not scored. Beside the product:
    its views alone, River's own models, and fixed windows. Needs no broker and no ClickHouse.
    """
    from pipeline.evaluate.picture import draw
    from pipeline.evaluate.render import render
    from pipeline.evaluate.run import evaluate as run

    settings = load_settings()
    with explained():
        with steps() as report:
            found = run(archives, settings, report)
        file = picture or settings.data_dir / "evaluate.png"
        draw(found, file)
    if json:
        print_json({"archives": [archive.as_json() for archive in found]})
    else:
        for archive in found:
            out.print(render(archive))
    tell(err, f"Reliability and lead time: {escape(str(file))}")
