"""One cause, one row: what is dead above includes what is dead below, whichever was told first."""

import io
import json
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client
from rich.console import Console

from pipeline.clickhouse.render import render
from pipeline.clickhouse.report import read_report, to_json
from pipeline.clickhouse.sink import Sink
from schemas.base import Contract
from schemas.outcome import Prompt
from schemas.topic import Topic

Make = Callable[..., Any]
Write = Callable[[str, Iterable[Contract]], Any]


@pytest.fixture
def write(sink: Sink, record: Make) -> Write:
    async def write(topic: str, values: Iterable[Contract]) -> None:
        sink.add(topic, 0, [record(topic, value) for value in values])
        await sink.flush()

    return write


@pytest.fixture
def read(client: Client, database: str) -> Callable[[], list[tuple[Any, ...]]]:
    """Return what is dead, once both views say alike what each asset is part of."""
    query = f"SELECT level, subject, prompts, assets FROM {database}.dead_now ORDER BY level, subject"
    parts = (
        f"SELECT d.part_of, p.cause FROM {database}.dead_assets AS d LEFT JOIN {database}.parts_now AS p "
        "ON p.source = d.source AND p.workspace = d.workspace AND p.asset = d.asset_id"
    )

    def dead() -> list[tuple[Any, ...]]:
        assert all(part_of == cause for part_of, cause in client.query(parts).result_rows)
        return list(client.query(query).result_rows)

    return dead


@pytest.fixture
async def three(write: Write, prompt: Make, outcome: Make, anomaly: Make) -> list[Prompt]:
    """Two dead assets and a dead prompt without one, in C1."""
    asked = [prompt("1", 1, "a"), prompt("2", 2, "b"), prompt("3", 3, "")]
    await write(Topic.OUTCOMES, [outcome(p, "silent", 2) for p in asked])
    await write(Topic.ANOMALIES, [anomaly(p) for p in asked])
    return asked


ALONE = [("asset", "a", 1, 1), ("asset", "b", 1, 1), ("prompt", "slack:C1:3", 1, 1)]


@pytest.mark.usefixtures("three")
async def test_without_anything_above_each_has_its_row(read: Make) -> None:
    assert read() == ALONE


async def test_a_dead_channel_that_is_told_later_includes_them_until_it_is_revived(
    three: list[Prompt], read: Make, write: Write, anomaly: Make
) -> None:
    await write(Topic.ANOMALIES, [anomaly(three[2], "silent", "channel")])
    assert read() == [("channel", "slack:C1", 2, 3)]
    await write(Topic.ANOMALIES, [anomaly(three[2], "revived", "channel", version=2)])
    assert read() == ALONE


async def test_what_is_silent_elsewhere_too_is_dead_in_itself(
    three: list[Prompt], read: Make, write: Write, prompt: Make, outcome: Make, anomaly: Make
) -> None:
    elsewhere = prompt("9", 0.5, "a").model_copy(update={"conversation": "C2", "prompt_id": "slack:C2:9"})
    await write(Topic.ANOMALIES, [anomaly(three[2], "silent", "channel")])
    await write(Topic.OUTCOMES, [outcome(elsewhere, "open")])
    assert read() == [("channel", "slack:C1", 2, 3)], "one that still waits says nothing"
    await write(Topic.OUTCOMES, [outcome(elsewhere, "expired", 2)])
    assert read() == [("asset", "a", 2, 1), ("channel", "slack:C1", 2, 2)]
    await write(Topic.OUTCOMES, [outcome(elsewhere, "answered", 3)])
    assert read() == [("channel", "slack:C1", 2, 3)], "answered there, before"


async def test_a_chronic_segment_includes_what_is_dead_in_it_alone(
    three: list[Prompt], read: Make, write: Write, prompt: Make, outcome: Make, anomaly: Make
) -> None:
    other = prompt("8", 4, "d", persona="sales")
    elsewhere = prompt("7", 4, "e").model_copy(update={"workspace": "T2"})
    await write(Topic.OUTCOMES, [outcome(p, "silent", 2) for p in (other, elsewhere)])
    await write(Topic.ANOMALIES, [anomaly(other), anomaly(elsewhere), anomaly(three[1], "chronic", "segment")])
    rows = [("asset", "d", 1, 1), ("asset", "e", 1, 1), ("segment", "slack:T1/regular/thumbs_up", 2, 3)]
    assert read() == rows


