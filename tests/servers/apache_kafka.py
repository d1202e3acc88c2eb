"""One node of Apache Kafka on loopback, as a child process of the tests."""

import base64
import contextlib
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import Self

from tests.servers.kafka_jars import KAFKA
from tests.servers.metadata import advertised

READY_SECONDS = 90.0
STOP_SECONDS = 20.0


class ApacheKafka:
    """A node that keeps its ports and its data when it is started again, so that tests can kill it.

    Parameters
    ----------
    jars
        Folder with the jars: the fixture `apache_kafka_jars`.
    folder
        An empty folder for its data, its settings and its log.
    """

    def __init__(self, jars: Path, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "kafka.log"
        self._config = folder / "server.properties"
        self._port, controller = _free_ports(2)
        self.bootstrap_servers = f"127.0.0.1:{self._port}"
        self._java = ["java", "-cp", f"{jars}/*", f"-Dlog4j2.configurationFile={KAFKA / 'log4j2.properties'}"]
        self._process: subprocess.Popen[bytes] | None = None
        self._config.write_text(
            (KAFKA / "server.properties").read_text()
            + f"\nlisteners=PLAINTEXT://{self.bootstrap_servers},CONTROLLER://127.0.0.1:{controller}"
            + f"\nadvertised.listeners=PLAINTEXT://{self.bootstrap_servers}"
            + f"\ncontroller.quorum.voters=1@127.0.0.1:{controller}"
            + f"\nlog.dirs={folder / 'data'}\n"
        )
        cluster = base64.urlsafe_b64encode(b"crickets-in-test").decode().rstrip("=")
        self._run(["kafka.tools.StorageTool", "format", "-t", cluster, "-c", str(self._config)])

    def start(self) -> Self:
        """Start the node and return when it answers a Metadata request."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*self._java, "-Xmx512m", "kafka.Kafka", str(self._config)],
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
            )
        deadline = time.monotonic() + READY_SECONDS
        while not self._answers():
            if time.monotonic() > deadline:
                self.kill()
                raise RuntimeError(self._why(f"does not answer after {READY_SECONDS:.0f} s"))
            with contextlib.suppress(subprocess.TimeoutExpired):
                status = self._process.wait(timeout=0.2)
                raise RuntimeError(self._why(f"ended with status {status}"))
        return self

    def stop(self) -> None:
        """End the node with SIGTERM, and with SIGKILL when it does not go."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
        self._process = None

    def kill(self) -> None:
        """End the node as a crash would: SIGKILL."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            self._process = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _answers(self) -> bool:
        """Whether Metadata comes back and names this very node; the log is no sign, it comes with wrong ports, too."""
        try:
            return advertised("127.0.0.1", self._port) == [("127.0.0.1", self._port)]
        except OSError:
            return False

    def _run(self, arguments: list[str]) -> None:
        done = subprocess.run([*self._java, *arguments], capture_output=True, text=True, check=False, cwd=self.folder)
        if done.returncode:
            msg = f"Apache Kafka: {arguments[0]} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
            raise RuntimeError(msg)

    def _why(self, what: str) -> str:
        return f"Apache Kafka {what}; the end of its log:\n{self.log.read_text(errors='replace')[-4000:]}"


def _free_ports(count: int) -> list[int]:
    """Choose ports that are free now: with port 0 the node would advertise 0."""
    with contextlib.ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
