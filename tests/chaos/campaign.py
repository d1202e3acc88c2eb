"""The campaign: rounds of disturbances, each compared with an undisturbed run: `make chaos ROUNDS=25 SEED=1`.

The last line of stdout is one JSON object; the status is 0 only when nothing was lost, doubled or different, and the
workers went on soon after a broker's return.
"""

import argparse
import asyncio
import json
import logging
import shutil
import signal
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from pipeline.embedded import EmbeddedEngine
from tests.chaos.brokers import Brokers, running_brokers
from tests.chaos.compare import Differences, compare
from tests.chaos.plan import Plan, plans
from tests.chaos.playing import PARTITIONS, STUCK_SECONDS, Played, Round
from tests.chaos.result import Result
from tests.chaos.story import Story, tell

GO_ON_SECONDS = 5.0
"""So soon after a broker's return the workers have to write again."""

SHOWN = 5
"""Pieces of evidence that are printed of each kind."""


@dataclass
class Totals:
    """The last line."""

    rounds: int = 0
    kills: int = 0
    events: int = 0
    lost: int = 0
    doubled: int = 0
    different: int = 0
    zombies: int = 0
    zombies_refused: int = 0
    workers_restarted: int = 0
    stuck: int = 0
    left_out: int = 0
    seconds_to_go_on: list[float] = field(default_factory=list)
    seconds: float = 0.0

    def add(self, played: Played, differences: Differences, story: Story) -> None:
        """Take a round in."""
        self.rounds += 1
        self.kills += played.kills
        self.events += len(story.ledger) + len(story.letters)
        self.lost += len(differences.lost)
        self.doubled += len(differences.doubled)
        self.different += len(differences.different)
        self.zombies += played.zombies
        self.zombies_refused += played.refused
        self.workers_restarted += played.restarted
        self.stuck += any(note.startswith("STUCK") for note in played.notes)
        self.seconds_to_go_on += played.waited

    @property
    def clean(self) -> bool:
        """Tell whether everything was as undisturbed, and everything planned was done."""
        slow = any(waited > GO_ON_SECONDS for waited in self.seconds_to_go_on)
        return not (self.lost or self.doubled or self.different or self.stuck or self.left_out or slow)

    def line(self) -> str:
        """Return the JSON object."""
        said = vars(self).copy()
        waited = said.pop("seconds_to_go_on")
        seconds = round(said.pop("seconds"), 1)
        said["seconds_to_go_on_max"] = round(max(waited), 2) if waited else None
        return json.dumps({**said, "seconds": seconds})


@dataclass
class Campaign:
    """What all rounds share."""

    seed: int
    story: Story
    brokers: dict[str, Brokers]
    clickhouse_url: str
    folder: Path
    undisturbed: Result | None = None

    async def run(self, chosen: list[tuple[int, Plan]], ends: float, totals: Totals) -> None:
        """Play the undisturbed run, then the rounds, until the time is over."""
        kind: Literal["node", "cluster"] = "node" if "node" in self.brokers else "cluster"
        played, differences = await self._play("undisturbed", Plan(kind, ()))
        say(f"undisturbed: {len(self.story.fed)} records in {played.seconds:.1f} s, {_sizes(played.result)}")
        if differences or played.notes:
            self._tell(differences, played, self.folder / "undisturbed")
            msg = "the undisturbed run itself does not work everything through"
            raise RuntimeError(msg)
        self.undisturbed = played.result
        self._tell(differences, played, self.folder / "undisturbed")
        for played_before, (number, plan) in enumerate(chosen):
            if time.monotonic() > ends:
                totals.left_out = len(chosen) - played_before
                say(f"the time is over, {totals.left_out} rounds from number {number} on are left out: raise --minutes")
                return
            name = f"round_{number}" + (f"_{played_before}" if len({n for n, _ in chosen}) < len(chosen) else "")
            played, differences = await self._play(name, plan)
            totals.add(played, differences, self.story)
            kept = bool(differences) or any(note.startswith(("STUCK", "SLOW")) for note in played.notes)
            say(f"round {number} ({plan}), {played.seconds:.1f} s: {self._verdict(played, differences)}")
            self._tell(differences, played, self.folder / name if kept else None)
            if not kept:
                shutil.rmtree(self.folder / name, ignore_errors=True)

    async def _play(self, name: str, plan: Plan) -> tuple[Played, Differences]:
        round_ = Round(f"chaos_{name}", self.story, self.brokers[plan.brokers], self.clickhouse_url, self.folder / name)
        played = await round_.play(plan)
        wanted = self.undisturbed or played.result
        differences = compare(played.result, wanted, self.story.ledger, self.story.letters)
        await asyncio.to_thread(round_.forget)
        return played, differences

    @staticmethod
    def _verdict(played: Played, differences: Differences) -> str:
        said = [f"{played.kills} killed"]
        if played.zombies:
            said.append(f"{played.zombies} stopped, {played.refused} refused")
        if played.waited:
            said.append(f"went on after {max(played.waited):.2f} s")
        found = (len(differences.lost), len(differences.doubled), len(differences.different))
        said.append("equal" if not differences else "%d lost, %d doubled, %d different" % found)  # noqa: UP031
        said += played.notes
        phases = ", ".join(f"{phase} {seconds:.0f}" for phase, seconds in played.phases.items())
        return f"{', '.join(said)} ({phases})"

    @staticmethod
    def _tell(differences: Differences, played: Played, folder: Path | None) -> None:
        for kind, evidence in vars(differences).items():
            for line in evidence[:SHOWN]:
                say(f"    {kind}: {line}")
            if len(evidence) > SHOWN:
                say(f"    {kind}: and {len(evidence) - SHOWN} more")
        if folder is not None:
            told = [f"{kind}: {line}" for kind, evidence in vars(differences).items() for line in evidence]
            (folder / "differences.txt").write_text("\n".join([*played.notes, *told, ""]))
            (folder / "result.json").write_text(json.dumps(vars(played.result)))
            say(f"    all of it, and the workers' logs: {folder}")


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _sizes(result: Result) -> str:
    counts = [f"{len(rows)} {table}" for table, rows in result.rows.items()]
    return ", ".join([*counts, f"{len(result.state)} keys of state"])