async def test_a_channel_comes_before_a_segment(three: list[Prompt], read: Make, write: Write, anomaly: Make) -> None:
    await write(Topic.ANOMALIES, [anomaly(three[1], "chronic", "segment"), anomaly(three[2], "silent", "channel")])
    assert read() == [("channel", "slack:C1", 2, 3), ("segment", "slack:T1/regular/thumbs_up", 2, 0)]


@pytest.mark.parametrize("days_before", [31, 200])
async def test_the_latest_word_of_an_asset_counts_wherever_it_stands(
    days_before: int, read: Make, write: Write, prompt: Make, outcome: Make, anomaly: Make
) -> None:
    """Its latest prompt was withdrawn, so that the newest version stands in an earlier month than the older one."""
    before, after = prompt("1", -days_before, "a"), prompt("2", 0, "a")
    await write(Topic.OUTCOMES, [outcome(before, "answered"), outcome(after, "silent", 2)])
    await write(Topic.OUTCOMES, [outcome(prompt("3", 1, "b"))])
    await write(Topic.ANOMALIES, [anomaly(after, "silent", "asset")])
    assert read() == [("asset", "a", 2, 1)]
    await write(Topic.OUTCOMES, [outcome(after, "withdrawn", 3)])
    await write(Topic.ANOMALIES, [anomaly(before, "revived", "asset", version=2)])
    assert read() == []


async def test_an_older_version_in_a_later_month_says_nothing(
    read: Make, write: Write, prompt: Make, anomaly: Make
) -> None:
    """The prompts themselves are not there yet: the two topics are recorded independently."""
    await write(Topic.ANOMALIES, [anomaly(prompt("2", 0, "a"), "silent", "asset")])
    await write(Topic.ANOMALIES, [anomaly(prompt("1", -31, "a"), "revived", "asset", version=2)])
    assert read() == []


async def test_an_asset_that_is_silent_in_two_months_has_one_row_of_its_latest_version(
    read: Make, write: Write, prompt: Make, anomaly: Make
) -> None:
    await write(Topic.ANOMALIES, [anomaly(prompt("1", -31, "a"), "silent", "asset")])
    await write(Topic.ANOMALIES, [anomaly(prompt("2", 0, "a"), "silent", "asset", version=2)])
    assert read() == [("asset", "a", 2, 1)]


@pytest.mark.parametrize("level", ["asset", "prompt"])
async def test_what_was_written_twice_and_not_merged_yet_has_one_row_and_is_gone_when_it_is_revived(
    level: str, read: Make, write: Write, prompt: Make, anomaly: Make
) -> None:
    told, revived = (anomaly(prompt("1", 0, "a"), *says) for says in (("silent", level), ("revived", level, 2)))
    await write(Topic.ANOMALIES, [told])
    await write(Topic.ANOMALIES, [told, anomaly(prompt("2", 0, "b"), "silent", level)])
    assert sorted(row[:2] for row in read()) == [("asset", "a"), ("asset", "b")]
    await write(Topic.ANOMALIES, [revived])
    assert [row[:2] for row in read()] == [("asset", "b")]


@pytest.mark.parametrize(("days_before", "rows"), [(27, [("prompt", "slack:C1:1", 1, 1)]), (29, [])])
async def test_a_prompt_that_names_no_asset_is_past_after_four_weeks(
    days_before: int, rows: list[tuple[Any, ...]], read: Make, write: Write, prompt: Make, outcome: Make, anomaly: Make
) -> None:
    single, named = prompt("1", -days_before, ""), prompt("2", -days_before, "a")
    await write(Topic.OUTCOMES, [outcome(p, "silent", 2) for p in (single, named)])
    await write(Topic.OUTCOMES, [outcome(prompt("3", 0, "b"))])
    await write(Topic.ANOMALIES, [anomaly(single), anomaly(named)])
    assert read() == [("asset", "a", 1, 1), *rows]


