"""The workers of a round, and the supervisor that starts one again when it has ended."""

import contextlib
import json
import os
import signal
import sys
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.embedded import Leash
from pipeline.settings import Settings
from pipeline.stack import environment
from tests.chaos.points import FOLDER, ORDER, REPORT

ROOT = Path(__file__).parents[2]


@dataclass
class Worker:
    """A worker of the product, as a process that can be told where to end."""

    leash: Leash
    folder: Path
    stopped: bool = False
    wanted: bool = True
    """Whether somebody wants it to run; else its end is what was asked for."""

    @property
    def runs(self) -> bool:
        return self.leash.poll() is None

    @property
    def reports(self) -> list[str]:
        """Return what it has reported."""
        report = self.folder / REPORT
        return report.read_text().splitlines() if report.exists() else []

    @property
    def assigned(self) -> int:
        """Return how often it was given partitions."""
        return self.reports.count("assigned")

    @property
    def was_refused(self) -> bool:
        """Tell whether the broker has refused it something."""
        return any(line.startswith("refused") for line in self.reports)

    @property
    def is_stopped(self) -> bool:
        """Tell whether the kernel holds it."""
        try:
            state = Path(f"/proc/{self.leash.pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return False
        return state in "Tt"

    def order(self, deed: str, point: str, nth: int) -> None:
        """Tell it to kill or stop itself at the n-th pass of a point."""
        draft = self.folder / "order.draft"
        draft.write_text(json.dumps({"deed": deed, "point": point, "nth": nth}))
        draft.rename(self.folder / ORDER)

    def signal(self, number: int) -> None:
        """Send a signal."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.leash.pid, number)

    def kill(self) -> None:
        """End it as a crash would."""
        self.signal(signal.SIGKILL)
        self.leash.wait(10)


@dataclass
class Workers:
    """All workers of a round."""

    settings: Settings
    folder: Path
    all: list[Worker] = field(default_factory=list)
    restarted: int = 0
    """How many ended without being asked to, and were started again."""

    @property
    def running(self) -> list[Worker]:
        """Return those that run, also those that are stopped."""
        return [worker for worker in self.all if worker.wanted and worker.runs]

    def start(self) -> Worker:
        """Start one more."""
        folder = self.folder / f"worker-{len(self.all) + 1}"
        folder.mkdir()
        variables = {name: value for name, value in os.environ.items() if not name.startswith("CRICKETS_")}
        variables |= environment(self.settings) | {FOLDER: str(folder), "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-m", "tests.chaos.worker_process", "worker"]
        leash = Leash(command, name=folder.name, env=variables, log_file=folder / "worker.log", grace=15.0)
        worker = Worker(leash.start(), folder)
        self.all.append(worker)
        return worker

    def supervise(self) -> None:
        """Start another for every one that ended by itself."""
        for worker in list(self.all):
            if worker.wanted and not worker.runs:
                worker.wanted = False
                self.restarted += 1
                self.start()

    @property
    def refused(self) -> list[Worker]:
        """Return those that the broker has refused something, because others had taken over what they wrote to."""
        return [worker for worker in self.all if worker.was_refused]

    def end(self) -> None:
        """End all at once."""
        for worker in self.all:
            worker.wanted = False
            if worker.runs:
                worker.signal(signal.SIGKILL)
        for worker in self.all:
            worker.leash.stop(0)
