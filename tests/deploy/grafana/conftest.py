"""The embedded engine with the real schema and a small workspace in it, asked with the rights of Grafana's user."""

import asyncio
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.query import QueryResult

from pipeline.clickhouse.client import connect
from pipeline.clickhouse.migrate import migrate
from pipeline.embedded.engine import EmbeddedEngine
from pipeline.settings import ClickHouseSettings
from tests.deploy.grafana.files import filled_in, grants, profile
from tests.deploy.grafana.recorded import START, record, sink_of
from tests.servers.restricted_engine import restricted_engine

ALL: dict[str, list[str]] = {"workspace": [], "persona": [], "asset_type": [], "prompt": [""]}

Run = Callable[..., QueryResult]


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """Give a client of the filled database, which is the current one."""
    folder = tmp_path_factory.mktemp("grafana")
    with EmbeddedEngine(folder) as engine:
        client = connect(ClickHouseSettings(), engine.url)
        migrate(client, "crickets")
        client.database = "crickets"
        asyncio.run(record(sink_of(client)))
        client.close()
    with restricted_engine(tmp_path_factory.mktemp("user"), folder, grants(), profile()) as engine:
        client = connect(ClickHouseSettings(), engine.url)
        client.database = "crickets"
        yield client
        client.close()


@pytest.fixture(scope="session")
def run(store: Client) -> Run:
    """Run a query of a dashboard, with everything selected but what is named, from the first record until now."""

    def run(sql: str, **chosen: Any) -> QueryResult:
        span = (int(START), int(time.time()) + 60)
        return store.query(filled_in(sql, span, ALL | chosen))

    return run
