"""The commands `dead-letters list`, `show` and `redrive`."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from rich.markup import escape

from pipeline.cli.console import Json, load_settings, steps, tables
from pipeline.console import err, out, print_json, tell
from pipeline.settings import Settings

if TYPE_CHECKING:
    from pipeline.dead_letters import Letter
    from pipeline.kafka.reader import Missing, Standing

Stage = Annotated[str, typer.Option(help="Only what this agent or command put aside, such as normalise or track.")]
Topic = Annotated[str, typer.Option(help="Only originals of this topic, without prefix, such as webhooks.")]
Source = Annotated[str, typer.Option(help="Only this source, such as slack.")]
Error = Annotated[str, typer.Option(help="Only this kind of error, such as KeyError; `list` names them.")]
All = Annotated[bool, typer.Option("--all", help="Also those that were redriven already.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    letters = typer.Typer(
        help="Dead letters: records that could not be worked through, why, and how to try again.",
        no_args_is_help=True,
        rich_markup_mode="markdown",
    )
    letters.command("list")(list_letters)
    letters.command()(show)
    letters.command()(redrive)
    app.add_typer(letters, name="dead-letters", rich_help_panel="Look")


def list_letters(
    stage: Stage = "",
    topic: Topic = "",
    source: Source = "",
    error: Error = "",
    limit: Annotated[int, typer.Option(min=1, help="Letters one by one at most; the counts are of all.")] = 20,
    all: All = False,
    json: Json = False,
) -> None:
    """List what was put aside: counts by stage and reason first, then the letters, the newest first.

    A dead letter is a pointer to a record that could not be worked through, with the reason; the stream went on
    without it. Needs ClickHouse alone, no broker. A letter stays open until it is redriven.
    """
    from pipeline.dead_letters import Wanted, count, find, groups, render_list

    wanted = Wanted(stage=stage, topic=topic, source=source, error=error, redriven=all)
    with _store() as (settings, client):
        database = settings.clickhouse.database
        open_, redriven = count(client, database, wanted)
        reasons = groups(client, database, wanted)
        letters = find(client, database, wanted, limit=limit)
    if json:
        print_json(
            {
                "open": open_,
                "redriven": redriven,
                "reasons": [_plain(reason) for reason in reasons],
                "letters": [_plain(letter) for letter in letters],
            }
        )
    else:
        tell(out, "\n".join(render_list(letters, reasons, open_, redriven)))


def show(
    id: Annotated[str, typer.Argument(metavar="ID", help="As `list` shows it: stage/topic/partition/offset.")],
    original: Annotated[
        bool, typer.Option(help="Also size, source and time of the original; never its content.")
    ] = False,
    json: Json = False,
) -> None:
    """Show everything about one dead letter: the reason, where an agent raised, and whether its original still stands.

    The original itself is not shown: it may hold what somebody wrote. Where no broker is named
    (CRICKETS_KAFKA__BOOTSTRAP_SERVERS) nothing can be said about it. Ends with status 1 when there is no such letter.
    """
    from pipeline.dead_letters import refusal, render_letter, source_part
    from pipeline.kafka.reader import Missing, Standing

    with _store() as (settings, client):
        [letter] = _named(client, settings, [id])
    found = _look(letter, settings)
    if not json:
        tell(out, "\n".join(render_letter(letter, found, details=original)))
        return
    facts: dict[str, Any] = {"readable": None, "why": found if isinstance(found, str) else ""}
    if isinstance(found, Missing):
        facts = {"readable": False, "why": found.why}
    elif isinstance(found, Standing):
        facts = {"readable": True, "why": ""}
        if original:
            written_at = found.written_at.isoformat()
            facts |= {"size": found.size, "source": source_part(found), "written_at": written_at}
    print_json(_plain(letter) | {"original": facts, "not_redriven_because": refusal(letter)})


def redrive(
    ids: Annotated[list[str] | None, typer.Argument(metavar="ID", help="Letters as `list` shows them.")] = None,
    stage: Stage = "",
    topic: Topic = "",
    source: Source = "",
    error: Error = "",
    limit: Annotated[int | None, typer.Option(min=1, help="So many at most, the newest.")] = None,
    all: All = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask; for scripts.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and write nothing.")] = False,
    json: Json = False,
) -> None:
    """Try again: write the originals of dead letters once more to where they stood, once their cause is mended.

    Name letters by their IDs, or choose them by filters (then you are asked first). Each original goes to the same
    partition with the same key and value, and is worked through like a new one; ids derive from the input, so that
    nothing counts twice. What fails again becomes a new dead letter. Needs a broker
    (CRICKETS_KAFKA__BOOTSTRAP_SERVERS).

    Ends with status 0 when all is done, 1 when something could not be redriven, 2 when it was called wrongly.
    """
    from pipeline.dead_letters import EVERYTHING, Wanted, find, render_redriven
    from pipeline.dead_letters import redrive as run

    wanted = Wanted(stage=stage, topic=topic, source=source, error=error, redriven=all)
    if bool(ids) != wanted.anything or (ids and limit):
        _wrong("name letters by their IDs, or choose them by --stage, --topic, --source or --error: one of the two")
    with _store() as (settings, client):
        if ids:
            letters = _named(client, settings, list(dict.fromkeys(ids)))
        else:
            letters = find(client, settings.clickhouse.database, wanted, limit=limit or EVERYTHING)
            if not letters:
                tell(err, "no dead letter like that is open")
            elif not yes and not dry_run and not _agreed(letters):
                tell(err, "nothing was redriven")
                raise typer.Exit(0)
        with steps() as report:
            done = run(letters, settings, client, dry_run=dry_run, again=all, report=report)
    if json:
        print_json(asdict(done) | {"dry_run": dry_run})
    else:
        tell(out, "\n".join(render_redriven(done, dry_run=dry_run)))
    if done.refused:
        raise typer.Exit(1)


def _agreed(letters: "list[Letter]") -> bool:
    from pipeline.dead_letters import by_reason

    for (of_stage, reason), number in by_reason(letters):
        tell(err, f"{number:>6}  [bold]{escape(of_stage)}[/]  {escape(reason)}")
    try:
        return typer.confirm(f"Redrive these {len(letters)}?", err=True)
    except typer.Abort:
        err.print()
        _wrong("nobody is there to answer: add --yes")


@contextmanager
def _store() -> Iterator[tuple[Settings, Any]]:
    settings = load_settings()
    with tables(settings) as client:
        yield settings, client


def _named(client: Any, settings: Settings, ids: list[str]) -> "list[Letter]":
    from pipeline.dead_letters import named

    found = named(client, settings.clickhouse.database, ids)
    if unknown := [given for given in ids if given not in found]:
        for given in unknown:
            tell(err, f"[red]There is no dead letter {escape(given)}[/]: crickets dead-letters list --all")
        raise typer.Exit(1)
    return [found[given] for given in ids]


def _look(letter: "Letter", settings: Settings) -> "Standing | Missing | str":
    """Look for the original; where nobody can look, say why."""
    from pipeline.dead_letters import stands_in_a_topic
    from pipeline.kafka import BrokerError
    from pipeline.kafka.reader import PointReader

    if not stands_in_a_topic(letter):
        return "a file, look there"
    if not settings.kafka.bootstrap_servers:
        return "not looked for, since no broker is named: set CRICKETS_KAFKA__BOOTSTRAP_SERVERS=host:port"
    try:
        with PointReader(settings.kafka) as reader:
            return reader.read(*letter.original)
    except BrokerError as error:
        return f"not looked for: {error}"


def _plain(row: Any) -> dict[str, Any]:
    """Return a row for programs: moments in ISO 8601, UTC."""
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in asdict(row).items()}


def _wrong(message: str) -> NoReturn:
    tell(err, f"[red]{escape(message)}[/]: crickets dead-letters redrive --help")
    raise typer.Exit(2)
