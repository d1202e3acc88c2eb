"""ClickHouse without a server: its engine in a child process that owns a folder and speaks ClickHouse's HTTP."""

import os
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from pipeline.embedded.endpoint import Endpoint, live_endpoint
from pipeline.embedded.leash import ChildStartError, Leash
from pipeline.embedded.ownership import ENGINE, FOLDER_IN_USE, STARTER, is_owned, own
from schemas.errors import CricketsError

MAX_BODY_BYTES = 256 * 1024 * 1024
_PAUSE = 0.05


class EngineStartError(CricketsError):
    """The embedded engine cannot be started or reached."""


class EmbeddedEngine:
    """The tables in `data_dir/engine`, served on loopback for any ClickHouse client; a context manager.

    One process may own a folder. If another one serves it already, this is attached to that one: it uses its URL and
    leaves it running. `port` 0 is any free one.
    """

    def __init__(
        self, data_dir: Path, *, port: int = 0, max_body_bytes: int = MAX_BODY_BYTES, start_timeout: float = 30.0
    ) -> None:
        self._folder = data_dir.absolute() / "engine"
        self._arguments = [str(self._folder), "--port", str(port), "--max-body-bytes", str(max_body_bytes)]
        self._start_timeout = start_timeout
        self._lock: IO[str] | None = None
        self._leash: Leash | None = None
        self._endpoint: Endpoint | None = None

    @property
    def url(self) -> str:
        """Where ClickHouse's HTTP interface is: http://127.0.0.1:PORT."""
        if self._endpoint is None:
            msg = "The embedded engine is not started: use it as a context manager"
            raise EngineStartError(msg)
        return self._endpoint.url

    @property
    def attached(self) -> bool:
        """Whether another process owns the folder."""
        return self._endpoint is not None and self._leash is None

    @property
    def pid(self) -> int | None:
        """The process that serves, ours or not."""
        return None if self._endpoint is None else self._endpoint.pid

    @property
    def alive(self) -> bool:
        """Whether the engine can be asked."""
        if self._leash is not None:
            return self._leash.poll() is None
        return self._endpoint is not None and live_endpoint(self._folder) == self._endpoint

    def start(self) -> None:
        """Return when the engine answers, our own or the one that owns the folder already."""
        if "?" in str(self._folder):
            msg = f"The embedded engine cannot use a folder with a ? in its path: {self._folder}"
            raise EngineStartError(msg)
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            msg = f"{self._folder} cannot be made ({error.strerror}): set CRICKETS_DATA_DIR to a folder of yours"
            raise EngineStartError(msg) from error
        deadline = time.monotonic() + self._start_timeout
        while not (self._attach() or self._launch()):
            # Somebody else owns it and does not answer: it is starting, or ending.
            if time.monotonic() >= deadline:
                msg = (
                    f"{self._folder} is owned by a process that has not answered for {self._start_timeout:g} s: "
                    "end it, or set CRICKETS_DATA_DIR to another folder"
                )
                raise EngineStartError(msg)
            time.sleep(_PAUSE)

    def stop(self) -> None:
        """End the engine if it is ours; a second call does nothing."""
        self._endpoint = None
        if self._lock is not None:  # first of all, so that nobody attaches to what is about to end
            self._lock.close()
            self._lock = None
        if self._leash is not None:
            leash, self._leash = self._leash, None
            leash.stop()

    def _attach(self) -> bool:
        endpoint = live_endpoint(self._folder)
        # After a kill the engine answers for some milliseconds more than its starter lived.
        self._endpoint = endpoint if endpoint is not None and is_owned(self._folder, STARTER) else None
        return self._endpoint is not None

    def _launch(self) -> bool:
        """Start an engine; false when somebody else does, or is still ending one."""
        self._lock = own(self._folder, STARTER)
        if self._lock is None:
            return False
        if is_owned(self._folder, ENGINE):
            self.stop()
            return False
        # -P: the working folder may hold a package `pipeline` of its own.
        command = [sys.executable, "-P", "-m", "pipeline.embedded.engine_server", *self._arguments]
        log_file = self._folder / "engine.log"
        leash = Leash(command, name="The embedded engine", env=_environment(), log_file=log_file, grace=10.0)
        self._leash = leash
        try:
            leash.start()
            leash.wait_until(lambda: self._serves(leash.pid), self._start_timeout)
        except ChildStartError as error:
            in_use = leash.poll() == FOLDER_IN_USE  # another engine was faster
            self.stop()
            if in_use:
                return False
            raise EngineStartError(str(error)) from error
        except BaseException:
            self.stop()
            raise
        return True

    def _serves(self, pid: int) -> bool:
        return self._attach() and self.pid == pid

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()


def _environment() -> dict[str, str]:
    """Return what the engine needs of the environment: none of our secrets."""
    return {name: value for name, value in os.environ.items() if not name.startswith("CRICKETS_")}
