"""Silence that is no news is told as that, and an expectation that is mostly borrowed says so."""

import io
import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client
from rich.console import Console

from pipeline.clickhouse.migrate import migrate, packaged_migrations
from pipeline.clickhouse.render import render
from pipeline.clickhouse.report import read_report, to_json
from pipeline.clickhouse.sink import Sink
from pipeline.clickhouse.too_little import hint
from pipeline.settings import ClickHouseSettings
from schemas.outcome import Outcome
from schemas.topic import Topic

Make = Callable[..., Any]
OURS = "0008_borrowed.sql"


def printed(client: Client, database: str) -> str:
    screen = io.StringIO()
    Console(file=screen, width=120).print(render(read_report(client, database)))
    return screen.getvalue()


@pytest.fixture
def judged(prompt: Make, outcome: Make) -> Callable[..., Outcome]:
    """Make an outcome by what was expected of its prompt; without a deadline where nothing else is said."""

    def make(message: str, status: str = "open", persona: str = "regular", reach: int = 40, **expected: Any) -> Outcome:
        asked = prompt(message, day=float(message), persona=persona, reach=reach, asset=f"asset {message}")
        made: Outcome = outcome(asked, status)
        facts = {"deadline": None, "p_zero": 0.5, "p_zero_horizon": 0.5, "expected_horizon": 0.6} | expected
        return made.model_copy(update={"expectation": made.expectation.model_copy(update=facts)})

    return make


@pytest.fixture
def write(sink: Sink, record: Make) -> Callable[..., Any]:
    async def write(topic: str, values: Iterable[Any]) -> None:
        sink.add(topic, 0, [record(topic, value) for value in values])
        await sink.flush()

    return write


@pytest.fixture
async def segments(database: str, write: Make, judged: Make) -> str:
    """`regular` is mostly too little to tell, `newcomer` for one prompt of three, `core` never."""
    deadline = {"deadline": 1.75e9}
    await write(
        Topic.OUTCOMES,
        [
            judged("1", "expired", borrowed=0.2, borrowed_from="everything"),
            judged("2", "answered", borrowed=0.4, borrowed_from="everything", reach=80, p_zero_horizon=0.7),
            judged("3", "expired", borrowed=0.9, borrowed_from="prior", expected_horizon=1.2),
            judged("4", "silent", borrowed=0.9, **deadline),
            judged("5", "withdrawn", borrowed=0.9),
            judged("6", persona="newcomer"),
            *(judged(message, persona="newcomer", **deadline) for message in ("7", "8")),
            judged("9", persona="core", **deadline),
        ],
    )
    return database


def test_the_view_counts_by_segment_what_is_not_judged(client: Client, segments: str) -> None:
    rows = list(client.query(f"SELECT * FROM {segments}.too_little_to_tell ORDER BY prompts DESC").named_results())
    regular, newcomer = rows
    assert regular.pop("last_posted_at") == datetime(2025, 5, 29, tzinfo=UTC)
    assert regular == {
        "source": "slack",
        "workspace": "T1",
        "persona": "regular",
        "asset_type": "thumbs_up",
        "prompts": 4,
        "too_little_to_tell": 3,
        "silent_at_horizon": 2,
        "expected_responders": pytest.approx(0.8),
        "reach": pytest.approx((47 + 87 + 47) / 3),
        "p_zero_horizon": pytest.approx(1.7 / 3),
        "alpha": pytest.approx(0.1),
        "borrowed": pytest.approx(0.5),
        "borrowed_from": "everything",
    }
    assert (newcomer["persona"], newcomer["prompts"], newcomer["too_little_to_tell"]) == ("newcomer", 3, 1)
    by_week = client.query(f"SELECT persona, sum(too_little_to_tell) FROM {segments}.silence_by_segment GROUP BY 1")
    assert dict(by_week.result_rows) == {"regular": 3, "newcomer": 1, "core": 0}


def test_the_report_counts_them_and_lists_where_most_prompts_are_so(client: Client, segments: str) -> None:
    report = read_report(client, segments)
    assert (report.summary.too_little_to_tell, report.summary.silent_too_little_to_tell) == (4, 2)
    [regular] = report.too_little_to_tell
    assert (regular.persona, regular.prompts, regular.too_little_to_tell) == ("regular", 4, 3)
    assert regular.expected_responders == pytest.approx(0.8) and regular.borrowed == pytest.approx(0.5)
    assert regular.hint == "more reach: at least 245 members instead of 60"
    text = printed(client, segments)
    assert "4 of all prompts expect too little to tell" in " ".join(text.split())
    assert "(2 of them expected too little to tell)" in " ".join(text.split())
    assert "Expected too little to tell: segments whose silence is mostly no news" in text
    [line] = [line for line in text.splitlines() if "more reach" in line]
    assert line.split() == ["regular", "thumbs_up", "3/4", "0.8", "60", *regular.hint.split()]


