"""Commands that prepare: topics, migrate, directory, settings."""

from pathlib import Path
from typing import Annotated

import typer
from pydantic import BaseModel, SecretStr
from rich.console import Console
from rich.table import Table

from pipeline.cli.console import Json, err, explained, load_settings, print_json

out = Console()


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
        out.print("\n".join(f"created {name}" for name in created) or "all topics are there")


def migrate() -> None:
    """Bring the tables and views of ClickHouse up to date; running it twice does no harm."""
    from pipeline.clickhouse.client import connect
    from pipeline.clickhouse.migrate import migrate as apply
    from pipeline.embedded.engine import EmbeddedEngine

    loaded = load_settings()
    with explained():
        if loaded.clickhouse.url:
            done = apply(connect(loaded.clickhouse, loaded.clickhouse.url), loaded.clickhouse.database)
        else:
            with EmbeddedEngine(loaded.data_dir / "clickhouse") as engine:
                done = apply(connect(loaded.clickhouse, engine.url), loaded.clickhouse.database)
        out.print("\n".join(f"applied {name}" for name in done) or "everything is up to date")


def load(
    paths: Annotated[
        list[Path], typer.Argument(help="A folder with members.csv, channels.csv, briefs.yaml, or such files.")
    ],
) -> None:
    """Load the directory from plain files and tell every worker. Nothing is loaded while anything is wrong in them."""
    from pipeline.directory import load_directory
    from pipeline.pseudonyms import pseudonym_key
    from pipeline.replay.run import send_directory

    loaded = load_settings()
    with explained():
        records, problems = load_directory(paths[0] if len(paths) == 1 else paths, pseudonym_key(loaded))
        for problem in problems:
            err.print(str(problem), highlight=False, markup=False)
        if problems:
            err.print(f"[red]{len(problems)} problems; nothing was loaded[/]")
            raise typer.Exit(1)
        send_directory(loaded, records)
        out.print(f"loaded {len(records)} records")


def settings(json: Json = False) -> None:
    """Print every setting with its variable, its value and what it is for. Secrets are hidden."""
    loaded = load_settings()
    rows = list(_rows("CRICKETS_", loaded))
    if json:
        print_json({name: value for name, value, _, _ in rows})
        return
    table = Table("variable", "value", "from", "what it is")
    for name, value, source, description in rows:
        table.add_row(name, value, source, description)
    out.print(table)


def _rows(prefix: str, model: BaseModel) -> list[tuple[str, str, str, str]]:
    rows: list[tuple[str, str, str, str]] = []
    for name, field in type(model).model_fields.items():
        value = getattr(model, name)
        variable = f"{prefix}{name.upper()}"
        if isinstance(value, BaseModel):
            rows += _rows(f"{variable}__", value)
            continue
        if isinstance(value, SecretStr):
            shown = "(set)" if value.get_secret_value() else "(not set)"
        else:
            shown = ",".join(value) if isinstance(value, tuple) else str(value)
        source = "set" if name in model.model_fields_set else "default"
        rows.append((variable, shown, source, field.description or ""))
    return rows
