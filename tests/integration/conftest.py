"""The product as its users start it: commands in processes of their own, in an empty folder, with settings alone."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from pipeline.clickhouse import connect
from pipeline.embedded import EmbeddedBroker, EmbeddedEngine
from pipeline.settings import Settings
from tests.servers.apache_kafka_cluster import NODES, ApacheKafkaCluster

ROOT = Path(__file__).resolve().parents[2]
KEY = "0123456789abcdef0123"  # the author's pseudonym is a feature, so equal rows need equal keys
SECONDS = 150  # no command of these tests takes half as long; a test ends after 180


@dataclass
class Installation:
    """A folder and the settings of somebody's installation."""

    folder: Path
    settings: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("CRICKETS_")}
        own = {"CRICKETS_DATA_DIR": str(self.folder / "data"), "CRICKETS_PRIVACY__PSEUDONYM_KEY": KEY}
        return inherited | {"PYTHONPATH": str(ROOT)} | own | self.settings

    def command(self, *arguments: str | Path) -> list[str]:
        return [sys.executable, "-m", "pipeline.cli", *map(str, arguments)]

    def run(self, *arguments: str | Path, **environment: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            self.command(*arguments),
            env=self.environment | environment,
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )

    def json(self, *arguments: str | Path, **environment: str) -> Any:
        """Run a command with --json and return its object."""
        done = self.run(*arguments, "--json", **environment)
        assert done.returncode == 0, done.stderr
        lines = done.stdout.splitlines()
        assert len(lines) == 1, "everything but the object goes to stderr"
        return json.loads(lines[0])

    @contextmanager
    def start(self, *arguments: str | Path) -> Iterator["subprocess.Popen[bytes]"]:
        """Run a command while the block is running; what it prints is in `<name>.log`."""
        log = self.folder / f"{arguments[0]}.log"
        with log.open("ab") as output:
            process = subprocess.Popen(
                self.command(*arguments),
                env=self.environment,
                cwd=self.folder,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def rows(self, query: str, parameters: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        """Ask the store, the embedded one or that of the settings."""
        config = Settings(_env_file=None).clickhouse
        url = self.settings.get("CRICKETS_CLICKHOUSE__URL")
        if url:
            client = connect(config, url)
            try:
                return list(client.query(query, parameters=dict(parameters or {})).result_rows)
            finally:
                client.close()
        with EmbeddedEngine(self.folder / "data" / "clickhouse") as engine:
            client = connect(config, engine.url)
            try:
                return list(client.query(query, parameters=dict(parameters or {})).result_rows)
            finally:
                client.close()

    def everything(self) -> dict[str, list[tuple[Any, ...]]]:
        """Return every row that was found, but when it was written."""
        keys = {"prompts": "prompt_id", "anomalies": "anomaly_id", "events": "event_id"}
        return {
            table: self.rows(f"SELECT * EXCEPT recorded_at FROM crickets.{table} FINAL ORDER BY {key}")
            for table, key in keys.items()
        }


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    return Installation(tmp_path)


EMBEDDED = "embedded broker"
NODE = pytest.param("Apache Kafka", marks=pytest.mark.kafka)
CLUSTER = pytest.param("a cluster of Apache Kafka", marks=pytest.mark.kafka)


@pytest.fixture(params=[EMBEDDED, NODE])
def servers(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[dict[str, str]]:
    """Run a broker and a ClickHouse that are not the command's own, and give the settings that name them.

    The cluster is started for those tests alone that name it: `parametrize("servers", [CLUSTER], indirect=True)`.
    """
    with EmbeddedEngine(tmp_path / "server") as engine, ExitStack() as stack:
        settings = {"CRICKETS_CLICKHOUSE__URL": engine.url, "CRICKETS_KAFKA__PREFIX": f"{tmp_path.name}."}
        settings["CRICKETS_KAFKA__GROUP"] = tmp_path.name
        match request.param:
            case "embedded broker":
                address = stack.enter_context(EmbeddedBroker(tmp_path / "broker")).bootstrap_servers
                settings["CRICKETS_KAFKA__TRANSACTIONS"] = "false"  # it has none
            case "Apache Kafka":
                address = request.getfixturevalue("apache_kafka")
            case _:
                cluster: ApacheKafkaCluster = request.getfixturevalue("apache_kafka_cluster")
                address = cluster.bootstrap_servers
                settings["CRICKETS_KAFKA__REPLICATION"] = str(NODES)
        yield settings | {"CRICKETS_KAFKA__BOOTSTRAP_SERVERS": address}


def eventually(look: Callable[[], Any], what: str, seconds: float = 60.0) -> Any:
    """Look again until there is something, and return it."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        if time.monotonic() > deadline:
            pytest.fail(f"{what}: not within {seconds:g} s")
        time.sleep(0.1)
    return found
