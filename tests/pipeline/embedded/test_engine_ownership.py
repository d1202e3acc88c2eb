"""One folder, one owner."""

import json
import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from clickhouse_connect.driver.client import Client

from pipeline.embedded import EmbeddedEngine, EngineStartError

pytestmark = pytest.mark.process


def test_data_are_there_after_a_restart(tmp_path: Path, connect: Callable[..., Client]) -> None:
    with EmbeddedEngine(tmp_path) as engine:
        client = connect(engine.url)
        client.command("CREATE TABLE t (a UInt64) ENGINE = MergeTree ORDER BY a")
        client.insert("t", [[1], [2]], column_names=["a"])
    with EmbeddedEngine(tmp_path) as engine:
        assert connect(engine.url).command("SELECT sum(a) FROM t") == 3


def test_a_killed_engine_leaves_its_data_and_no_obstacle(
    tmp_path: Path,
    connect: Callable[..., Client],
    left_running: Callable[..., list[int]],
    launcher_of: Callable[[int], int],
) -> None:
    with EmbeddedEngine(tmp_path) as engine:
        client = connect(engine.url)
        client.command("CREATE TABLE t (a UInt64) ENGINE = MergeTree ORDER BY a")
        client.insert("t", [[1], [2]], column_names=["a"])
        killed = engine.pid
        assert killed is not None
        launcher = launcher_of(killed)  # tells of the engine's end by its own
        os.kill(killed, signal.SIGKILL)
        assert left_running(killed, launcher) == []
        assert (tmp_path / "engine" / "endpoint.json").exists(), "the test proves nothing without it"
        assert not engine.alive
    with EmbeddedEngine(tmp_path) as again:  # the starter owns the folder until it lets go of its dead engine
        assert not again.attached
        assert connect(again.url).command("SELECT sum(a) FROM t") == 2 + 1


def test_another_attaches_and_leaves_it_running(tmp_path: Path, connect: Callable[..., Client]) -> None:
    with EmbeddedEngine(tmp_path) as owner:
        with EmbeddedEngine(tmp_path) as guest:
            assert (guest.url, guest.pid, guest.attached, owner.attached) == (owner.url, owner.pid, True, False)
            assert guest.alive
        assert owner.alive
        assert connect(owner.url).command("SELECT 1") == 1
    assert not (tmp_path / "engine" / "endpoint.json").exists()


def test_of_many_that_start_at_once_one_owns_it(tmp_path: Path) -> None:
    engines = [EmbeddedEngine(tmp_path) for _ in range(4)]
    threads = [threading.Thread(target=engine.start) for engine in engines]
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len({engine.url for engine in engines}) == 1
        assert sorted(engine.attached for engine in engines) == [False, True, True, True]
    finally:
        for engine in engines:
            engine.stop()


def test_an_address_that_belongs_to_somebody_else_by_now_is_not_believed(tmp_path: Path) -> None:
    with EmbeddedEngine(tmp_path / "other") as other:
        folder = tmp_path / "mine" / "engine"
        folder.mkdir(parents=True)
        (folder / "endpoint.json").write_text(json.dumps({"url": other.url, "identity": "old", "pid": other.pid}))
        with EmbeddedEngine(tmp_path / "mine") as mine:
            assert mine.url != other.url
            assert not mine.attached


@pytest.mark.parametrize("left", [b"", b"{", b"[]", b'{"url": 1}', b'{"url": "x", "identity": "y", "pid": 1}'])
def test_a_broken_file_is_recovered_from(left: bytes, tmp_path: Path) -> None:
    (tmp_path / "engine").mkdir()
    (tmp_path / "engine" / "endpoint.json").write_bytes(left)
    with EmbeddedEngine(tmp_path) as engine:
        assert engine.alive


def test_an_owner_that_never_answers_is_named(tmp_path: Path) -> None:
    with EmbeddedEngine(tmp_path):
        (tmp_path / "engine" / "endpoint.json").unlink()
        with pytest.raises(EngineStartError, match=r"owned by a process.*CRICKETS_DATA_DIR"):
            EmbeddedEngine(tmp_path, start_timeout=0.3).start()


def test_a_store_that_cannot_be_opened_is_explained(tmp_path: Path) -> None:
    (tmp_path / "engine").mkdir()
    (tmp_path / "engine" / "store").write_text("a file where a folder belongs")
    with pytest.raises(EngineStartError, match=r"embedded engine ended at its start[^$]*engine\.log"):
        EmbeddedEngine(tmp_path).start()


def test_a_folder_that_cannot_be_made_is_explained(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    with pytest.raises(EngineStartError, match=r"cannot be made.*CRICKETS_DATA_DIR"):
        EmbeddedEngine(tmp_path / "taken").start()
    with pytest.raises(EngineStartError, match=r"\? in its path"):
        EmbeddedEngine(tmp_path / "what?").start()


def test_it_has_no_url_before_it_runs(tmp_path: Path) -> None:
    with pytest.raises(EngineStartError, match="not started"):
        _ = EmbeddedEngine(tmp_path).url


def test_our_secrets_are_not_handed_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRICKETS_SLACK__SIGNING_SECRET", "a secret of ours")
    with EmbeddedEngine(tmp_path) as engine:
        environment = Path(f"/proc/{engine.pid}/environ")
        if not environment.exists():
            pytest.skip("only Linux shows a process's environment")
        assert b"a secret of ours" not in environment.read_bytes()
