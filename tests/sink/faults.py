"""Each fault, met by the product's recorder on its way to the real engine, and what the views say after it."""

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from clickhouse_connect.driver.client import Client

from pipeline.clickhouse.client import connect
from pipeline.clickhouse.migrate import migrate
from pipeline.clickhouse.sink import Sink
from pipeline.embedded.engine import EmbeddedEngine
from pipeline.settings import ClickHouseSettings
from tests.servers.fault_proxy import FaultProxy
from tests.sink.feed import Feed
from tests.sink.load import Load

TIMEOUT = 1.0
"""Seconds that the sink waits for an answer here; 30 in the product."""


@dataclass
class Met:
    """What a fault came to."""

    fault: str
    rows: int
    lost: int
    doubled: int
    seconds_to_recover: float
    hits: int = 0
    """Tries that failed or were delayed."""

    def line(self) -> dict[str, object]:
        """Return what is printed of it."""
        return {name: value for name, value in asdict(self).items() if name != "hits"}


@dataclass(frozen=True)
class Look:
    """How much waited at a moment, and how large the process was."""

    waiting: int
    mib: float


async def _look(sink: Sink, looks: list[Look]) -> None:
    page = os.sysconf("SC_PAGE_SIZE") / 2**20
    while True:
        looks.append(Look(sink.waiting_rows, int(Path("/proc/self/statm").read_text().split()[1]) * page))
        await asyncio.sleep(0.25)


@dataclass
class Scene:
    """What a fault is made with."""

    proxy: FaultProxy
    client: Client
    database: str
    seconds: float

    async def during(self, fault: str) -> None:
        """Let the proxy make a fault."""
        self.proxy.fault = fault
        await self.lasts()
        self.proxy.fault = ""

    async def lasts(self) -> None:
        """Wait until the fault was met and has lasted."""
        await asyncio.sleep(self.seconds)

    async def tables(self, *statements: str) -> None:
        """Change the tables of the real engine."""
        for statement in statements:
            await asyncio.to_thread(self.client.command, statement.format(db=self.database))


async def _refused(scene: Scene) -> None:
    await scene.proxy.down()
    await scene.lasts()
    await scene.proxy.up()


async def _too_many_parts(scene: Scene) -> None:
    table = "ALTER TABLE {db}.events "
    await scene.tables(
        "SYSTEM STOP MERGES {db}.events",
        table + "MODIFY SETTING parts_to_delay_insert = 1, parts_to_throw_insert = 1",
    )
    await scene.lasts()
    await scene.tables(table + "RESET SETTING parts_to_delay_insert, parts_to_throw_insert")


async def _schema_drift(scene: Scene) -> None:
    await scene.tables("ALTER TABLE {db}.events DROP COLUMN file")
    await scene.lasts()
    await scene.tables("ALTER TABLE {db}.events ADD COLUMN file Bool")


def _by_proxy(fault: str) -> Callable[[Scene], Awaitable[None]]:
    return lambda scene: scene.during(fault)


FAULTS: dict[str, Callable[[Scene], Awaitable[None]]] = {
    "refused": _refused,
    "too many parts": _too_many_parts,
    "schema drift": _schema_drift,
    **{fault: _by_proxy(fault) for fault in ("reset", "503", "slow", "no answer", "wrong password", "disk full")},
}
"""Fault -> who makes it, for how long."""


async def meet(
    fault: str,
    engine_url: str,
    database: str,
    *,
    size: int,
    seconds: float,
    seed: int = 1,
    batch_rows: int = 500,
    looks: list[Look] | None = None,
) -> Met:
    """Record a load while the fault lasts, and compare the views with the truth; `looks` takes up how it went."""
    settings = ClickHouseSettings(database=database, batch_rows=batch_rows, batch_seconds=0.05)
    client = connect(settings, engine_url)
    migrate(client, database)
    load, committed = Load(size), dict[tuple[str, int], int]()
    async with FaultProxy(engine_url) as proxy:
        tries = 0

        async def nap(wanted: float) -> None:
            nonlocal tries
            tries += 1
            await asyncio.sleep(wanted)

        sink = Sink(settings, lambda: connect(settings, proxy.url, timeout=TIMEOUT), sleep=nap)
        feed = Feed(load.logs, sink, seed=seed, most=batch_rows // 2, committed=committed)
        work = asyncio.create_task(feed.run())
        looking = asyncio.create_task(_look(sink, [] if looks is None else looks))
        try:
            while not committed and not work.done():
                await asyncio.sleep(0.005)
            await FAULTS[fault](Scene(proxy, client, database, seconds))
            mended = time.monotonic()
            async with asyncio.timeout(120):
                await work
            seconds_to_recover = round(time.monotonic() - mended, 1)
        finally:
            looking.cancel()
            work.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await work
    lost, doubled = await asyncio.to_thread(load.compare, client, database)
    client.command(f"DROP DATABASE {database}")
    client.close()
    return Met(fault, load.rows, lost, doubled, seconds_to_recover, tries + proxy.hits)


async def kill_engine(folder: Path, database: str, *, size: int, kills: int) -> Met:
    """Kill the engine as often, each time after an insert has reached it and before it has answered."""
    settings = ClickHouseSettings(database=database, batch_rows=500, batch_seconds=0.05)
    engine = EmbeddedEngine(folder)
    await asyncio.to_thread(engine.start)
    client = connect(settings, engine.url)
    migrate(client, database)
    client.close()
    load, committed, slowest = Load(size), dict[tuple[str, int], int](), 0.0
    try:
        async with FaultProxy(engine.url) as proxy:
            died = asyncio.Event()

            def kill() -> None:
                proxy.before = None
                os.kill(engine.pid or 0, signal.SIGKILL)
                died.set()

            sink = Sink(settings, lambda: connect(settings, proxy.url, timeout=5.0))
            feed = Feed(load.logs, sink, committed=committed)
            proxy.before = kill
            work = asyncio.create_task(feed.run())
            for number in range(kills):
                async with asyncio.timeout(60):
                    await died.wait()
                died.clear()
                await asyncio.to_thread(engine.stop)
                engine = EmbeddedEngine(folder)
                await asyncio.to_thread(engine.start)
                proxy.aim(engine.url)
                began, before = time.monotonic(), sum(committed.values())
                while sum(committed.values()) == before and not work.done():
                    await asyncio.sleep(0.01)
                slowest = max(slowest, time.monotonic() - began)
                proxy.before = kill if number + 1 < kills else None
            async with asyncio.timeout(60):
                await work
        client = connect(settings, engine.url)
        lost, doubled = await asyncio.to_thread(load.compare, client, database)
        client.close()
    finally:
        await asyncio.to_thread(engine.stop)
    return Met("engine killed in an insert", load.rows, lost, doubled, round(slowest, 1))
