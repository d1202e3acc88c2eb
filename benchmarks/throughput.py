"""Events a second: the agent `track` of a worker beside a bare loop, Quix Streams and stock Faust.

All read the same topic of the same broker, each as a process of its own, one after the other, in rounds: each once,
then each again. The figure is events per second of CPU time that the whole process used, user and system, all threads,
from the first measured event to the last; wall time stands beside it. A figure whose result is wrong is refused.
"""

import asyncio
import sys
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import ours
from benchmarks.broker import Written, keyed, marks, producer, reset_topics, start_at, write
from benchmarks.entry import CPU, SHARE, WALL, Entry, progress
from benchmarks.processes import PEERS, BenchmarkError, run
from benchmarks.workload import START, Mix, Workload
from pipeline.settings import KafkaSettings, PromptRules, Settings
from schemas.topic import Topic

EVENTS = 300_000
EVENTS_OF_THE_SLOW = 40_000
PEER_SECONDS = 120.0


@dataclass(frozen=True)
class Peer:
    """Somebody measured beside us."""

    name: str
    module: str
    arguments: tuple[str, ...] = ()
    own_environment: bool = False
    slow: bool = False


PEERS_MEASURED = (
    Peer("bare", "bare"),
    Peer("quix", "quix", own_environment=True),
    Peer("quix-state", "quix", ("state",), own_environment=True, slow=True),
    Peer("stock", "stock", slow=True),
    Peer("stock-table", "stock", ("table",), slow=True),
)


@dataclass
class Stage:
    """The topic with the workload, written once for all rounds."""

    settings: Settings
    workload: Workload
    written: Written

    @property
    def topic(self) -> str:
        """Return the topic's name."""
        return self.settings.kafka.prefix + Topic.EVENTS


def new_settings(servers: str, folder: Path, mix: Mix, **more: Any) -> Settings:
    """Return the settings of our workers: the defaults, but for where everything is."""
    kafka = KafkaSettings(bootstrap_servers=servers, prefix=f"{mix}.", group=mix)
    prompts = PromptRules(every_root=mix == "prompts")
    data = folder / "data"
    return Settings(_env_file=None, data_dir=data, kafka=kafka, prompts=prompts, live_clock=False, **more)


async def set_stage(servers: str, folder: Path, mix: Mix, events: int) -> Stage:
    """Create the topics and write the workload."""
    settings, workload = new_settings(servers, folder, mix), Workload(mix=mix)
    progress(f"writing {workload.open_prompts:,} open prompts and {events:,} events (mix {mix})")
    await asyncio.to_thread(reset_topics, settings.kafka)
    topic = settings.kafka.prefix + Topic.EVENTS
    async with producer(servers) as client:
        await write(client, topic, keyed(workload.preload(), workload.key))
        before = dict(workload.truth.kinds)
        written = await write(client, topic, keyed(workload.measured(events), workload.key))
        await write(client, topic, marks(workload.ending()))
    workload.truth.kinds.subtract(before)  # the peers see the measured part alone
    return Stage(settings, workload, written)


async def measure(servers: str, folder: Path, rounds: int, events: int = EVENTS, mix: Mix = "talk") -> list[Entry]:
    """Run all rounds."""
    stage = await set_stage(servers, folder, mix, events)
    peers = PEERS_MEASURED if mix == "talk" else PEERS_MEASURED[:1]
    group = "throughput" if mix == "talk" else f"throughput-{mix}"
    found: defaultdict[tuple[str, str], list[float]] = defaultdict(list)
    for n in range(1, rounds + 1):
        steps: list[tuple[str, Callable[[], Awaitable[tuple[float, float]]]]] = [
            ("track", lambda n=n: _ours(stage, f"{mix}-{n}-one", 1)),
            *((peer.name, lambda peer=peer, n=n: _peer(stage, peer, f"{mix}-{n}")) for peer in peers),
        ]
        if mix == "talk":
            steps.append(("track-two-workers", lambda n=n: _ours(stage, f"{mix}-{n}-two", 2)))
        for name, step in steps:
            cpu, wall = await step()
            progress(f"  round {n} of {rounds}  {name:18} {cpu:>10,.0f} {CPU}  {wall:>10,.0f} {WALL}")
            found[name, CPU].append(cpu)
            found[name, WALL].append(wall)
    entries = [Entry.of(f"{group}/{name}", unit, values) for (name, unit), values in found.items()]
    shares: dict[str, float] = {}
    await _ours(stage, f"{mix}-profile", 1, shares)
    for component, share in shares.items():
        progress(f"    {component:18} {share:6.1%}")
    return [*entries, *(Entry.of(f"{group}-profile/{name}", SHARE, [100 * share]) for name, share in shares.items())]


async def _ours(stage: Stage, group: str, workers: int, profile: dict[str, float] | None = None) -> tuple[float, float]:
    """Run our workers, and refuse the figure unless they counted right."""
    kafka = stage.settings.kafka.model_copy(update={"group": group})
    settings = stage.settings.model_copy(update={"kafka": kafka})
    workload = stage.workload
    measured = await ours.run_round(
        settings,
        stage.written,
        begins=START,
        ends=workload.ending(),
        workers=workers,
        name=f"track-{group}",
        profile=profile,
    )
    ours.check(await ours.counted(settings), workload.truth.counts)
    return measured.per_cpu_second, measured.per_second


async def _peer(stage: Stage, peer: Peer, group: str) -> tuple[float, float]:
    """Run a peer, and refuse the figure unless it saw every event."""
    written, name = stage.written, f"{peer.name}-{group}"
    end = written.end
    if peer.slow:
        most = EVENTS_OF_THE_SLOW // len(end)
        end = [min(last, first + most) for first, last in zip(written.first, end, strict=True)]
    await start_at(stage.settings.kafka.bootstrap_servers, name, stage.topic, written.first)
    options = {
        "bootstrap_servers": stage.settings.kafka.bootstrap_servers,
        "topic": stage.topic,
        "group": name,
        "first": written.first,
        "end": end,
    }
    python = PEERS / "python" if peer.own_environment else sys.executable
    module = f"benchmarks.contestants.{peer.module}"
    result = await asyncio.to_thread(
        run, name, module, options, *peer.arguments, python=python, seconds=PEER_SECONDS
    )  # fmt: skip
    wanted = sum(end) - sum(written.first)
    kinds = result["kinds"]
    if sum(kinds.values()) != wanted or (not peer.slow and kinds != +stage.workload.truth.kinds):
        msg = f"{peer.name}: the result is wrong, so its figure does not count: {kinds} of {wanted} events"
        raise BenchmarkError(msg)
    return result["events"] / result["cpu"], result["events"] / result["wall"]
