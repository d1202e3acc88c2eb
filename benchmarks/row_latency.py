"""From the tick that passes a deadline to the anomaly's row in ClickHouse: the whole product, live.

Prompts whose deadlines fall into the next half minute stand in `events`; a worker of the product with its live clock
and the embedded engine runs over them. The tick is the first watermark that is not older than the deadline, at the
time at which its record was written.
"""

import asyncio
import time
from collections.abc import Iterator

from agents.effects import Record, Send
from agents.track import Track
from benchmarks.broker import PARTITIONS, Reader, partition_of, producer, reset_topics, write
from benchmarks.entry import progress
from benchmarks.ours import Workers
from benchmarks.quantile import summary
from benchmarks.taught import lesson, opened
from benchmarks.workload import SOURCE, WORKSPACE
from pipeline.clickhouse.client import connect
from pipeline.pseudonyms import pseudonym_key
from pipeline.settings import Settings
from pipeline.stack import running_clickhouse
from pipeline.wiring import track_rules
from schemas.base import HOUR
from schemas.event import EVENT, MessagePosted, Traits, Watermark
from schemas.ids import conversation_key, event_id
from schemas.outcome import OUTCOME, Outcome
from schemas.topic import Topic
from tests.factories.taught import taught

PROMPTS = 600
AHEAD, SPREAD = 25.0, 30.0
"""Seconds until the first deadline, and between the first and the last."""
POLL = 0.005
PATIENCE = 120.0


async def measure_rows(settings: Settings) -> dict[str, float]:
    """Return the quantiles in milliseconds."""
    kafka = settings.kafka.model_copy(update={"group": "rows"})
    settings = settings.model_copy(update={"kafka": kafka, "live_clock": True})
    pseudonym_key(settings)  # made before the worker needs it
    await asyncio.to_thread(reset_topics, kafka)
    with running_clickhouse(settings) as url:
        settings = settings.model_copy(
            update={"clickhouse": settings.clickhouse.model_copy(update={"url": url})}
        )  # fmt: skip
        async with producer(kafka.bootstrap_servers) as client:
            for value in (lesson(), opened().wire()):
                await client.send_and_wait(kafka.prefix + Topic.EXPECTATIONS, value, b"benchmark", 0)
            prompts = list(_prompts(settings))
            records = [(key, event.wire(), partition_of(key)) for key, event, _ in prompts]
            await write(client, kafka.prefix + Topic.EVENTS, records)
        deadlines = {f"{SOURCE}:{e.conversation}:{e.message}": (partition_of(key), due) for key, e, due in prompts}
        async with Workers(settings, 1, "rows", module="pipeline.cli", arguments=("worker",)) as running:
            seen = await _rows(settings, url, running, set(deadlines))
        ticks = await _ticks(settings)
    behind = []
    for prompt, (partition, due) in deadlines.items():
        tick = next(at for mark, at in ticks[partition] if mark >= due)
        behind.append(1000 * (seen[prompt] - tick))
    found = summary(behind)
    said = ", ".join(f"{name} {value:.0f} ms" for name, value in found.items())
    progress(f"  {len(behind)} deadlines: tick -> anomaly in ClickHouse {said}")
    return found


def _prompts(settings: Settings) -> Iterator[tuple[bytes, MessagePosted, float]]:
    """Give prompts and their deadlines, which the live clock will pass soon."""
    first = time.time() - settings.judge.lateness_seconds + AHEAD
    for n in range(PROMPTS):
        wanted = first + n * SPREAD / PROMPTS
        event = _prompt(n, wanted - HOUR)
        due = _deadline(settings, event)  # depends a little on the hour
        for _ in range(5):
            event = _prompt(n, event.time + wanted - due)
            due = _deadline(settings, event)
        yield conversation_key(SOURCE, event.conversation), event, due


def _prompt(n: int, at: float) -> MessagePosted:
    message, conversation = f"{at:.6f}", f"C0ROWS{n:04d}"
    return MessagePosted(
        event_id=event_id(SOURCE, conversation, "message", message),
        source=SOURCE,
        workspace=WORKSPACE,
        conversation=conversation,
        time=float(message),
        author="m_00000000000000000000",
        message=message,
        asset_id=f"asset-{n}",
        traits=Traits(length=100),
    )


def _deadline(settings: Settings, event: MessagePosted) -> float:
    track = Track(0, taught(), track_rules(settings))
    track.ready()
    for effect in track([Record(Topic.EVENTS, 0, 0, None, event.wire())]):
        if isinstance(effect, Send) and effect.topic == Topic.OUTCOMES:
            outcome = OUTCOME.validate_json(effect.value.wire())
            if isinstance(outcome, Outcome) and outcome.expectation.deadline is not None:
                return outcome.expectation.deadline
    msg = "a tagged root message is a prompt, and the taught model gives it a deadline"
    raise AssertionError(msg)


async def _rows(settings: Settings, url: str, running: Workers, wanted: set[str]) -> dict[str, float]:
    """Return when each prompt's anomaly was to be seen."""
    seen: dict[str, float] = {}
    query = f"SELECT subject FROM {settings.clickhouse.database}.anomalies WHERE verdict = 'silent'"
    client = await asyncio.to_thread(connect, settings.clickhouse, url)
    deadline = time.monotonic() + PATIENCE

    async def all_there() -> bool:
        result = await asyncio.to_thread(client.query, query)
        at = time.time()
        for (subject,) in result.result_rows:
            seen.setdefault(subject, at)
        return wanted <= seen.keys() or time.monotonic() > deadline

    try:
        await running.until("every anomaly stands in ClickHouse", all_there, pause=POLL)
    finally:
        client.close()
    return seen


async def _ticks(settings: Settings) -> list[list[tuple[float, float]]]:
    """Return (time of the watermark, when its record was written) of each partition."""
    kafka = settings.kafka
    found: list[list[tuple[float, float]]] = [[] for _ in range(PARTITIONS)]
    async with Reader(kafka.bootstrap_servers, {kafka.prefix + Topic.EVENTS: PARTITIONS}) as reader:
        async for record in reader.read_all():
            value = EVENT.validate_json(record.value)
            if isinstance(value, Watermark):
                found[record.partition].append((value.time, record.timestamp / 1000))
    return found
