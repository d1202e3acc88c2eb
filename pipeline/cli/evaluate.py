"""The command `evaluate`."""

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from pipeline.cli.console import Json, explained, load_settings, steps
from pipeline.console import err, out, print_json, tell

_DIAGNOSIS = "With --diagnosis"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(rich_help_panel="Look")(evaluate)


def evaluate(
    archives: Annotated[
        list[Path] | None, typer.Argument(help="Slack exports (folder or zip) or message archives (.jsonl[.gz]).")
    ] = None,
    picture: Annotated[
        Path | None,
        typer.Option(help="Where the picture goes; evaluate.png or diagnosis.png in the data folder if not said."),
    ] = None,
    diagnosis: Annotated[
        bool,
        typer.Option(
            "--diagnosis", help="Score the diagnosis instead: assets that die of known causes in made-up workspaces."
        ),
    ] = False,
    seed: Annotated[
        int | None,
        typer.Option(min=0, help="The same seed gives the same figures; 1 if not said.", rich_help_panel=_DIAGNOSIS),
    ] = None,
    workspaces: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=100,
            help="How many workspaces, 8 if not said: more are slower, and surer.",
            rich_help_panel=_DIAGNOSIS,
        ),
    ] = None,
    feedback: Annotated[
        bool,
        typer.Option(
            "--feedback",
            help="Also how fast people's corrections mend a bias; needs eight workspaces more.",
            rich_help_panel=_DIAGNOSIS,
        ),
    ] = False,
    stray: Annotated[
        bool,
        typer.Option(
            "--stray",
            help="Harder: no sign gives a cause away, each is there now and then where something else is the matter.",
            rich_help_panel=_DIAGNOSIS,
        ),
    ] = False,
    json: Json = False,
) -> None:
    """Score expectations on the past: how right they were, how early, and how much better than something simpler.

    Every prompt is judged before anything of its future is known, by the models that judge live, and learned from when
    it is known what came of it. The first fifth of an archive is learned from and not scored. Beside the product:
    its views alone, River's own models, and fixed windows. Needs no broker and no ClickHouse.

    With --diagnosis no archive is read: workspaces are made up in which assets die of one or two of the checklist's
    causes, some briefs incomplete and some signs misleading, and what is said they died of is put beside what they did,
    also where briefs, directory and talk are withheld. Takes ten seconds to a minute a workspace.
    """
    if diagnosis:
        if archives:
            raise typer.BadParameter("--diagnosis makes up its workspaces: leave the archives out")  # noqa: EM101
        number, size = 1 if seed is None else seed, 8 if workspaces is None else workspaces
        _diagnosis(number, size, picture, json, feedback=feedback, stray=stray)
        return
    if seed is not None or workspaces is not None or feedback or stray:
        raise typer.BadParameter("--seed, --workspaces, --feedback and --stray belong to --diagnosis")  # noqa: EM101
    if not archives:
        raise typer.BadParameter("name an archive, or say --diagnosis", param_hint="ARCHIVES...")  # noqa: EM101
    _archives(archives, picture, json)


def _archives(archives: list[Path], picture: Path | None, json: bool) -> None:
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


def _diagnosis(seed: int, workspaces: int, picture: Path | None, json: bool, *, feedback: bool, stray: bool) -> None:
    from dataclasses import asdict

    from pipeline.diagnosis.correcting import correct
    from pipeline.diagnosis.picture import draw
    from pipeline.diagnosis.render import render, render_looks
    from pipeline.diagnosis.run import study

    settings = load_settings()
    with explained():
        with steps() as report:
            found = study(settings, report, seed=seed, workspaces=workspaces, stray=stray)
            looks = correct(settings, report, seed=seed) if feedback else []
        file = picture or settings.data_dir / "diagnosis.png"
        draw(found, file)
    if json:
        print_json(found.as_json() | ({"feedback": [asdict(look) for look in looks]} if feedback else {}))
    else:
        out.print(render(found))
        if feedback:
            out.print(render_looks(looks))
    tell(err, f"What was told of what was planted, and reliability: {escape(str(file))}")
