"""Chronic segments: a view of their own, and their place in the report; among assets they are not told again."""

import io
import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client
from rich.console import Console

from models.checklist_file import load_checklist
from pipeline.clickhouse.render import render
from pipeline.clickhouse.report import read_report, to_json
from pipeline.clickhouse.sink import Sink
from pipeline.explain import read_story
from pipeline.explain.story import Chronic
from schemas.asset import AssetType
from schemas.base import Contract
from schemas.topic import Topic

Make = Callable[..., Any]
Write = Callable[[str, Iterable[Contract]], Any]
CLOSED = {"stage": "closed", "closed": True}


@pytest.fixture
def write(sink: Sink, record: Make) -> Write:
    async def write(topic: str, values: Iterable[Contract]) -> None:
        sink.add(topic, 0, [record(topic, value) for value in values])
        await sink.flush()

    return write


@pytest.fixture
def read(client: Client, database: str) -> Callable[[str], list[dict[str, Any]]]:
    return lambda view: list(client.query(f"SELECT * FROM {database}.{view}").named_results())


@pytest.fixture
async def chronic(write: Write, prompt: Make, outcome: Make, anomaly: Make) -> Any:
    """Answered on day 0, then silent on days 1 to 3; found on the second of these."""
    asked = [prompt(str(day), day=day, asset=f"asset {day}") for day in range(7)]
    statuses = ["answered", "expired", "silent", "expired", "open", "withdrawn", "censored"]
    closed = [
        outcome(p, status, 2, **(CLOSED if status == "silent" else {}))
        for p, status in zip(asked, statuses, strict=True)
    ]
    elsewhere = prompt("9", day=9).model_copy(update={"source": "archive", "prompt_id": "archive:C1:9"})
    other_type = prompt("8", day=8).model_copy(update={"asset_type": AssetType.POLL, "prompt_id": "slack:C1:8"})
    await write(Topic.OUTCOMES, [*closed, outcome(elsewhere, "answered", 2), outcome(other_type, "answered", 2)])
    await write(Topic.ANOMALIES, [anomaly(asked[2], "chronic", "segment")])
    return asked[2]


@pytest.mark.usefixtures("chronic")
async def test_a_chronic_segment_tells_how_long_and_how_far_from_usual_it_is(read: Make) -> None:
    assert read("chronic_segments") == [
        {
            "source": "slack",
            "workspace": "T1",
            "persona": "regular",
            "asset_type": "thumbs_up",
            "since": datetime(2025, 5, 27, tzinfo=UTC),
            "found_at": datetime(2025, 5, 29, tzinfo=UTC),
            "prompts": 3,
            "reference": 0.2,
            "reference_by": "other_personas",
            "answered_expected": pytest.approx(2.4),
            "expected": 33.0,
            "e_value": 12.5,
            "hypothesis": "no_wiifm",
            "beside": "",
            "probability": 0.7,
            "evidence": ["The brief names no benefit.", "Half are active here.", "The objective is named."],
            "next_step": "Say what is in it for them.",
        }
    ]


@pytest.mark.usefixtures("chronic")
async def test_it_is_told_once_not_among_assets_prompts_and_causes_too(read: Make) -> None:
    assert len(read("chronic_segments")) == 1
    assert read("dead_assets") == read("anomalies_now") == read("hypotheses_by_week") == []


async def test_a_revived_segment_is_not_chronic(chronic: Any, read: Make, write: Write, anomaly: Make) -> None:
    await write(Topic.ANOMALIES, [anomaly(chronic, "revived", "segment", version=2)])
    assert read("chronic_segments") == []
    await write(Topic.ANOMALIES, [anomaly(chronic, "chronic", "segment", version=3)])
    assert len(read("chronic_segments")) == 1


async def test_before_its_prompts_are_recorded_the_verdict_speaks(
    read: Make, write: Write, prompt: Make, anomaly: Make
) -> None:
    await write(Topic.ANOMALIES, [anomaly(prompt(day=2), "chronic", "segment")])
    [row] = read("chronic_segments")
    assert (row["prompts"], row["since"]) == (2, datetime(2025, 5, 28, tzinfo=UTC))


@pytest.mark.parametrize(("reach", "named"), [(4, "small group"), (5, "regular")])
async def test_a_persona_of_fewer_than_five_is_not_named(
    reach: int, named: str, read: Make, write: Write, prompt: Make, anomaly: Make
) -> None:
    await write(Topic.ANOMALIES, [anomaly(prompt(reach=reach), "chronic", "segment")])
    assert [row["persona"] for row in read("chronic_segments")] == [named]


@pytest.mark.usefixtures("chronic")
async def test_the_report_shows_it_to_people_and_programs(client: Client, database: str) -> None:
    report = read_report(client, database, source="slack")
    screen = io.StringIO()
    Console(file=screen, width=80).print(render(report))
    for piece in (
        "Segments that nobody answers: 1",
        "regular / thumbs_up",
        "2025-05-27 00:00 UTC, 3 prompts in a row",
        "80% answered: 2 of these",
        "2025-05-29 00:00 UTC: The brief names no benefit.",
        "Say what is in it for them.",
    ):
        assert piece in screen.getvalue()
    [facts] = json.loads(to_json(report))["chronic_segments"]
    assert (facts["since"], facts["reference_by"]) == ("2025-05-27T00:00:00+00:00", "other_personas")
    assert read_report(client, database, source="archive").chronic_segments == []


async def test_the_story_of_each_of_its_prompts_says_that_it_is_chronic(
    chronic: Any, client: Client, database: str
) -> None:
    story = read_story(client, database, chronic.prompt_id, load_checklist())
    assert story.chronic == Chronic(
        datetime(2025, 5, 27, tzinfo=UTC), datetime(2025, 5, 29, tzinfo=UTC), 3, 0.2, "other_personas"
    )
    assert read_story(client, database, "slack:C1:8", load_checklist()).chronic is None, "another asset type"
    assert read_story(client, database, "archive:C1:9", load_checklist()).chronic is None, "another source"


async def test_of_a_segment_of_few_people_the_story_says_nothing(
    write: Write, chronic: Any, outcome: Make, client: Client, database: str
) -> None:
    few = chronic.model_copy(update={"reach": {"regular": 4}, "prompt_id": "slack:C1:few"})
    await write(Topic.OUTCOMES, [outcome(few, "expired", 2)])
    assert read_story(client, database, "slack:C1:few", load_checklist()).chronic is None
