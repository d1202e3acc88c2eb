"""Everything embedded, a simulated workspace played at high speed, and the dead assets as they are found."""

import asyncio
import shutil
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from math import ceil
from pathlib import Path
from secrets import token_hex
from typing import Any

from pydantic import SecretStr
from rich.console import RenderableType
from rich.live import Live

from pipeline.clickhouse.client import connect
from pipeline.clickhouse.render import render
from pipeline.clickhouse.report import DeadAsset, Report, read_report
from pipeline.completion import following
from pipeline.console import err, print_json, tell
from pipeline.demo.view import save_picture, watched
from pipeline.gateway.serve import running_gateway
from pipeline.kafka import BulkProducer
from pipeline.pseudonyms import pseudonym_key
from pipeline.replay.run import send_directory
from pipeline.settings import Settings
from pipeline.simulate import Player, Progress, Simulation, simulate
from pipeline.stack import Stack, running_stack
from schemas.base import HOUR
from schemas.errors import CricketsError
from schemas.event import Watermark
from schemas.topic import Topic

SOURCE = "slack"


def demo_settings(settings: Settings) -> Settings:
    """Return the settings of a demo: all embedded, time told by the story."""
    kafka = settings.kafka.model_copy(update={"bootstrap_servers": ""})
    clickhouse = settings.clickhouse.model_copy(update={"url": "", "batch_seconds": 0.3})
    slack = settings.slack.model_copy(update={"signing_secret": SecretStr(token_hex(16))})
    gateway = settings.gateway.model_copy(update={"host": "127.0.0.1", "port": 0})
    # The player sends what happened within an hour side by side; taken for older than it is, an answer comes too late.
    judge = settings.judge.model_copy(update={"lateness_seconds": HOUR})
    return settings.model_copy(
        update={
            "kafka": kafka,
            "clickhouse": clickhouse,
            "slack": slack,
            "gateway": gateway,
            "judge": judge,
            "live_clock": False,
            "web_port": 0,
        }
    )


@contextmanager
def own_folder(settings: Settings) -> Iterator[Settings]:
    """Give the demo a data folder of its own, which is removed unless something goes wrong: its logs tell what."""
    folder = settings.data_dir / f"demo-{token_hex(4)}"
    try:
        yield settings.model_copy(update={"data_dir": folder})
    except CricketsError:
        tell(err, f"What the parts of the demo wrote is in {folder}")
        raise
    except KeyboardInterrupt:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    shutil.rmtree(folder, ignore_errors=True)


def run_demo(settings: Settings, *, seed: int, headless: bool, json: bool, picture: Path | None = None) -> int:
    """Play the story; return 0 when both dead assets were found. A `picture` of what was shown can be saved (SVG)."""
    started = time.monotonic()
    story = simulate(seed=seed)
    with own_folder(settings) as own, running_stack(demo_settings(own)) as stack:
        send_directory(stack.settings, tuple(story.directory(pseudonym_key(stack.settings), SOURCE)))
        stack.start_workers(1)
        return asyncio.run(_Demo(stack, story, started, headless=headless, json=json, picture=picture).run())


class _Demo:
    """One showing."""

    def __init__(
        self, stack: Stack, story: Simulation, started: float, *, headless: bool, json: bool, picture: Path | None
    ) -> None:
        self.stack, self.story, self.started = stack, story, started
        self.headless, self.json, self.picture = headless, json, picture
        self.first: float | None = None
        self.progress = Progress(time=story.start)
        self.client = connect(stack.settings.clickhouse, stack.clickhouse_url)
        self.epoch = stack.settings.judge.epoch_hours * HOUR

    async def run(self) -> int:
        """Play, watch, tell."""
        settings = self.stack.settings
        tell(err, f"ClickHouse answers at {self.stack.clickhouse_url} while this runs; try:")
        tell(err, f"  curl '{self.stack.clickhouse_url}/' -d 'SELECT * FROM crickets.dead_assets FORMAT Vertical'")
        async with self._watching(), running_gateway(settings, time.time) as port:
            player = Player(
                f"http://127.0.0.1:{port}/webhooks/{SOURCE}",
                settings.slack.signing_secret,
                clock=time.time,
                on_progress=self._remember,
            )
            with BulkProducer(settings.kafka) as clock:
                self._clock = clock
                await self._tell(self.story.start)
                await player.play(self.story, self._tell, until=self.story.end)
                end = (ceil(self.story.end / self.epoch) + 2) * self.epoch
                await self._tell(end)
            async with following(settings.kafka) as completion:
                await completion.wait(end, self.stack.check)
            report = await self._look()
            if self.picture:
                save_picture(self._view(report), self.picture, "crickets demo")
            if not self.headless:
                tell(err, "The story is told. Until you end it with Ctrl-C, ClickHouse can be asked.")
                with suppress(asyncio.CancelledError):  # Ctrl-C, and all is well
                    await asyncio.Event().wait()
        return self._result(report, self.progress.confirmed)

    def _view(self, report: Report) -> RenderableType:
        return watched(report, webhooks=self.progress.confirmed)

    def _remember(self, progress: Progress) -> None:
        self.progress = progress

    async def _tell(self, moment: float) -> None:
        """Write the time into every partition, behind everything that has been confirmed before it."""
        for partition in range(self.stack.settings.kafka.partitions):
            value = Watermark(time=moment, partition=partition).wire()
            self._clock.send(Topic.WEBHOOKS, b"watermark", value, partition)
        await asyncio.to_thread(self._clock.flush)
        self.stack.check()

    async def _look(self) -> Report:
        report = await asyncio.to_thread(read_report, self.client, self.stack.settings.clickhouse.database)
        if self.first is None and any(asset.asset_id in self.story.truth.dead for asset in report.dead_assets):
            self.first = time.monotonic() - self.started
        return report

    @asynccontextmanager
    async def _watching(self) -> AsyncIterator[None]:
        async def watch(live: Live | None) -> None:
            while True:
                report = await self._look()
                if live is not None:
                    live.update(self._view(report))
                await asyncio.sleep(0.5)

        live = None if self.headless else Live(refresh_per_second=4, console=err)
        if live is not None:
            live.start()
        task = asyncio.ensure_future(watch(live))
        try:
            yield
        finally:
            task.cancel()
            if live is not None:
                live.stop()

    def _result(self, report: Report, webhooks: int) -> int:
        found = {asset.asset_id for asset in report.dead_assets}
        missed = sorted(set(self.story.truth.dead) - found)
        healthy = len(self.story.truth.healthy - found)
        if self.json:
            print_json(
                {
                    "dead": [_dead(asset) for asset in report.dead_assets],
                    "healthy": healthy,
                    "seconds_to_first": None if self.first is None else round(self.first, 1),
                    "webhooks": webhooks,
                }
            )
        else:
            err.print(render(report))
        if missed:
            tell(err, f"[red]missed: {', '.join(missed)}[/]")
        return 1 if missed else 0


def _dead(asset: DeadAsset) -> dict[str, Any]:
    return {
        "asset_id": asset.asset_id,
        "title": asset.title,
        "asset_type": asset.asset_type,
        "persona": asset.persona,
        "hypothesis": asset.hypothesis,
        "probability": asset.probability,
        "expected": asset.expected,
        "p_zero": asset.p_zero,
        "evidence": asset.evidence,
    }