def test_the_list_fits_into_a_narrow_terminal(client: Client, segments: str) -> None:
    screen = io.StringIO()
    Console(file=screen, width=80).print(render(read_report(client, segments)))
    assert "…" not in screen.getvalue()
    assert {"tellable", "members", "instead"} <= set(screen.getvalue().split())


def test_programs_read_the_count_the_segments_and_the_hint(client: Client, segments: str) -> None:
    facts = json.loads(to_json(read_report(client, segments, source="slack")))
    assert facts["summary"]["too_little_to_tell"] == 4
    assert [(row["persona"], row["hint"][:10]) for row in facts["too_little_to_tell"]] == [("regular", "more reach")]
    assert {row["persona"]: row["too_little_to_tell"] for row in facts["segments"]} == {
        "regular": 3,
        "newcomer": 1,
        "core": 0,
    }
    assert json.loads(to_json(read_report(client, segments, source="other")))["too_little_to_tell"] == []


async def test_a_small_group_is_not_named(client: Client, database: str, write: Make, judged: Make) -> None:
    await write(Topic.OUTCOMES, [judged("1", reach=4), judged("2", reach=5)])
    personas = client.query(f"SELECT persona FROM {database}.too_little_to_tell ORDER BY 1").result_columns[0]
    assert list(personas) == ["regular", "small group"]


HINTS = {
    "what is borrowed will be its own": (("question", 40, 0.9, 0.1, 0.51), "more history: 51% of"),
    "a few members more": (("question", 40, 0.3, 0.1, 0.5), "more reach: at least 77 members instead of 40"),
    "three times as many are not to be had": (("question", 40, 0.6, 0.1, 0.5), "a shorter answer format"),
    "nothing shorter than a thumbs up": (("thumbs_up", 40, 0.6, 0.1, 0.5), "more reach: at least 181 members"),
    "an announcement asks for nothing": (("announcement", 40, 0.6, 0.1, 0.5), "something to answer"),
    "not known what is borrowed": (("poll", 40, 0.11, 0.1, None), "more reach: at least 42 members"),
    "at least one member more": (("poll", 40, 0.1, 0.1, 0.0), "more reach: at least 41 members instead of 40"),
    "nobody ever": (("poll", 40, 1.0, 0.1, 0.0), "another ask: 20 times the members would not be enough"),
}


@pytest.mark.parametrize(("facts", "words"), HINTS.values(), ids=HINTS.keys())
def test_the_hint_names_what_is_missing(facts: tuple[str, float, float, float, float | None], words: str) -> None:
    assert hint(*facts).startswith(words)


@pytest.mark.parametrize(
    ("borrowed", "said"), [(0.82, "based mostly (82%) on all prompts of the same asset type"), (0.5, "")]
)
async def test_a_dead_asset_says_when_its_expectation_is_mostly_borrowed(
    borrowed: float, said: str, client: Client, database: str, write: Make, prompt: Make, outcome: Make, anomaly: Make
) -> None:
    made = anomaly(prompt())
    expectation = made.verdict.expectation.model_copy(update={"borrowed": borrowed, "borrowed_from": "asset_type"})
    verdict = made.verdict.model_copy(update={"expectation": expectation})
    await write(Topic.OUTCOMES, [outcome(prompt(), "silent")])
    await write(Topic.ANOMALIES, [made.model_copy(update={"verdict": verdict})])
    report = read_report(client, database)
    assert [(asset.borrowed, asset.borrowed_from) for asset in report.dead_assets] == [(borrowed, "asset_type")]
    assert ("based mostly" in printed(client, database)) is bool(said)
    assert said in " ".join(printed(client, database).split())
    assert json.loads(to_json(report))["dead_assets"][0]["basis"].startswith(said)


def test_rows_from_before_say_what_their_deadline_says(client: Client, settings: ClickHouseSettings) -> None:
    earlier = tuple(migration for migration in packaged_migrations() if migration.name < OURS)
    migrate(client, settings.database, migrations=earlier)
    rows = "(prompt_id, deadline, version) VALUES ('a', NULL, 1), ('b', '2026-01-01 00:00:00', 1)"
    client.command(f"INSERT INTO {settings.database}.prompts {rows}")
    of_prompts = rows.replace("prompt_id", "level, subject").replace("('", "('prompt', '")
    client.command(f"INSERT INTO {settings.database}.anomalies {of_prompts}")
    migrate(client, settings.database)
    for view, key in (("prompts_now", "prompt_id"), ("anomalies_now", "subject")):
        query = f"SELECT {key}, too_little_to_tell, borrowed, borrowed_from FROM {settings.database}.{view} ORDER BY 1"
        assert client.query(query).result_rows == [("a", True, 0.0, ""), ("b", False, 0.0, "")]
