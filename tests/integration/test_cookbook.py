"""docs/cookbook.md: every query runs as it stands on a replayed archive and answers its question."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client

from models.checklist import Checklist
from pipeline.clickhouse.client import connect
from pipeline.embedded.engine import EmbeddedEngine
from pipeline.settings import ClickHouseSettings
from tests.factories.archive import archive_lines, write_archive
from tests.integration.conftest import ROOT, Installation

pytestmark = pytest.mark.process

PAGE = (ROOT / "docs" / "cookbook.md").read_text("utf-8")
QUERIES = {int(n): sql for n, sql in re.findall(r"^## (\d+)\..*?```sql\n(.*?);\n```", PAGE, re.DOTALL | re.MULTILINE)}

Rows = list[dict[str, Any]]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    folder = tmp_path_factory.mktemp("cookbook")
    installation = Installation(folder, {"CRICKETS_JUDGE__EPOCH_HOURS": "6"})
    installation.json("replay", write_archive(folder / "community.jsonl.gz", list(archive_lines())))
    with EmbeddedEngine(folder / "data" / "clickhouse") as engine:
        client = connect(ClickHouseSettings(), engine.url)
        yield client
        client.close()


@pytest.fixture(scope="module")
def answers(store: Client) -> dict[int, Rows]:
    return {number: list(store.query(sql).named_results()) for number, sql in QUERIES.items()}


def test_the_page_has_ten_questions_and_each_query_gives_rows(answers: dict[int, Rows]) -> None:
    assert sorted(answers) == list(range(1, 11))
    assert PAGE.count("```sql") == 10
    assert [number for number, rows in answers.items() if not rows] == []


def test_dead_assets_are_told_with_cause_moment_and_evidence(answers: dict[int, Rows], store: Client) -> None:
    assert {row["title"] for row in answers[1]} == {row["title"] for row in answers[2]}
    for row in answers[1]:
        assert row["title"]
        assert row["next_step"]
        assert row["hypothesis"] in {"undetermined", *Checklist.default().codes}
        assert 0 < row["probability"] <= 1
    for row in answers[2]:
        assert row["unanswered"] >= 1
        assert row["expected"] > 0
    (open_,) = store.query("SELECT uniqExact(asset) FROM crickets.anomalies_now WHERE state = 'open'").result_rows[0]
    assert len(answers[1]) == open_, "each asset once: none of them was answered later"
    assert {row["title"] for row in answers[3]} <= {row["title"] for row in answers[1]}
    assert all(row["sentence"] for row in answers[3])


def test_sums_over_segments_are_those_of_the_prompts(answers: dict[int, Rows], store: Client) -> None:
    count = "count(), sum(responders), countIf(responders > 0), countIf(flagged), countIf(flagged AND responders > 0)"
    ((prompts, came, answered, flagged, revived),) = store.query(
        f"SELECT {count} FROM crickets.prompts_now WHERE status != 'withdrawn'"
    ).result_rows
    assert sum(row["prompts"] for row in answers[4]) == prompts > 500
    assert sum(row["came"] for row in answers[4]) == came
    assert sum(row["answered"] for row in answers[6]) == answered
    assert sum(row["called_silent"] for row in answers[7]) == flagged > 0
    assert sum(row["revived"] for row in answers[7]) == revived == sum(row["revived"] for row in answers[5])
    assert all(row["anomalies"] == row["still_open"] + row["revived"] for row in answers[5])


def test_times_and_shares_are_sensible(answers: dict[int, Rows]) -> None:
    assert all(0 < row["median_minutes"] <= row["p90_minutes"] < 7 * 24 * 60 for row in answers[6])
    assert all(row["share"] == round(row["revived"] / row["called_silent"], 2) for row in answers[7])
    for row in answers[9]:
        assert 0 < row["too_little_to_tell"] <= row["prompts"]
        assert 0 <= row["borrowed"] <= 1


def test_predictions_lie_in_their_bins_and_count_what_ran_its_course(answers: dict[int, Rows], store: Client) -> None:
    ((closed,),) = store.query(
        "SELECT count() FROM crickets.prompts_now WHERE closed AND observed AND status != 'withdrawn'"
    ).result_rows
    assert sum(row["closed"] for row in answers[8]) == closed == sum(row["closed_prompts"] for row in answers[10])
    for row in answers[8]:
        assert row["predicted_from"] - 0.001 <= row["chance"] <= row["predicted_from"] + 0.101
        assert (row["gap"] > 0) == (row["share"] > row["chance"])


def test_quiet_channels_come_before_lively_ones(answers: dict[int, Rows]) -> None:
    assert [row["conversation"] in {"c0", "c2", "c4"} for row in answers[10]] == [True, True, True, False, False]


def test_no_row_names_a_member(answers: dict[int, Rows], store: Client) -> None:
    (authors,) = store.query("SELECT groupUniqArray(author) FROM crickets.events FINAL WHERE author != ''").result_rows[
        0
    ]
    told = repr(answers)
    assert len(authors) > 10
    assert [author for author in authors if author in told] == []
