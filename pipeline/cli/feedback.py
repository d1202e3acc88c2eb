"""The command `feedback`."""

import getpass
import time
from typing import Annotated

import typer
from rich.markup import escape

from pipeline.cli.console import Json, explained, load_settings, tables
from pipeline.console import err, out, print_json, tell


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(rich_help_panel="Look")(feedback)


def feedback(
    about: Annotated[
        str,
        typer.Argument(
            metavar="ABOUT",
            help="What it is about: a prompt_id, the link of a Slack message, the id of an asset, or an anomaly_id as "
            "the tables show it.",
        ),
    ],
    says: Annotated[
        str,
        typer.Argument(
            metavar="SAYS",
            help="confirmed, wrong_cause:CAUSE (such as wrong_cause:no_need), expected, not_applicable, false_alarm, "
            "or withdrawn.",
        ),
    ],
    note: Annotated[str, typer.Option(help="A few words for those who read it later; up to 500 characters.")] = "",
    by: Annotated[
        str, typer.Option(help="Who says so: an id as in members.csv, kept as a pseudonym. Left out: your user name.")
    ] = "",
    workspace: Annotated[str, typer.Option(help="Workspace of that id; also: only anomalies of this workspace.")] = "",
    source: Annotated[str, typer.Option(help="Only this source, such as slack or archive.")] = "",
    json: Json = False,
) -> None:
    """Say what an anomaly really was, so that the next diagnosis is better.

    **confirmed**: silent, and for the reason told. **wrong_cause:CAUSE**: silent for another reason. **expected**:
    nobody was meant to answer; this asset and segment are muted for four weeks (CRICKETS_FEEDBACK__MUTE_DAYS).
    **not_applicable**: no asset of ours. **false_alarm**: it was answered, only not where Crickets looks.
    **withdrawn**: takes back what you said before, and all that came of it.

    What you say later of the same anomaly replaces what you said. The workers learn it within seconds: needs a broker
    (CRICKETS_KAFKA__BOOTSTRAP_SERVERS) beside ClickHouse. Ends with status 1 when there is no such anomaly.
    """
    from pipeline.feedback import find_anomaly, read_says, send
    from pipeline.pseudonyms import pseudonym_key
    from schemas.ids import pseudonym

    settings = load_settings()
    with explained():
        said, cause = read_says(says)
        with tables(settings) as client:
            found = find_anomaly(client, settings.clickhouse.database, about, source=source, workspace=workspace)
        who = pseudonym(pseudonym_key(settings), workspace, by or getpass.getuser())
        given = send(settings, found.anomaly_id, said, cause, who=who, at=time.time(), note=note)
    if json:
        print_json(given.model_dump())
        return
    if found.note:
        tell(err, escape(found.note))
    tell(out, f"Said of [bold]{escape(found.title)}[/] ({escape(found.anomaly_id)}, told: {escape(found.hypothesis)})")
    tell(out, f"{escape(says)}. Take it back: crickets feedback {escape(found.anomaly_id)} withdrawn")
