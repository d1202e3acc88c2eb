"""The commands `replay` and `backfill`."""

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from pipeline.cli.console import Json, explained, load_settings, steps
from pipeline.console import err, out, print_json, tell


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(rich_help_panel="Start here")(replay)
    app.command(rich_help_panel="Run")(backfill)


def replay(
    file: Annotated[Path, typer.Argument(help="A Slack export (folder or zip), or a message archive (.jsonl[.gz]).")],
    workers: Annotated[int, typer.Option(min=1, max=16, help="How many workers share the work.")] = 1,
    directory: Annotated[
        Path | None, typer.Option(help="A folder with members.csv, channels.csv, briefs.yaml.")
    ] = None,
    json: Json = False,
) -> None:
    """Judge the past as if it were lived: which prompts met silence, when that could be known, and why.

    Every human thread root counts as a prompt. Everything runs embedded unless the settings name a broker and a
    ClickHouse server. The rows stay: look at them with `crickets report`.
    """
    from pipeline.checklist import checklist_file
    from pipeline.directory import load_directory
    from pipeline.pseudonyms import pseudonym_key
    from pipeline.replay.run import replay as run

    settings = load_settings()
    with explained():
        checklist_file(settings)
        records, problems = load_directory(directory, pseudonym_key(settings)) if directory else ((), ())
        for problem in problems:
            tell(err, escape(str(problem)))
        if problems:
            raise typer.Exit(1)
        with steps() as report:
            summary = run(file, settings, workers=workers, report=report, directory=records)
    if json:
        print_json(asdict(summary))
        return
    tell(
        out,
        f"\n[bold]{summary.prompts:,}[/] prompts in {summary.messages:,} messages: "
        f"{summary.responders:,} responders gave {summary.responses:,} responses.\n"
        f"[bold]{summary.silent_at_horizon:,}[/] prompts met silence up to their horizon"
        + (f" ({summary.censored:,} of them were posted too late to be sure)" if summary.censored else "")
        + f".\n[bold]{summary.flagged:,}[/] were called silent at their deadline, of which {summary.revived:,} "
        f"were answered after all.\n[bold]{summary.too_little_to_tell:,}[/] expect too little to tell: their silence "
        f"is no news and is not judged.\n{summary.dead_letters:,} dead letters; "
        f"{summary.events_per_second:,.0f} events/s.\n\nWhere to look: [bold]crickets report[/], or in SQL: "
        f"SELECT * FROM {settings.clickhouse.database}.prompts_now",
    )


def backfill(
    file: Annotated[Path, typer.Argument(help="A Slack export (folder or zip) that covers what is missing.")],
    workspace: Annotated[str, typer.Option(help="The workspace's id in the webhooks, such as T024BE7LD.")],
    since: Annotated[datetime, typer.Option(help="When the source stopped delivering (UTC).")],
    until: Annotated[datetime, typer.Option(help="When it delivered again (UTC).")],
    source: Annotated[str, typer.Option(help="The source that was down.")] = "slack",
    json: Json = False,
) -> None:
    """Send what a source did not deliver to the live pipeline, so that responses count and prompts are judged.

    `crickets report` and view `source_health_now` say from when until when something is missing. Twice does no harm.
    """
    from pipeline.replay.backfill import backfill as run

    with explained():
        begin, end = since.replace(tzinfo=UTC).timestamp(), until.replace(tzinfo=UTC).timestamp()
        sent = run(file, load_settings(), source=source, workspace=workspace, since=begin, until=end)
    if json:
        print_json({"events": sent})
    else:
        tell(out, f"{sent:,} events were sent; what is missing no more is judged within some hours.")
