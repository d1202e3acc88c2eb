"""A source is cut off for two days, with a real worker behind a broker: unknown, told to people, and mended later."""

import asyncio
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.clickhouse.client import connect
from pipeline.clickhouse.report import read_report
from pipeline.completion import following
from pipeline.doctor import examine
from pipeline.kafka import BulkProducer
from pipeline.replay.run import with_watermarks
from pipeline.settings import Settings
from pipeline.stack import Stack, running_stack
from schemas.base import HOUR
from schemas.event import Event, MessagePosted, ReactionAdded, Watermark
from schemas.ids import conversation_key
from schemas.topic import Topic

pytestmark = pytest.mark.process

MONDAY = 1_772_409_600.0
"""2026-03-02T00:00:00Z."""
DAY = 24 * HOUR
DAYS, DOWN, BACK = 29, 22 * DAY + 12.15 * HOUR, 24 * DAY + 18.5 * HOUR
EPOCH = 1


def life() -> Iterator[Event]:
    """Yield four weeks of talk, with an asset a day that is answered within the hours after it."""
    for day in range(DAYS):
        for hour in range(7, 19) if day % 7 < 5 else (9,):
            for n in range(60 if day % 7 < 5 else 2):
                time = MONDAY + day * DAY + (hour + n / 60) * HOUR
                where: dict[str, Any] = {
                    "source": "slack",
                    "workspace": "T1",
                    "conversation": f"C{n % 6}",
                    "time": time,
                }
                name = f"{day}-{hour}-{n}"
                if n == 0 and hour == 12:
                    yield MessagePosted(
                        **where | {"event_id": name, "author": "designer", "message": f"asset {day}", "asset_id": "a"}
                    )
                elif n % 6 == 0 and hour in (13, 14, 15):
                    event = {
                        "event_id": name,
                        "author": f"m{n % 17}",
                        "message": f"asset {day}",
                        "reaction": f"r{hour}",
                    }
                    yield ReactionAdded(**where | event)
                else:
                    yield MessagePosted(
                        **where | {"event_id": name, "author": f"m{n % 17}", "message": name, "thread": "t"}
                    )


def missing(event: Event) -> bool:
    return DOWN <= event.time - MONDAY < BACK


def send(stack: Stack, events: Iterable[Event], end: float) -> None:
    kafka = stack.settings.kafka
    with BulkProducer(kafka) as producer:
        for item in [*with_watermarks(iter(events), EPOCH * HOUR), Watermark(time=end)]:
            if isinstance(item, Watermark):
                for partition in range(kafka.partitions):
                    value = item.model_copy(update={"partition": partition}).wire()
                    producer.send(Topic.EVENTS, b"watermark", value, partition)
            else:
                producer.send(Topic.EVENTS, conversation_key(item.source, item.conversation), item.wire())  # type: ignore[union-attr]


async def worked_through(stack: Stack, end: float) -> None:
    async with following(stack.settings.kafka) as completion:
        await completion.wait(end, stack.check)


def ask(stack: Stack, query: str) -> list[tuple[Any, ...]]:
    client = connect(stack.settings.clickhouse, stack.clickhouse_url)
    try:
        return [tuple(row) for row in client.query(query).result_rows]
    finally:
        client.close()


def test_while_it_is_cut_off_people_are_told_and_when_it_is_filled_nothing_is_left_of_it(tmp_path: Path) -> None:
    settings = Settings(
        _env_file=None,
        data_dir=tmp_path,
        live_clock=False,
        kafka={"partitions": 2},
        # All answers come an hour sharp after the posting, so at 0.1 a healthy one of ten is called silent just before.
        judge={"epoch_hours": EPOCH, "lag_epochs": 1, "horizon_days": 2, "alpha": 0.05},
    )
    holes = "SELECT state, source, workspace, until IS NULL, unknown_prompts FROM crickets.source_health_now"
    prompts = "SELECT message, status FROM crickets.prompts_now WHERE posted_at >= toDateTime64('{}', 6, 'UTC')"
    events = list(life())
    while_down = MONDAY + 24 * DAY + 18 * HOUR
    with running_stack(settings) as stack:
        stack.start_workers(1)
        send(stack, (event for event in events if event.time - MONDAY < DOWN), while_down)
        asyncio.run(worked_through(stack, while_down - 2 * HOUR))
        assert ask(stack, holes) == [("down", "slack", "T1", True, 1)]
        [(reason, step)] = ask(stack, "SELECT reason, next_step FROM crickets.unknown_prompts")
        assert (
            reason.startswith("slack has delivered nothing since 2026-03-24 13:00 UTC") and "crickets backfill" in step
        )
        assert ask(stack, "SELECT count() FROM crickets.dead_assets") == [(0,)]
        client = connect(stack.settings.clickhouse, stack.clickhouse_url)
        [hole] = read_report(client, "crickets").source_holes
        client.close()
        assert hole.sentence.startswith("slack (T1) has delivered nothing since 2026-03-24 12:08 UTC")
        [told] = [finding for finding in examine(stack.settings) if finding.what == "source slack"]
        assert (told.ok, told.found) == (False, hole.sentence)
        late = [event for event in events if missing(event)]
        back = [event for event in events if event.time - MONDAY >= BACK]
        fill = next(n for n, event in enumerate(back) if event.time - MONDAY >= BACK + HOUR / 4)
        end = MONDAY + (DAYS + 3) * DAY
        send(stack, [*back[:fill], *late, *back[fill:]], end)
        asyncio.run(worked_through(stack, end - 2 * HOUR))
        ended = f"{holes} WHERE since < toDateTime64('2026-03-29', 6, 'UTC')"
        states = [row[:1] for row in ask(stack, ended)]
        assert states == [("filled",)]
        ends = dict(ask(stack, prompts.format("2026-03-16")))
        answered = [f"asset {day}" for day in range(14, 26) if day % 7 < 5]
        assert {name: ends.get(name) for name in answered} == dict.fromkeys(answered, "answered")
        verdicts = ask(stack, "SELECT DISTINCT verdict FROM crickets.anomalies WHERE level = 'prompt'")
        assert {verdict for (verdict,) in verdicts} == {"unknown", "revived"}, json.dumps(verdicts)
