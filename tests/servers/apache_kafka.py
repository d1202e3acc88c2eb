"""One node of Apache Kafka on loopback, as a child process of the tests."""

import base64
import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, Self

from pipeline.embedded import Leash
from tests.servers.kafka_jars import KAFKA
from tests.servers.metadata import advertised

READY_SECONDS = 90.0
STOP_SECONDS = 20.0

SHORT_LIVED = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
"""For nodes that live for minutes: what the second compiler and a parallel collector would cost does not come back."""


class Ports(NamedTuple):
    """Where a node listens: to clients, and to the other controllers."""

    client: int
    controller: int


class ApacheKafka:
    """A node that keeps its ports and its data when it is started again, so that tests can kill it.

    Parameters
    ----------
    jars
        Folder with the jars: the fixture `apache_kafka_jars`.
    folder
        An empty folder for its data, its settings and its log.
    settings
        Properties of the broker that differ from `deploy/kafka/server.properties`.
    members
        The ports of all nodes of its cluster; it is alone unless they are given.
    number
        Which of the members it is, from 1 on.
    """

    def __init__(
        self,
        jars: Path,
        folder: Path,
        settings: Mapping[str, str] | None = None,
        members: Sequence[Ports] = (),
        number: int = 1,
    ) -> None:
        self.folder = folder
        self.log = folder / "kafka.log"
        self._config = folder / "server.properties"
        members = members or free_ports(1)
        self._port, controller = members[number - 1]
        self.bootstrap_servers = f"127.0.0.1:{self._port}"
        self._java = ["java", *SHORT_LIVED, "-cp", f"{jars}/*"]
        self._java.append(f"-Dlog4j2.configurationFile={KAFKA / 'log4j2.properties'}")
        self._process: Leash | None = None
        voters = [f"{n}@127.0.0.1:{ports.controller}" for n, ports in enumerate(members, start=1)]
        own = {
            "node.id": str(number),
            "listeners": f"PLAINTEXT://{self.bootstrap_servers},CONTROLLER://127.0.0.1:{controller}",
            "advertised.listeners": f"PLAINTEXT://{self.bootstrap_servers}",
            "controller.quorum.voters": ",".join(voters),
            "log.dirs": str(folder / "data"),
        }
        lines = [f"{name}={value}" for name, value in {**(settings or {}), **own}.items()]
        self._config.write_text("\n".join([(KAFKA / "server.properties").read_text(), *lines, ""]))
        cluster = base64.urlsafe_b64encode(b"crickets-in-test").decode().rstrip("=")
        self._run(["kafka.tools.StorageTool", "format", "-t", cluster, "-c", str(self._config)])

    @property
    def runs(self) -> bool:
        """Whether its process is there."""
        return self._process is not None

    def start(self) -> Self:
        """Start the node and return when it answers a Metadata request."""
        self.launch()
        self.wait_until_it_names(1)
        return self

    def launch(self) -> None:
        """Start the node's process, which ends with ours, however that ends."""
        command = [*self._java, "-Xmx512m", "kafka.Kafka", str(self._config)]
        self._process = Leash(command, name="Apache Kafka", log_file=self.log, grace=STOP_SECONDS).start()

    def wait_until_it_names(self, nodes: int) -> None:
        """Return when the node answers with a Metadata that has so many nodes, itself among them."""
        assert self._process is not None, "launch it first"
        deadline = time.monotonic() + READY_SECONDS
        while len(self._named()) < nodes:
            if time.monotonic() > deadline:
                self.kill()
                raise RuntimeError(self._why(f"does not answer after {READY_SECONDS:.0f} s"))
            if (status := self._process.wait(timeout=0.1)) is not None:
                raise RuntimeError(self._why(f"ended with status {status}"))

    def terminate(self) -> None:
        """Ask the node to end, by SIGTERM."""
        self._signal(signal.SIGTERM)

    def stop(self) -> None:
        """End the node with SIGTERM, and with SIGKILL when it does not go."""
        if self._process is not None:
            self._process.stop()
            self._process = None

    def kill(self) -> None:
        """End the node as a crash would: SIGKILL."""
        if self._process is not None:
            self._signal(signal.SIGKILL)
            self._process.wait()
            self._process = None

    def _signal(self, number: int) -> None:
        if self._process is not None and self._process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._process.pid, number)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _named(self) -> list[tuple[str, int]]:
        """Return the nodes that Metadata names, none unless this one is among them.

        The log is no sign that a node is ready: its line comes with wrong ports, too.
        """
        try:
            nodes = advertised("127.0.0.1", self._port)
        except OSError:
            return []
        return nodes if ("127.0.0.1", self._port) in nodes else []

    def _run(self, arguments: list[str]) -> None:
        done = subprocess.run([*self._java, *arguments], capture_output=True, text=True, check=False, cwd=self.folder)
        if done.returncode:
            msg = f"Apache Kafka: {arguments[0]} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
            raise RuntimeError(msg)

    def _why(self, what: str) -> str:
        return f"Apache Kafka {what}; the end of its log:\n{self.log.read_text(errors='replace')[-4000:]}"


def free_ports(nodes: int) -> list[Ports]:
    """Choose ports that are free now: with port 0 the node would advertise 0."""
    with contextlib.ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(2 * nodes)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        numbers = iter([one.getsockname()[1] for one in sockets])
        return [Ports(next(numbers), next(numbers)) for _ in range(nodes)]
