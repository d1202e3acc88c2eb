"""Replay: the past judged as if lived."""

import asyncio
import hashlib
import time
from collections.abc import Callable, Iterator, Set
from dataclasses import dataclass
from math import ceil, floor
from pathlib import Path

from agents.normalise import forget
from pipeline.clickhouse.client import connect
from pipeline.clickhouse.report import replay_summary
from pipeline.completion import following
from pipeline.erasure import erased_members, without_erased
from pipeline.kafka import BulkProducer
from pipeline.pseudonyms import pseudonym_key
from pipeline.replay.open import open_source
from pipeline.replay.past import Past
from pipeline.settings import Settings
from pipeline.stack import Stack, running_stack
from schemas.base import HOUR
from schemas.dead_letter import DeadLetter
from schemas.directory import DirectoryRecord, directory_key
from schemas.erasure import Erased
from schemas.event import Event, Watermark
from schemas.ids import conversation_key
from schemas.topic import Topic

Report = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done and how much there is."""


@dataclass(frozen=True)
class Replayed:
    """What came out."""

    messages: int
    prompts: int
    responses: int
    responders: int
    silent_at_horizon: int
    censored: int
    flagged: int
    revived: int
    too_little_to_tell: int
    dead_letters: int
    events_per_second: float


def replay_settings(settings: Settings, path: Path) -> Settings:
    """Return the settings of a replay: its own topics and group, so that what is live does not see the past.

    The names derive from the file and from what decides the verdicts: the same replay on the same broker finds its
    own topics again and changes nothing.
    """
    digest = hashlib.blake2b(digest_size=6)
    for part in sorted(path.rglob("*.json")) if path.is_dir() else [path]:
        digest.update(part.name.encode() + b"\0")
        with part.open("rb") as file:
            while chunk := file.read(1 << 20):
                digest.update(chunk)
    for section in (settings.prompts, settings.judge, settings.personas, settings.replay):
        digest.update(section.model_dump_json().encode())
    name = f"replay-{digest.hexdigest()}"
    kafka = settings.kafka.model_copy(
        update={"prefix": f"{settings.kafka.prefix}{name}.", "group": f"{settings.kafka.group}-{name}"}
    )
    prompts = settings.prompts.model_copy(update={"every_root": True})
    return settings.model_copy(update={"kafka": kafka, "prompts": prompts, "live_clock": False, "web_port": 0})


def replay(
    path: Path, settings: Settings, *, workers: int, report: Report, directory: tuple[DirectoryRecord, ...] = ()
) -> Replayed:
    """Play a recording through the pipeline and return what ClickHouse says of it afterwards."""
    report("reading", 0, 0)
    past = open_source(path, pseudonym_key(settings), settings)
    with running_stack(replay_settings(settings, path)) as stack:
        erased = erased_members(stack.settings)
        send_directory(stack.settings, tuple(without_erased((*past.directory, *directory), erased)))
        stack.start_workers(workers)
        started = time.monotonic()
        sent, end = send_past(past, stack.settings, report, erased)
        asyncio.run(_wait(stack, sent, end, report))
        seconds = time.monotonic() - started
        client = connect(stack.settings.clickhouse, stack.clickhouse_url)
        try:
            database = settings.clickhouse.database
            found = replay_summary(client, database, source=past.source, workspace=past.workspace)
        finally:
            client.close()
    return Replayed(
        messages=past.messages,
        prompts=found.prompts,
        responses=found.responses,
        responders=found.responders,
        silent_at_horizon=found.silent_at_horizon,
        censored=found.censored,
        flagged=found.flagged,
        revived=found.revived,
        too_little_to_tell=found.too_little_to_tell,
        dead_letters=found.dead_letters,
        events_per_second=round(past.total / seconds, 1),
    )


def send_directory(settings: Settings, records: tuple[DirectoryRecord, ...]) -> None:
    """Broadcast the directory."""
    with BulkProducer(settings.kafka) as producer:
        for record in records:
            producer.send(Topic.DIRECTORY, directory_key(record).encode(), record.wire())


def send_past(past: Past, settings: Settings, report: Report, erased: Set[str] = frozenset()) -> tuple[int, float]:
    """Write all events with a watermark at the end of every epoch that has any; return records sent and the end."""
    sent = 0
    total = past.total
    with BulkProducer(settings.kafka) as producer:
        last = 0.0
        for n, item in enumerate(with_watermarks(past.read(), settings.judge.epoch_hours * HOUR)):
            if isinstance(item, DeadLetter):
                producer.send(Topic.DEAD_LETTERS, item.stage.encode(), item.wire())
            elif isinstance(item, Watermark):
                sent += _send_everywhere(producer, settings, item)
            elif not isinstance(item, Erased):
                sent += 1
                last = max(last, item.time)
                key = conversation_key(item.source, item.conversation)
                producer.send(Topic.EVENTS, key, forget(item, erased).wire())
            if n % 500 == 0:
                report("sending", min(n, total), total)
        end = final_watermark(past, last, settings)
        sent += _send_everywhere(producer, settings, end)
    return sent, end.time


def with_watermarks(items: Iterator[Event | DeadLetter], epoch: float) -> Iterator[Event | DeadLetter]:
    """Put a watermark before the first event of every epoch: whatever the others wait for is told in time."""
    current = -1
    for item in items:
        if not isinstance(item, DeadLetter | Watermark) and (index := floor(item.time / epoch)) > current:
            current = index
            yield Watermark(time=index * epoch)
        yield item


def final_watermark(past: Past, last: float, settings: Settings) -> Watermark:
    """Return the watermark that lets every prompt reach its horizon, and says up to when there was anything to see."""
    epoch = settings.judge.epoch_hours * HOUR
    horizon = settings.judge.horizon_days * 24 * HOUR
    end = max(last, past.observed_until) + horizon + settings.judge.lateness_seconds
    return Watermark(time=(ceil(end / epoch) + 1) * epoch, observed_until=past.observed_until)


def _send_everywhere(producer: BulkProducer, settings: Settings, mark: Watermark) -> int:
    for partition in range(settings.kafka.partitions):
        value = mark.model_copy(update={"partition": partition}).wire()
        producer.send(Topic.EVENTS, b"watermark", value, partition)
    return settings.kafka.partitions


async def _wait(stack: Stack, sent: int, end: float, report: Report) -> None:
    async with following(stack.settings.kafka) as completion:

        async def show() -> None:
            while True:
                report("judging", min(await completion.events_done(), sent), sent)
                await asyncio.sleep(0.3)

        showing = asyncio.ensure_future(show())
        try:
            await completion.wait(end, stack.check)
        finally:
            showing.cancel()
    report("judging", sent, sent)
