"""Young programmes: among the dead they are not, and they are shown with who came, until they are no longer young."""

import io
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client
from rich.console import Console

from pipeline.clickhouse.render import render
from pipeline.clickhouse.report import read_report
from pipeline.clickhouse.sink import Sink
from schemas.base import Contract
from schemas.topic import Topic

Make = Callable[..., Any]
CLOSED = {"stage": "closed", "closed": True}


@pytest.fixture
def write(sink: Sink, record: Make) -> Any:
    async def write(topic: str, values: Iterable[Contract]) -> None:
        sink.add(topic, 0, [record(topic, value) for value in values])
        await sink.flush()

    return write


@pytest.fixture
async def young(write: Any, prompt: Make, outcome: Make, anomaly: Make) -> Any:
    """Four prompts to one persona: two answered, one silent and told as building, one open."""
    asked = [prompt(str(n), n, f"asset {n}").model_copy(update={"reach": {"regular": 40, "core": 4}}) for n in range(4)]
    came = {"responders_by_persona": {"regular": 2, "core": 1}, **CLOSED}
    ends = [outcome(p, "answered", 2, **came) for p in asked[:2]]
    await write(Topic.OUTCOMES, [*ends, outcome(asked[2], "silent", 2, **CLOSED), outcome(asked[3], "open")])
    told = anomaly(asked[2]).model_copy(update={"state": "building", "young_until": 4.0, "hypothesis": "slow_build"})
    other = prompt("9", 1, "other", persona="sales").model_copy(update={"workspace": "T2"})
    await write(Topic.OUTCOMES, [outcome(other, "silent", 2)])
    await write(Topic.ANOMALIES, [told, anomaly(other)])
    return asked


@pytest.mark.usefixtures("young")
async def test_a_young_programme_is_shown_with_who_came(client: Client, database: str) -> None:
    assert list(client.query(f"SELECT * FROM {database}.building").named_results()) == [
        {
            "source": "slack",
            "workspace": "T1",
            "persona": "regular",
            "prompts": 3,
            "answered": 2,
            "young_until": 4.0,
            "silent_assets": 1,
            "came": {"regular": 4, "small groups": 2},
            "since": datetime(2025, 5, 26, tzinfo=UTC),
            "last_posted_at": datetime(2025, 5, 29, tzinfo=UTC),
        }
    ]


@pytest.mark.usefixtures("young")
async def test_it_is_not_among_the_dead(client: Client, database: str) -> None:
    for view in ("dead_assets", "dead_now"):
        rows = list(client.query(f"SELECT * FROM {database}.{view}").named_results())
        assert [row["workspace"] for row in rows] == ["T2"]


async def test_it_ends_when_the_programme_is_no_longer_young(
    young: Any, client: Client, database: str, write: Any, outcome: Make
) -> None:
    await write(Topic.OUTCOMES, [outcome(young[3], "answered", 3, **CLOSED)])
    assert client.query(f"SELECT count() FROM {database}.building").result_rows == [(0,)]


@pytest.mark.usefixtures("young")
async def test_the_report_shows_it(client: Client, database: str) -> None:
    screen = io.StringIO()
    Console(file=screen, width=100).print(render(read_report(client, database)))
    assert "Building: young programmes" in screen.getvalue()
    assert "4 regular, 2 small groups" in screen.getvalue()
    assert "3 of 4" in screen.getvalue()
    assert [found.persona for found in read_report(client, database, workspace="T1").building] == ["regular"]
    assert read_report(client, database, workspace="T2").building == []
