"""Roles by setting: who writes the tables, and who reads them.

Users and their passwords are the administrator's: none is made here. A view reads its tables with the rights of whoever
asks, so an analyst is granted what the views read, too, and sees in no view what is hidden in its tables. Views that
read as their maker would need no such grants, but a maker who may never be dropped, and on a cluster everywhere.
"""

from collections.abc import Mapping, Sequence

from clickhouse_connect.driver.client import Client

from agents.tables import COLUMNS
from pipeline.clickhouse.migrate import MigrationFailedError, run
from pipeline.clickhouse.statements import Layout
from schemas.errors import CricketsError

WRITTEN = (*COLUMNS, "erasures", "latest_postings", "redrives")
"""Tables that take rows while Crickets works; `migrations` takes them from whoever migrates."""

REWRITTEN = ("events", "prompts", "feedback")
"""Tables that `crickets erase` changes."""

_EVENT = ("source", "workspace", "conversation", "time", "recorded_at")
_AUTHOR = ("author",)
_DERIVED = ("recorded_at", "asset_key", "persona_shown", "week")

READ: dict[str, tuple[str, ...]] = {
    "events": _EVENT,
    "prompts": tuple(column for column in (*COLUMNS["prompts"], *_DERIVED) if column not in _AUTHOR),
    "anomalies": (),
    "dead_letters": (),
    "expectations": (),
    "feedback": (),
    "latest_postings": (),
    "outlooks": (),
    "redrives": (),
    "source_health": (),
    "watermarks": (),
    "anomalies_now": (),
    "building": (),
    "calibration": (),
    "chronic_segments": (),
    "dead_assets": (),
    "dead_letters_now": (),
    "dead_now": (),
    "expectation_history": (),
    "feedback_now": (),
    "hidden_personas": (),
    "hypotheses_by_week": (),
    "parts_now": (),
    "prompts_now": (),
    "recent": (),
    "silence_by_segment": (),
    "source_health_now": (),
    "time_to_first_response": (),
    "told_and_true": (),
    "too_little_to_tell": (),
    "unknown_prompts": (),
}
"""What an analyst reads: table or view -> columns; none named: all of them."""

HIDDEN: dict[str, tuple[str, ...]] = {
    "events": tuple(column for column in COLUMNS["events"] if column not in _EVENT),
    "prompts": _AUTHOR,
    "erasures": (),
    "latest_postings_kept": (),
    "migrations": (),
}
"""What an analyst never reads, in the same form."""

_SETTINGS = """
    readonly = 2,
    max_execution_time = 60 MIN 1 MAX 600,
    max_memory_usage = 4000000000 MIN 1 MAX 4000000000,
    optimize_functions_to_subcolumns = 0"""
"""2: reads only, but may change other settings, as clients do. Seconds and bytes of a query: at least 1, because 0
stands for no limit. The optimization reads parts of columns (`prompt_id.size`), which are not granted with them."""


class RolesRefusedError(CricketsError):
    """ClickHouse does not let this user make roles, or has no place to keep them."""


def role_names(database: str) -> tuple[str, str]:
    """Return the names of the writer's and the analyst's role, so that two installations on a server differ."""
    return f"{database}_writer", f"{database}_analyst"


def role_statements(layout: Layout) -> tuple[str, ...]:
    """Return what makes the roles and brings their rights up to date; all of it may be run again.

    Settings come with a new role, so that an administrator may alter them for good. Every time rights are granted and
    what is hidden is taken back.
    """
    writer, analyst = (f"`{name}`" for name in role_names(layout.database))
    writes = [
        "SELECT ON {database}.*",
        *(f"INSERT ON {{database}}.{table}" for table in WRITTEN),
        *(f"ALTER UPDATE, ALTER DELETE ON {{database}}.{table}" for table in REWRITTEN),
    ]
    statements = [
        f"CREATE ROLE IF NOT EXISTS {writer} {{on_cluster}}",
        f"GRANT {{on_cluster}} {_list(writes)} TO {writer}",
        f"CREATE ROLE IF NOT EXISTS {analyst} {{on_cluster}} SETTINGS{_SETTINGS}",
        f"GRANT {{on_cluster}} {_list(selects(READ))} TO {analyst}",
        f"REVOKE {{on_cluster}} {_list(selects(HIDDEN))} FROM {analyst}",
    ]
    if layout.cluster:  # an erasure is ON CLUSTER
        statements.insert(2, f"GRANT {{on_cluster}} CLUSTER ON *.* TO {writer}")
    return tuple(layout.fill(statement) for statement in statements)


def selects(tables: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the privileges to read tables, or the named columns of them."""
    return [
        f"SELECT({', '.join(columns)}) ON {{database}}.{table}" if columns else f"SELECT ON {{database}}.{table}"
        for table, columns in tables.items()
    ]


def make_roles(client: Client, layout: Layout) -> None:
    """Make the roles, or bring their rights up to date; the tables must be there.

    Raises
    ------
    RolesRefusedError
        The user may not, or there is no place for roles, as in the embedded engine.
    ClickHouseUnreachableError
        ClickHouse stopped answering: run it again.
    """
    try:
        for statement in role_statements(layout):
            run(client, layout, statement, "the roles")
    except MigrationFailedError as error:
        msg = (
            "the tables are up to date, but roles are refused: turn CRICKETS_CLICKHOUSE__ROLES off, or let an "
            f"administrator run what `crickets migrate --plan` prints of them. It said: {error.__cause__}"
        )
        raise RolesRefusedError(msg) from error


def _list(privileges: Sequence[str]) -> str:
    return ",\n    ".join(privileges)
