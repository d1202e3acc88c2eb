"""Processes that are measured: started, watched from outside, and ended."""

import json
import os
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.embedded.leash import Leash

ROOT = Path(__file__).parents[1]
OUT = ROOT / "benchmarks" / "out"
PEERS = ROOT / "benchmarks" / ".venv-peers" / "bin"
TICKS = os.sysconf("SC_CLK_TCK")


class BenchmarkError(Exception):
    """A figure cannot be had, or is refused because its result is wrong."""


@dataclass
class Process:
    """A process of one round."""

    name: str
    leash: Leash
    log: Path

    @property
    def cpu(self) -> float:
        """Return the CPU seconds it has used, user and system, all threads, also those that ended."""
        fields = Path(f"/proc/{self.leash.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def memory(self, what: str = "VmRSS") -> int:
        """Return its resident memory in bytes: now (VmRSS) or at its highest (VmHWM)."""
        for line in Path(f"/proc/{self.leash.pid}/status").read_text().splitlines():
            if line.startswith(f"{what}:"):
                return int(line.split()[1]) * 1024
        return 0

    def check(self) -> None:
        """Raise when it has ended."""
        if (status := self.leash.poll()) is not None:
            msg = f"{self.name} ended with status {status}; the end of {self.log}:\n{self.leash.log_tail()}"
            raise BenchmarkError(msg)

    def wait(self, seconds: float) -> None:
        """Return when it has ended well."""
        status = self.leash.wait(seconds)
        if status != 0:
            self.leash.stop(0)
            msg = f"{self.name}: {f'status {status}' if status is not None else f'not done after {seconds:.0f} s'}"
            msg += f"; the end of {self.log}:\n{self.leash.log_tail()}"
            raise BenchmarkError(msg)

    def stop(self) -> None:
        """End it."""
        self.leash.stop()


def start(
    name: str,
    module: str,
    *arguments: str,
    environment: Mapping[str, str] | None = None,
    python: Path | str = sys.executable,
) -> Process:
    """Start a module of this repository as a process; what it says goes to `benchmarks/out/<name>.log`."""
    OUT.mkdir(exist_ok=True)
    log = OUT / f"{name}.log"
    log.unlink(missing_ok=True)
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "0", **(environment or {})}
    leash = Leash([str(python), "-m", module, *arguments], name=name, env=env, log_file=log, grace=20.0)
    leash.start()
    return Process(name, leash, log)


def run(
    name: str, module: str, options: Mapping[str, Any], *arguments: str, python: Path | str, seconds: float
) -> dict[str, Any]:
    """Run a module that writes one JSON object to the file it is told, and return that."""
    OUT.mkdir(exist_ok=True)
    answer = OUT / f"{name}.json"
    answer.unlink(missing_ok=True)
    start(name, module, json.dumps({**options, "answer": str(answer)}), *arguments, python=python).wait(seconds)
    found: dict[str, Any] = json.loads(answer.read_text())
    return found


def now() -> float:
    """Return seconds of a clock that all processes share."""
    return time.monotonic()
