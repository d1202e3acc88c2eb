import io
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client
from rich.console import Console

from agents.effects import Record
from pipeline.clickhouse.client import ClickHouseAddressError
from pipeline.clickhouse.render import render
from pipeline.clickhouse.report import ReplaySummary, Report, read_report, replay_summary, to_json
from pipeline.clickhouse.sink import Sink
from schemas.dead_letter import DeadLetter
from schemas.event import Watermark
from schemas.topic import Topic

Make = Callable[..., Any]


def printed(report: Report) -> str:
    screen = io.StringIO()
    Console(file=screen, width=120).print(render(report))
    return screen.getvalue()


@pytest.fixture
async def filled(sink: Sink, database: str, record: Make, prompt: Make, outcome: Make, anomaly: Make) -> str:
    closed = {"stage": "closed", "closed": True}
    asked = [prompt(str(number), day=number, asset=f"asset {number}") for number in range(6)]
    statuses = ["silent", "answered", "revived", "expired", "censored", "withdrawn"]
    elsewhere = prompt("9").model_copy(update={"source": "archive", "prompt_id": "archive:C1:9"})
    outcomes: list[Any] = [outcome(p, status, 2, **closed) for p, status in zip(asked, statuses, strict=True)]
    unjudged = outcomes[3].expectation.model_copy(update={"deadline": None})  # of the one that expired
    outcomes[3] = outcomes[3].model_copy(update={"expectation": unjudged})
    outcomes += [outcome(elsewhere, "silent")]
    marks = [(0, 1_747_821_600.0), (1, 1_747_825_200.0)]  # 10:00 and 11:00 on 2025-05-21
    written: list[tuple[str, Any]] = [(Topic.OUTCOMES, value) for value in outcomes]
    written += [(Topic.OUTCOMES, Watermark(time=t + 9e5, stage="track", partition=p)) for p, t in marks]
    written += [
        (Topic.ANOMALIES, Watermark(time=t, stage="watch", partition=p, observed_until=1_747_828_800.0))
        for p, t in [(0, 5.0), *marks]
    ]
    written += [
        (Topic.ANOMALIES, anomaly(p, s)) for p, s in zip(asked, statuses, strict=True) if s in ("silent", "revived")
    ]
    written += [
        (Topic.DEAD_LETTERS, DeadLetter(stage="normalise", source="slack", reason="no ts", offset=n)) for n in (1, 2)
    ]
    for topic in {topic for topic, _ in written}:
        records: list[Record] = [record(topic, value) for of, value in written if of == topic]
        sink.add(topic, 0, records)
        sink.add(topic, 0, records)
    await sink.flush()
    return database


def test_a_summary_counts_one_source(client: Client, filled: str) -> None:
    assert replay_summary(client, filled, source="slack", workspace="T1") == ReplaySummary(
        prompts=5,
        responses=4,
        responders=2,
        silent_at_horizon=3,
        censored=1,
        flagged=2,
        revived=1,
        too_little_to_tell=1,
        silent_too_little_to_tell=1,
        dead_letters=2,
    )
    assert replay_summary(client, filled, source="slack", workspace="T2") == ReplaySummary(dead_letters=2)
    assert replay_summary(client, filled).prompts == 6


def test_judged_up_to_is_where_the_partition_that_is_behind_has_come(client: Client, filled: str) -> None:
    report = read_report(client, filled)
    assert report.judged_until == datetime(2025, 5, 21, 10, tzinfo=UTC)
    assert "Judged up to 2025-05-21 10:00 UTC." in printed(report)
    assert "observed only until 2025-05-21 12:00 UTC" in printed(report)


def test_people_read_the_cause_the_numbers_and_the_evidence(client: Client, filled: str) -> None:
    report = read_report(client, filled, source="slack")
    assert [asset.asset_id for asset in report.dead_assets] == ["asset 0"]
    text = printed(report)
    for piece in (
        "Dead assets: 1",
        "Podcast of the week",
        "no_wiifm (70%)",
        "expected      9.4 responders, 0 came: p_zero 0.0200",
        "The brief names no benefit.",
        "Say what is in it for them.",
        "silent since  2025-05-27 00:00 UTC",
        "Silence by segment",
        "60%",
        "Likely causes by week",
        "2 dead letters",
    ):
        assert piece in text


def test_its_tables_fit_into_a_narrow_terminal(client: Client, filled: str) -> None:
    screen = io.StringIO()
    Console(file=screen, width=80).print(render(read_report(client, filled)))
    heads = {"persona", "asks for", "prompts", "silent", "usual", "flagged", "revived", "came", "probability"}
    assert heads <= set(re.split(r"\s{2,}|\n", screen.getvalue()))
    assert "…" not in screen.getvalue()


def test_what_is_cut_off_is_told(client: Client, filled: str) -> None:
    assert read_report(client, filled, limit=1).dead_assets_total == 1
    client.command(
        f"INSERT INTO {filled}.anomalies SELECT * REPLACE ('x' AS anomaly_id, 'x' AS subject, 'x' AS asset) "
        f"FROM {filled}.anomalies WHERE state = 'open'"
    )
    assert "Dead assets: 1 of 2" in printed(read_report(client, filled, limit=1))


def test_programs_read_the_same_with_zones(client: Client, filled: str) -> None:
    facts = json.loads(to_json(read_report(client, filled, source="slack")))
    assert facts["judged_until"] == "2025-05-21T10:00:00+00:00"
    assert facts["dead_assets"][0]["since"] == "2025-05-27T00:00:00+00:00"
    assert facts["summary"]["prompts"] == 5
    assert facts["segments"][0]["silent_share"] == 0.6
    assert facts["causes"][0]["week"] == "2025-05-26"


def test_an_empty_store_says_that_nothing_was_judged(client: Client, database: str) -> None:
    report = read_report(client, database)
    assert report == Report([], 0, [], [], [], ReplaySummary(), [])
    assert "Nothing has been judged yet." in printed(report)
    assert json.loads(to_json(report))["judged_until"] is None


async def test_a_share_of_nothing_is_no_number(
    client: Client, database: str, sink: Sink, record: Make, prompt: Make, outcome: Make
) -> None:
    sink.add(Topic.OUTCOMES, 0, [record(Topic.OUTCOMES, outcome(prompt(persona="[red]")))])
    await sink.flush()
    [segment] = read_report(client, database).segments
    assert segment.silent_share is None and segment.silent_share_expected is None
    assert json.loads(to_json(read_report(client, database)))["segments"][0]["silent_share"] is None
    assert "[red]" in printed(read_report(client, database)), "names are no markup"


def test_a_name_that_is_none_never_reaches_the_server(client: Client) -> None:
    with pytest.raises(ClickHouseAddressError, match="no name"):
        replay_summary(client, "a` b")
