"""What came out of a round: rows, and the state of `track` from its compacted changelog."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec
from clickhouse_connect.driver.client import Client

from agents.track.partition import PartitionState
from agents.track.state import facts
from schemas.topic import Topic

TABLES = {
    "events": "event_id",
    "prompts": "prompt_id",
    "outlooks": "prompt_id",
    "anomalies": "anomaly_id",
    "expectations": "concat(part, ' ', key, ' ', toString(version))",
}
"""Table -> its id; read with FINAL, as whoever reads them does."""

_LETTERS = "dead_letters"

LEARNED = (Topic.OBSERVATIONS, Topic.EXPECTATIONS)
"""Topics that are compared, too: what is learned from, and what was learned."""


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
        answer = client.query(f"SELECT {key} AS id, * EXCEPT recorded_at FROM {database}.{table} FINAL ORDER BY id")
        _take(result, table, (_row(answer.column_names, row) for row in answer.result_rows), "id")
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


def take_learned(result: Result, topic: str, values: Iterable[bytes]) -> None:
    """Take in what was told to all, each under its id; how far somebody had come is no result."""
    told = [record for record in map(json.loads, values) if record["kind"] not in ("watermark", "closed")]
    _take(result, f"topic {topic}", told, "version" if topic == Topic.EXPECTATIONS else "id")


def state_of(changelogs: Iterable[Mapping[str, bytes]]) -> dict[str, str]:
    """Restore the state of each partition as its next owner would, and tell it.

    The offset that a partition has seen is no result: markers of transactions count there, too, and how many there are
    depends on how batches were cut.
    """
    told: dict[str, str] = {}
    for partition, changelog in enumerate(changelogs):
        state = PartitionState()
        state.load(dict(changelog))
        state.ready()
        clock = msgspec.structs.asdict(state.clock)
        del clock["offset"]
        told[f"clock {partition}"] = _text(clock)
        for prompt, life in state.prompts.items():
            told[f"prompt {prompt}"] = _text(msgspec.structs.asdict(facts(life.facts)))
            lived = msgspec.structs.asdict(life)
            told[f"life {prompt}"] = _text({name: lived[name] for name in lived.keys() - _IN_MEMORY})
        for prompt, early in state.early.items():
            told[f"early {prompt}"] = _text(msgspec.structs.asdict(early))
        for place, conversation in state.conversations.items():
            told[f"conversation {place}"] = _text(msgspec.structs.asdict(conversation))
            told[f"active {place}"] = _text(dict(state.presences.active(place)))
            told[f"joined {place}"] = _text(dict(state.presences.joined(place)))
    return told


_IN_MEMORY = {"facts", "due", "stored"}
"""Of a prompt's life: what is told above, and what is no more than a reminder."""


def _text(record: dict[str, Any]) -> str:
    return json.dumps(msgspec.to_builtins(record), default=repr, sort_keys=True)
