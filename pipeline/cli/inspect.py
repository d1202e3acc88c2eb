"""Commands that look: report and doctor."""

from typing import Annotated

import typer
from rich.markup import escape

from pipeline.cli.console import Json, explained, load_settings, tables
from pipeline.console import out, print_json, tell


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(rich_help_panel="Look")(report)
    app.command(rich_help_panel="Look")(doctor)


def report(
    source: Annotated[str, typer.Option(help="Only this source, such as slack or archive.")] = "",
    workspace: Annotated[str, typer.Option(help="Only this workspace.")] = "",
    limit: Annotated[int, typer.Option(min=1, help="Rows of each table at most.")] = 20,
    json: Json = False,
) -> None:
    """Show what is dead now and why, silence by segment, where silence is no news, and hypotheses by week."""
    import json as codec

    from pipeline.clickhouse.render import render
    from pipeline.clickhouse.report import read_report, to_json

    settings = load_settings()
    with tables(settings) as client:
        found = read_report(client, settings.clickhouse.database, source=source, workspace=workspace, limit=limit)
    if json:
        print_json(codec.loads(to_json(found)))
    else:
        out.print(render(found))


def doctor(json: Json = False) -> None:
    """Say what is reachable, what is wrong and how to mend it. Ends with status 1 when something is wrong."""
    from pipeline.doctor import examine

    with explained():
        findings = examine(load_settings())
    if json:
        print_json([finding.model_dump() for finding in findings])
    else:
        for finding in findings:
            mark = "[green]ok  [/]" if finding.ok else "[red]MEND[/]"
            tell(out, f"{mark} {finding.what}: {escape(finding.found)}")
            if finding.advice:
                tell(out, f"     {escape(finding.advice)}")
    if not all(finding.ok for finding in findings):
        raise typer.Exit(1)
