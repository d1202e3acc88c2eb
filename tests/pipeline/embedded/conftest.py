"""An engine and clients for these tests, and a look at processes from outside."""

import itertools
import subprocess
import time
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import clickhouse_connect
import pytest
from clickhouse_connect.driver.client import Client

from pipeline.embedded import EmbeddedEngine

_databases = itertools.count()


@pytest.fixture(scope="session")
def max_body_bytes() -> int:
    return 8_000_000


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory, max_body_bytes: int) -> Iterator[EmbeddedEngine]:
    # A folder that the engine would take for a pattern, if it were handed on carelessly.
    folder = tmp_path_factory.mktemp("odd {a,b}*[x]'q")
    with EmbeddedEngine(folder, max_body_bytes=max_body_bytes) as engine:
        yield engine


@pytest.fixture
def connect() -> Iterator[Callable[..., Client]]:
    """Make clients as anybody would, with the library as it is."""
    clients = []

    def make(url: str, **options: object) -> Client:
        client = clickhouse_connect.get_client(host=urlsplit(url).hostname, port=urlsplit(url).port, **options)
        clients.append(client)
        return client

    yield make
    for client in clients:
        client.close()


@pytest.fixture
def client(engine: EmbeddedEngine, connect: Callable[..., Client]) -> Client:
    """A client in a database of its own."""
    database = f"test_{next(_databases)}"
    connect(engine.url).command(f"CREATE DATABASE {database}")
    return connect(engine.url, database=database)


def _is_gone(pid: int) -> bool:
    shown = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout
    return not shown.strip() or shown.strip().startswith("Z")  # ended, whether or not somebody has asked how


@pytest.fixture
def left_running() -> Callable[..., list[int]]:
    """Return which processes still run; those that are ending have until the deadline."""

    def look(*pids: int, seconds: float = 15.0) -> list[int]:
        deadline = time.monotonic() + seconds
        while (left := [pid for pid in pids if not _is_gone(pid)]) and time.monotonic() < deadline:
            time.sleep(0.02)
        return left

    return look


@pytest.fixture
def launcher_of() -> Callable[[int], int]:
    """Return the launcher's pid of a child."""

    def look(pid: int) -> int:
        return int(subprocess.run(["ps", "-o", "ppid=", "-p", str(pid)], capture_output=True, check=True).stdout)

    return look
