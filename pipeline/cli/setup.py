"""Commands that prepare: topics, migrate, directory, settings."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from pydantic import SecretStr
from rich.markup import escape

from pipeline.cli.console import Json, explained, load_settings
from pipeline.console import err, out, print_json, tell
from pipeline.settings import ClickHouseSettings, Settings, variables

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(rich_help_panel="Set up")(topics)
    app.command(rich_help_panel="Set up")(migrate)
    directory = typer.Typer(help="The directory: who is who, who is where, what an asset is for.")
    directory.command()(load)
    app.add_typer(directory, name="directory", rich_help_panel="Set up")
    app.command(rich_help_panel="Set up")(settings)


def topics() -> None:
    """Create the topics that are missing on the broker; those that exist are left alone."""
    from pipeline.kafka import create_topics

    with explained():
        created = create_topics(load_settings().kafka)
        tell(out, "\n".join(f"created {name}" for name in created) or "all topics are there")


def migrate(
    plan: Annotated[
        bool, typer.Option("--plan", help="Show every statement that would run, and change nothing.")
    ] = False,
) -> None:
    """Bring the tables and views of ClickHouse up to date; running it twice does no harm."""
    from pipeline.clickhouse.client import connect
    from pipeline.embedded.engine import EmbeddedEngine

    loaded = load_settings()
    with explained():
        if loaded.clickhouse.url:
            _migrate(connect(loaded.clickhouse, loaded.clickhouse.url), loaded.clickhouse, plan=plan)
        else:
            with EmbeddedEngine(loaded.data_dir / "clickhouse") as engine:
                _migrate(connect(loaded.clickhouse, engine.url), loaded.clickhouse, plan=plan)


def _migrate(client: "Client", settings: ClickHouseSettings, *, plan: bool) -> None:
    from pipeline.clickhouse.migrate import migrate as apply
    from pipeline.clickhouse.migrate import plan as planned_migrations
    from pipeline.clickhouse.roles import make_roles, role_names, role_statements
    from pipeline.clickhouse.statements import Layout

    layout = Layout(settings.database, settings.cluster)
    roles = " and ".join(role_names(settings.database)) if settings.roles else ""
    if not plan:
        done = [f"applied {name}" for name in apply(client, settings.database, cluster=settings.cluster)]
        tell(out, "\n".join(done) or "everything is up to date")
        if roles:
            make_roles(client, layout)
            tell(out, f"the rights of {roles} are up to date")
        return
    for planned in planned_migrations(client, settings.database, cluster=settings.cluster):
        _show_plan(f"{planned.name}: {'to be applied' if planned.statements else 'is applied'}", planned.statements)
    if roles:
        _show_plan(f"roles {roles}: every time", role_statements(layout))


def _show_plan(what: str, statements: tuple[str, ...]) -> None:
    tell(out, f"-- {what}")
    for statement in statements:
        tell(out, escape(statement) + ";\n")


def load(
    paths: Annotated[
        list[Path], typer.Argument(help="A folder with members.csv, channels.csv, briefs.yaml, or such files.")
    ],
) -> None:
    """Load the directory from plain files and tell every worker. Nothing is loaded while anything is wrong in them."""
    from pipeline.directory import load_directory
    from pipeline.erasure import erased_members, without_erased
    from pipeline.pseudonyms import pseudonym_key
    from pipeline.replay.run import send_directory

    loaded = load_settings()
    with explained():
        records, problems = load_directory(paths[0] if len(paths) == 1 else paths, pseudonym_key(loaded))
        for problem in problems:
            tell(err, escape(str(problem)))
        if problems:
            tell(err, f"[red]{len(problems)} problem{'s' if len(problems) > 1 else ''}; nothing was loaded[/]")
            raise typer.Exit(1)
        kept = tuple(without_erased(records, erased_members(loaded)))
        send_directory(loaded, kept)
        if left_out := len(records) - len(kept):
            tell(err, f"[yellow]{left_out} members were erased and are left out[/]: take them out of the file")
        tell(out, f"loaded {len(kept)} records")


def settings(json: Json = False) -> None:
    """Print every setting: its variable, its value and what it is for. Those that were set are bold; secrets hidden."""
    loaded = load_settings()
    if json:
        print_json({name: _shown(value) for name, value, _ in variables(loaded)})
        return
    defaults = {name: value for name, value, _ in variables(Settings.model_construct())}
    for name, value, field in variables(loaded):
        line = f"{name}={escape(_shown(value))}"
        tell(out, line if value == defaults[name] else f"[bold]{line}[/]")
        if field.description:
            tell(out, f"    [dim]{escape(field.description)}[/]")


def _shown(value: object) -> str:
    if isinstance(value, SecretStr):
        return "(secret, set)" if value.get_secret_value() else ""
    return ",".join(value) if isinstance(value, tuple) else str(value)
