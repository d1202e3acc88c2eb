"""Child processes that never outlive their parent, however the parent ends."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from schemas.errors import CricketsError

_LAUNCHER = Path(__file__).with_name("launcher.py")
_LOG_BYTES = 10_000_000  # a longer log is put aside when the next child starts
_TAIL_BYTES = 2_000
_MARGIN = 2.0  # what the launcher itself may take beyond the child's time


class ChildStartError(CricketsError):
    """A child process could not be started, or was not ready in time."""


class Leash:
    """A child process, tied to this one; a context manager that starts it and ends it.

    If this process ends in any other way (an uncaught exception, SIGTERM, `kill -9`), the launcher between the two
    notices and ends the child, SIGTERM first and SIGKILL after `grace` seconds. A Ctrl-C in the terminal reaches this
    process alone, which ends its children in its own order. The child's output is appended to `log_file`, or goes
    where ours goes.
    """

    def __init__(
        self,
        argv: Sequence[str],
        *,
        name: str = "",
        env: Mapping[str, str] | None = None,
        log_file: Path | None = None,
        grace: float = 5.0,
    ) -> None:
        self.name = name or Path(argv[0]).name
        self._argv = list(argv)
        self._env = None if env is None else dict(env)
        self._log_file = log_file
        self._log_start = 0  # where in the log this child's part begins
        self._grace = grace
        self._launcher: subprocess.Popen[bytes] | None = None
        self._rope: int | None = None
        self._pid = 0

    @property
    def pid(self) -> int:
        """The child's own process id (not the launcher's)."""
        return self._pid

    def start(self) -> Self:
        """Start the child, once."""
        if self._launcher is not None:
            msg = f"{self.name} was started before: make a new Leash"
            raise ChildStartError(msg)
        if shutil.which(self._argv[0]) is None:
            msg = f"{self.name} cannot be started: {self._argv[0]} is missing or not executable"
            raise ChildStartError(msg)
        if self._log_file is not None:
            self._log_start = _prepare_log(self._log_file)
        held, rope = os.pipe()
        heard, report = os.pipe()
        try:
            self._launcher = self._launch(held, report)
        except BaseException:
            os.close(rope)
            os.close(heard)
            raise
        finally:
            os.close(held)
            os.close(report)
        self._rope = rope
        try:
            with os.fdopen(heard, "rb") as told:
                self._pid = int(told.readline().strip() or 0)
            if not self._pid:
                raise ChildStartError(self.explain("could not be started"))
        except BaseException:
            self.stop(0)
            raise
        return self

    def _launch(self, held: int, report: int) -> "subprocess.Popen[bytes]":
        with contextlib.ExitStack() as files:
            output = None if self._log_file is None else files.enter_context(self._log_file.open("ab", buffering=0))
            return subprocess.Popen(
                [sys.executable, "-I", "-S", str(_LAUNCHER), str(held), str(report), str(self._grace), *self._argv],
                env=self._env,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=None if output is None else subprocess.STDOUT,
                pass_fds=(held, report),
                start_new_session=True,  # the terminal's Ctrl-C is not for it
            )

    def poll(self) -> int | None:
        """Return the exit code (negative: the signal) once the child has ended, else None."""
        return None if self._launcher is None else self._launcher.poll()

    def wait(self, timeout: float | None = None) -> int | None:
        """Wait for the child's end and return its exit code, or None when it still runs after `timeout` seconds."""
        if self._launcher is None:
            return None
        try:
            return self._launcher.wait(timeout)
        except subprocess.TimeoutExpired:
            return None

    def wait_until(self, ready: Callable[[], bool], timeout: float) -> None:
        """Return as soon as `ready()`; raise `ChildStartError` with the end of the log when the child is not."""
        deadline = time.monotonic() + timeout
        pause = 0.002
        while not ready():
            if (code := self.poll()) is not None:
                raise ChildStartError(self.explain(f"ended at its start ({_ending(code)})"))
            if time.monotonic() >= deadline:
                raise ChildStartError(self.explain(f"was not ready within {timeout:g} s"))
            time.sleep(pause)
            pause = min(0.05, pause * 1.5)

    def stop(self, timeout: float | None = None) -> int | None:
        """End the child, by SIGTERM and after `timeout` (else `grace`) seconds by SIGKILL; return its exit code."""
        if self._launcher is None:
            return None
        timeout = self._grace if timeout is None else timeout
        if self._rope is not None:
            rope, self._rope = self._rope, None
            with contextlib.suppress(BrokenPipeError):
                os.write(rope, b"%f\n" % timeout)
            os.close(rope)
        code = self.wait(timeout + _MARGIN)
        if code is None:  # the launcher itself does not react
            self._launcher.kill()
            code = self._launcher.wait()
        if code == -signal.SIGKILL and self._pid:  # of the launcher alone? Then what it watched may still run
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._pid, signal.SIGKILL)
        return code

    def log_tail(self) -> str:
        """Return the end of what this child wrote to its log."""
        if self._log_file is None or not self._log_file.exists():
            return ""
        with self._log_file.open("rb") as file:
            file.seek(max(self._log_start, self._log_file.stat().st_size - _TAIL_BYTES))
            return file.read().decode(errors="replace").strip()

    def explain(self, what: str) -> str:
        """Say what went wrong with the child, with the end of its log."""
        if self._log_file is None:
            return f"{self.name} {what}"
        tail = self.log_tail()
        return f"{self.name} {what}; its log is {self._log_file}" + (f" and ends with:\n{tail}" if tail else "")

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()


def _prepare_log(path: Path) -> int:
    """Make room for a log and return where this child's part of it begins."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        return 0
    size = path.stat().st_size
    if size <= _LOG_BYTES:
        return size
    path.replace(path.with_name(f"{path.name}.1"))
    return 0


def _ending(code: int) -> str:
    return f"exit code {code}" if code >= 0 else f"signal {-code}"
