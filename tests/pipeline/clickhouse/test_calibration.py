"""The honesty table and the time to the first response: what they count, and whom they do not name."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client

from pipeline.clickhouse.sink import Sink
from schemas.outcome import Outcome
from schemas.topic import Topic

Make = Callable[..., Any]
Read = Callable[..., Any]

MONDAY, NEXT_MONDAY = date(2025, 5, 26), date(2025, 6, 2)


@pytest.fixture
def read(sink: Sink, client: Client, database: str, record: Make) -> Read:
    """Record outcomes the way the worker does, and give the rows of a view."""

    async def read(view: str, *outcomes: Outcome) -> list[dict[str, Any]]:
        sink.add(Topic.OUTCOMES, 0, [record(Topic.OUTCOMES, outcome) for outcome in outcomes])
        await sink.flush()
        return list(client.query(f"SELECT * FROM {database}.{view} ORDER BY week, persona, 6").named_results())

    return read


@pytest.fixture
def closed(prompt: Make, outcome: Make) -> Make:
    def closed(message: str, p_zero: float, came: bool, day: float = 0.0, reach: int = 40, **changes: Any) -> Outcome:
        posted = prompt(message, day, reach=reach)
        made = outcome(posted, "answered" if came else "expired", closed=True)
        expectation = made.expectation.model_copy(update={"p_zero_horizon": p_zero})
        return made.model_copy(update={"expectation": expectation} | changes)  # type: ignore[no-any-return]

    return closed


async def test_what_was_predicted_stands_beside_what_happened(read: Read, closed: Make) -> None:
    rows = await read("calibration", closed("1", 0.2, True), closed("2", 0.28, False), closed("3", 0.24, True))
    (row,) = rows
    assert (row["week"], row["persona"], row["asset_type"]) == (MONDAY, "regular", "thumbs_up")
    assert (row["source"], row["workspace"], row["predicted_from"]) == ("slack", "T1", 0.2)
    assert (row["prompts"], row["silent"]) == (3, 1)
    assert row["silent_expected"] == pytest.approx(0.72)
    assert row["variance"] == pytest.approx(0.2 * 0.8 + 0.28 * 0.72 + 0.24 * 0.76)
    assert row["silent_share"] == pytest.approx(1 / 3)
    assert row["predicted"] == pytest.approx(0.24)


async def test_bins_are_tenths_and_certainty_belongs_to_the_last(read: Read, closed: Make) -> None:
    chances = [0.0, 0.05, 0.1, 0.89, 0.9, 1.0]
    rows = await read("calibration", *(closed(str(n), chance, False) for n, chance in enumerate(chances)))
    assert [(row["predicted_from"], row["prompts"]) for row in rows] == [(0.0, 2), (0.1, 1), (0.8, 1), (0.9, 2)]


async def test_only_prompts_that_ran_their_course_count(read: Read, prompt: Make, outcome: Make) -> None:
    unfit = [outcome(prompt(status), status) for status in ("open", "answered", "silent", "censored", "withdrawn")]
    assert await read("calibration", *unfit) == []


async def test_whether_it_counts_does_not_depend_on_who_came(
    read: Read, closed: Make, client: Client, database: str
) -> None:
    """What was not seen to its end: of the silent one nobody knows, so the answered one must not count either."""
    made = [closed("1", 0.5, True, observed=False), closed("2", 0.5, False, observed=False, status="censored")]
    (row,) = await read("calibration", *made, closed("3", 0.5, True), closed("4", 0.5, False))
    assert (row["prompts"], row["silent"]) == (2, 1)
    seen = client.query(f"SELECT message, observed FROM {database}.prompts_now ORDER BY message").result_rows
    assert seen == [("1", False), ("2", False), ("3", True), ("4", True)]


async def test_weeks_and_small_groups_stand_apart_and_are_not_named(read: Read, closed: Make) -> None:
    made = [closed("1", 0.5, True), closed("2", 0.5, True, 7), closed("3", 0.5, True, reach=4)]
    made.append(closed("4", 0.5, True, reach=5))
    rows = await read("calibration", *made)
    assert [(row["week"], row["persona"], row["prompts"]) for row in rows] == [
        (MONDAY, "regular", 2),
        (MONDAY, "small group", 1),
        (NEXT_MONDAY, "regular", 1),
    ]
    times = await read("time_to_first_response")
    assert [(row["week"], row["persona"], row["prompts"]) for row in times] == [
        (MONDAY, "regular", 2),
        (MONDAY, "small group", 1),
        (NEXT_MONDAY, "regular", 1),
    ]


async def test_the_newest_version_alone_counts(read: Read, prompt: Make, outcome: Make) -> None:
    posted = prompt("1")
    assert await read("calibration", outcome(posted, "expired")) != []
    newer = outcome(posted, "answered", 2, closed=True)
    ((told,), (timed,)) = await read("calibration", newer), await read("time_to_first_response")
    assert (told["prompts"], told["silent"]) == (1, 0)
    assert (timed["prompts"], timed["answered"], timed["waiting"]) == (1, 1, 0)


async def test_the_time_is_that_of_the_answered(read: Read, prompt: Make, outcome: Make) -> None:
    made = []
    for minutes in range(1, 12):
        posted = prompt(f"a{minutes}")
        made.append(outcome(posted, "answered", first_response_at=posted.posted_at + 60 * minutes))
    made += [outcome(prompt("w"), "open"), outcome(prompt("x"), "expired"), outcome(prompt("y"), "withdrawn")]
    (row,) = await read("time_to_first_response", *made)
    assert (row["prompts"], row["answered"], row["waiting"]) == (13, 11, 1)
    assert (row["median_minutes"], row["p90_minutes"]) == (6.0, 10.0)


async def test_there_is_no_time_where_nobody_came(read: Read, prompt: Make, outcome: Make) -> None:
    (row,) = await read("time_to_first_response", outcome(prompt("1"), "expired"))
    assert (row["answered"], row["median_minutes"], row["p90_minutes"]) == (0, None, None)