async def _play_all(campaign: Campaign, chosen: list[tuple[int, Plan]], ends: float, totals: Totals) -> None:
    """Play until all is done, the time is over, or somebody ends it."""
    task = asyncio.ensure_future(campaign.run(chosen, ends, totals))
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    async with asyncio.timeout_at(asyncio.get_running_loop().time() + ends - time.monotonic() + 2 * STUCK_SECONDS):
        await task


def main(arguments: list[str] | None = None) -> int:
    """Play the campaign and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.campaign", description=__doc__)
    parser.add_argument("--rounds", type=int, default=25, help="how many rounds (default 25)")
    parser.add_argument("--seed", type=int, default=1, help="of the story and of what is done to it (default 1)")
    parser.add_argument("--only", type=int, nargs="+", help="these rounds alone, as they are in a campaign of the seed")
    parser.add_argument("--times", type=int, default=1, help="play each of them so often (default 1)")
    parser.add_argument("--minutes", type=float, default=45.0, help="no round is begun after so long (default 45)")
    parser.add_argument("--logs", type=Path, help="where the logs of rounds with differences stay")
    options = parser.parse_args(arguments)
    for library in ("aiokafka", "kafka"):  # while a broker is away, hundreds of lines a second
        logging.getLogger(library).setLevel(logging.CRITICAL)
    only = options.only or range(1, options.rounds + 1)
    chosen = [(number, plan) for number, plan in enumerate(plans(options.seed, max(only)), start=1) if number in only]
    chosen *= options.times
    started = time.monotonic()
    totals = Totals()
    folder = options.logs or Path(tempfile.mkdtemp(prefix="crickets-chaos-"))
    folder.mkdir(parents=True, exist_ok=True)
    story = tell(options.seed, PARTITIONS)
    status = 0
    try:
        with ExitStack() as stack:
            brokers = stack.enter_context(running_brokers(folder, {plan.brokers for _, plan in chosen}))
            engine = stack.enter_context(EmbeddedEngine(folder / "clickhouse"))
            campaign = Campaign(options.seed, story, brokers, engine.url, folder)
            asyncio.run(_play_all(campaign, chosen, started + options.minutes * 60, totals))
    except (KeyboardInterrupt, asyncio.CancelledError):
        say("stopped")
        status = 130
    except (TimeoutError, RuntimeError) as error:
        say(f"given up: {error or 'a round did not end'}; the logs: {folder}")
        status = 1
    totals.seconds = time.monotonic() - started
    if status == 0 and totals.clean and not options.logs:
        shutil.rmtree(folder, ignore_errors=True)
    say(totals.line())
    return status or (0 if totals.clean else 1)


if __name__ == "__main__":
    sys.exit(main())