async def test_four_weeks_go_by_the_latest_posting_of_the_same_workspace(
    read: Make, write: Write, prompt: Make, outcome: Make, anomaly: Make
) -> None:
    single = prompt("1", -100, "")
    later, past = (prompt(*p).model_copy(update={"workspace": "T2"}) for p in (("2", 0, "a"), ("3", -29, "")))
    await write(Topic.OUTCOMES, [outcome(single, "silent", 2), outcome(later), outcome(past, "silent", 2)])
    await write(Topic.ANOMALIES, [anomaly(single), anomaly(past)])
    assert read() == [("prompt", "slack:C1:1", 1, 1)]


async def test_a_row_says_since_when_and_what_to_try(
    three: list[Prompt], client: Client, database: str, write: Write, anomaly: Make
) -> None:
    await write(Topic.ANOMALIES, [anomaly(three[2], "silent", "channel")])
    [row] = client.query(f"SELECT * FROM {database}.dead_now").named_results()
    [first] = client.query(f"SELECT min(since) AS since FROM {database}.dead_assets").named_results()
    assert row["since"] == first["since"]
    assert (row["persona"], row["hypothesis"], row["e_value"]) == ("regular", "no_wiifm", 12.5)
    assert (row["title"], row["next_step"]) == ("Podcast of the week", "Say what is in it for them.")


@pytest.mark.parametrize(("reach", "named"), [(4, "small group"), (5, "regular")])
async def test_a_persona_of_fewer_than_five_is_not_named(
    reach: int, named: str, client: Client, database: str, write: Write, prompt: Make, anomaly: Make
) -> None:
    await write(Topic.ANOMALIES, [anomaly(prompt(reach=reach), "chronic", "segment")])
    [row] = client.query(f"SELECT * FROM {database}.dead_now").named_results()
    assert (row["persona"], row["subject"]) == (named, f"slack:T1/{named}/thumbs_up")


async def test_what_it_was_part_of_when_told_is_kept(
    three: list[Prompt], client: Client, database: str, write: Write, anomaly: Make
) -> None:
    part = anomaly(three[0], version=2).model_copy(update={"explained_by": "channel/slack:C1"})
    await write(Topic.ANOMALIES, [part])
    query = f"SELECT explained_by FROM {database}.anomalies_now WHERE anomaly_id = '{part.anomaly_id}'"
    assert client.query(query).result_rows == [("channel/slack:C1",)]
    assert read_levels(client, database) == ["asset", "asset", "prompt"], "the channel does not stand"


def read_levels(client: Client, database: str) -> list[str]:
    return [row[0] for row in client.query(f"SELECT level FROM {database}.dead_now ORDER BY level").result_rows]


async def test_the_report_says_what_an_asset_is_part_of(
    three: list[Prompt], client: Client, database: str, write: Write, anomaly: Make
) -> None:
    def printed() -> str:
        screen = io.StringIO()
        Console(file=screen, width=100).print(render(read_report(client, database)))
        return screen.getvalue()

    assert "Dead channels" not in printed()
    assert "part of" not in printed()
    channel = anomaly(three[2], "silent", "channel").model_copy(update={"title": "#learning"})
    await write(Topic.ANOMALIES, [channel])
    text = printed()
    assert "Dead channels: 1" in text
    assert "with 3 dead assets" in text
    assert text.count("#learning is dead since 2025-05-30 00:00 UTC") == 3
    report = json.loads(to_json(read_report(client, database)))
    assert [found["subject"] for found in report["dead_channels"]] == ["slack:C1"]
    assert report["dead_assets"][0]["part_of"] == "#learning is dead since 2025-05-30 00:00 UTC"
    assert read_report(client, database, source="archive").dead_channels == []
    chronic = anomaly(three[2], "chronic", "segment").model_copy(update={"title": "polls to sales"})
    await write(Topic.ANOMALIES, [channel.model_copy(update={"state": "revived", "version": 2}), chronic])
    assert printed().count("polls to sales are dead since") == 3
