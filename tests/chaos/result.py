"""What came out of a round: rows, and the state of `track` from its compacted changelog."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from clickhouse_connect.driver.client import Client

from agents.track.partition import KINDS

TABLES = {"events": "event_id", "prompts": "prompt_id", "anomalies": "anomaly_id"}
"""Table -> its id; read with FINAL, as whoever reads them does."""

_LETTERS = "dead_letters"


@dataclass(frozen=True)
class Result:
    """Everything that is compared, as text: equal means bit for bit equal."""

    rows: dict[str, dict[str, str]] = field(default_factory=dict)
    """Table -> id -> row; of two rows with one id the later is here, and the id is among the doubled."""
    doubled: Counter[str] = field(default_factory=Counter)
    """`table id` -> how often it is there too much."""
    state: dict[str, str] = field(default_factory=dict)
    """Key of the state -> record."""
    responders: dict[str, int] = field(default_factory=dict)
    """Prompt -> responders of its row."""


def rows_of(client: Client, database: str) -> Result:
    """Read the tables. When a row was written is no result, nor what time it was when something broken was met."""
    result = Result()
    for table, key in TABLES.items():
        answer = client.query(f"SELECT * EXCEPT recorded_at FROM {database}.{table} FINAL ORDER BY {key}")
        _take(result, table, (_row(answer.column_names, row) for row in answer.result_rows), key)
    answer = client.query(f"SELECT * EXCEPT (recorded_at, time) FROM {database}.{_LETTERS} FINAL")
    _take(result, _LETTERS, (_row(answer.column_names, row) for row in answer.result_rows), "dead_letter_id")
    for prompt, row in result.rows["prompts"].items():
        result.responders[prompt] = json.loads(row)["responders"]
    return result


def _row(names: Iterable[str], values: Iterable[Any]) -> dict[str, Any]:
    return dict(zip(names, values, strict=True))


def _take(result: Result, table: str, rows: Iterable[dict[str, Any]], key: str) -> None:
    taken = result.rows.setdefault(table, {})
    for row in rows:
        identity = str(row[key])
        if identity in taken:
            result.doubled[f"{table} {identity}"] += 1
        taken[identity] = json.dumps(row, default=repr, sort_keys=True)


def state_of(changelogs: Iterable[Mapping[str, bytes]]) -> dict[str, str]:
    """Decode changelogs through the classes that the agent loads them with.

    The offset that a partition has seen is no result: what was written twice into `events` counts there, too.
    """
    state = {}
    for partition, changelog in enumerate(changelogs):
        for key, value in changelog.items():
            kind, _, _ = key.partition(" ")
            record = KINDS[kind].model_validate_json(value).model_dump(mode="json")
            record.pop("offset", None) if kind == "clock" else None
            name = f"{key} {partition}" if kind == "clock" else key
            state[name] = json.dumps(record, sort_keys=True)
    return state
