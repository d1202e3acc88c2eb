"""Brokers for these tests: the embedded one, and for the laws that matter most Apache Kafka as well."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from pipeline.embedded import EmbeddedBroker
from pipeline.transport import lane
from tests.pipeline.transport.lane_stage import LaneStage
from tests.pipeline.transport.stage import Stage


@pytest.fixture(scope="session")
def embedded_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with EmbeddedBroker(tmp_path_factory.mktemp("broker")) as broker:
        yield broker.bootstrap_servers


@pytest.fixture(params=["embedded", pytest.param("apache", marks=pytest.mark.kafka)])
def either_broker(request: pytest.FixtureRequest) -> str:
    """Run a test on both."""
    return str(request.getfixturevalue("embedded_broker" if request.param == "embedded" else "apache_kafka"))


@pytest.fixture
async def stage(either_broker: str, embedded_broker: str, tmp_path: Path) -> AsyncIterator[Stage]:
    async with Stage(either_broker, tmp_path, transactions=either_broker != embedded_broker) as stage:
        yield stage


@pytest.fixture
async def embedded_stage(embedded_broker: str, tmp_path: Path) -> AsyncIterator[Stage]:
    async with Stage(embedded_broker, tmp_path) as stage:
        yield stage


@pytest.fixture
async def on(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[LaneStage]:
    """Lanes without a broker."""
    stage = LaneStage()

    monkeypatch.setattr(lane, "read_changelog", stage.read)
    yield stage
    stage.outbox.holding = False
    stage.outbox.answer()
    await stage.lanes.stop(0.1)
