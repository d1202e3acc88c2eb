"""The command `erase`."""

from typing import Annotated

import typer
from rich.markup import escape

from pipeline.cli.console import Json, explained, load_settings, tables
from pipeline.console import err, out, print_json, tell


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(rich_help_panel="Run")(erase)


def erase(
    member: Annotated[
        str,
        typer.Argument(metavar="MEMBER", help="Their id as the source gives it (as in members.csv), or a pseudonym."),
    ],
    workspace: Annotated[str, typer.Option(help="Workspace of that id, as in members.csv.")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    json: Json = False,
) -> None:
    """Erase a member: from the tables, from the directory and from what the workers remember.

    What they did still counts and names nobody. It cannot be undone, and they stay erased: later webhooks, replays and
    directories do not bring the pseudonym back. Topics lose it by their retention and by compaction: docs/privacy.md
    says when. Run it again after some minutes to take away what was under way.
    """
    from pipeline.erasure import carry_out, plan
    from pipeline.pseudonyms import pseudonym_key

    settings = load_settings()
    with tables(settings) as client:
        planned = plan(client, settings, member, workspace, pseudonym_key(settings))
        named = ", ".join(f"{rows} in {table}" for table, rows in planned.rows.items() if rows) or "none"
        if not yes:
            tell(err, f"[bold]{escape(planned.member)}[/]: rows that name this member: {named}")
            if not settings.kafka.bootstrap_servers:
                tell(err, "No broker is set (CRICKETS_KAFKA__BOOTSTRAP_SERVERS): only the tables are changed")
            if not typer.confirm("Erase this member for good?", err=True):
                raise typer.Exit(1)
        with explained():
            carry_out(client, settings, planned)
    if json:
        told = bool(settings.kafka.bootstrap_servers)
        print_json({"member": planned.member, "rows": planned.rows, "workers_told": told})
        return
    tell(out, f"Erased {escape(planned.member)}. Rows that named this member: {named}.")
    if settings.kafka.bootstrap_servers:
        tell(out, "The workers forget them as they get there. How long topics hold the pseudonym: docs/privacy.md")
