"""Good news has a view of its own and is never among the dead."""

import io
import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client
from rich.console import Console

from pipeline.clickhouse.hidden_personas import read_found
from pipeline.clickhouse.render import render
from pipeline.clickhouse.report import read_report, to_json
from pipeline.clickhouse.sink import Sink
from schemas.anomaly import Anomaly
from schemas.base import Contract
from schemas.topic import Topic
from schemas.verdict import HiddenPersona

Make = Callable[..., Any]


@pytest.fixture
def write(sink: Sink, record: Make) -> Any:
    async def write(topic: str, values: Iterable[Contract]) -> None:
        sink.add(topic, 0, [record(topic, value) for value in values])
        await sink.flush()

    return write


@pytest.fixture
def found(prompt: Make, anomaly: Make) -> Callable[..., Anomaly]:
    def found(reached: int = 40) -> Anomaly:
        silent = anomaly(prompt("1", 1))
        hidden = HiddenPersona(persona="engineers", came=7, expected=0.9, answered=3, reached=reached)
        subject = "slack:T1/podcast/engineers"
        news = {"verdict": "hidden_persona", "level": "persona", "subject": subject, "hidden": hidden, "prompts": 4}
        changed = {"anomaly_id": f"persona/{subject}", "state": "found", "hypothesis": "hidden_persona"}
        return silent.model_copy(
            update=changed | {"verdict": silent.verdict.model_copy(update=news | {"e_value": 250.0})}
        )

    return found


async def test_it_is_shown_with_its_numbers_and_not_among_the_dead(
    client: Client, database: str, write: Any, found: Make
) -> None:
    await write(Topic.ANOMALIES, [found()])
    assert list(client.query(f"SELECT * FROM {database}.hidden_personas").named_results()) == [
        {
            "source": "slack",
            "workspace": "T1",
            "asset_id": "podcast",
            "title": "Podcast of the week",
            "asset_type": "thumbs_up",
            "persona": "engineers",
            "came": 7,
            "expected": 0.9,
            "prompts": 4,
            "answered": 3,
            "reached": 40,
            "e_value": 250.0,
            "found_at": datetime(2025, 5, 28, tzinfo=UTC),
            "sentence": "The brief names no benefit.",
            "next_step": "Say what is in it for them.",
        }
    ]
    for view in ("dead_now", "dead_assets", "anomalies_now", "chronic_segments", "building", "hypotheses_by_week"):
        assert client.query(f"SELECT count() FROM {database}.{view}").result_rows == [(0,)], view


@pytest.mark.parametrize(("reached", "rows"), [(4, 0), (5, 1)])
async def test_fewer_than_five_are_not_shown(
    reached: int, rows: int, client: Client, database: str, write: Any, found: Make
) -> None:
    await write(Topic.ANOMALIES, [found(reached)])
    assert len(read_report(client, database).hidden_personas) == rows


async def test_the_report_and_the_story_tell_it(client: Client, database: str, write: Any, found: Make) -> None:
    def printed() -> str:
        screen = io.StringIO()
        Console(file=screen, width=100).print(render(read_report(client, database)))
        return screen.getvalue()

    assert "Hidden personas" not in printed()
    await write(Topic.ANOMALIES, [found()])
    assert "Hidden personas, who come though nobody designed it for them: 1" in printed()
    assert "engineers at Podcast of the week: The brief names no benefit." in printed()
    [facts] = json.loads(to_json(read_report(client, database)))["hidden_personas"]
    assert (facts["persona"], facts["came"]) == ("engineers", 7)
    assert read_found(client, database, "slack", "T1", "podcast") == ["The brief names no benefit."]
    assert read_found(client, database, "slack", "T2", "podcast") == []
