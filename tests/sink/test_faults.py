from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.embedded.engine import EmbeddedEngine
from tests.sink.faults import FAULTS, kill_engine, meet
from tests.sink.kills import kill_recorder


@pytest.fixture(scope="module")
def engine_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with EmbeddedEngine(tmp_path_factory.mktemp("clickhouse")) as engine:
        yield engine.url


@pytest.mark.parametrize("fault", FAULTS)
async def test_after_a_fault_the_views_say_the_truth(fault: str, engine_url: str) -> None:
    met = await meet(fault, engine_url, f"fault_{fault.replace(' ', '_')}", size=900, seconds=1.5)
    assert (met.lost, met.doubled) == (0, 0)
    assert met.hits, "the fault was not met"


@pytest.mark.process
def test_a_recorder_that_dies_between_insert_and_ack_stores_nothing_twice(engine_url: str, tmp_path: Path) -> None:
    met = kill_recorder(engine_url, "killed_recorder", tmp_path / "committed.json", size=300, kills=3)
    assert (met.lost, met.doubled) == (0, 0)


@pytest.mark.process
async def test_an_engine_that_dies_in_an_insert_loses_nothing(tmp_path: Path) -> None:
    met = await kill_engine(tmp_path, "killed_engine", size=600, kills=2)
    assert (met.lost, met.doubled) == (0, 0)
