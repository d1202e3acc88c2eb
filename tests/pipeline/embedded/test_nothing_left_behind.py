"""However a parent ends, none of its children is left."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.process

PARENT = """
import json, os, signal, sys, time
from pathlib import Path
from pipeline.embedded import EmbeddedBroker, EmbeddedEngine, Leash

STUBBORN = '''
import signal
for number in (signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, signal.SIG_IGN)
signal.signal(signal.SIGINT, lambda *_: print("interrupted", flush=True))
print("ready", flush=True)
while True:
    signal.pause()
'''
# Whoever runs the tests in the background may ignore these, and would pass that on.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)
folder, act = Path(sys.argv[1]), sys.argv[2]
stubborn = Leash([sys.executable, "-c", STUBBORN], log_file=folder / "stubborn.log", grace=0.2)
with EmbeddedBroker(folder) as broker, EmbeddedEngine(folder) as engine, stubborn:
    stubborn.wait_until(lambda: stubborn.log_tail() == "ready", 10)
    pids = {"broker": broker.pid, "engine": engine.pid, "stubborn": stubborn.pid}
    if act == "fork":
        pids["fork"] = os.fork()
        if pids["fork"] == 0:
            signal.pause()
    print(json.dumps(pids), flush=True)
    if act == "raise":
        raise RuntimeError("on purpose")
    if act == "wait" or act == "fork":
        signal.pause()
"""


@contextmanager
def parent(folder: Path, act: str) -> Iterator[tuple["subprocess.Popen[str]", dict[str, int]]]:
    command = [sys.executable, "-c", PARENT, str(folder), act]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            pytest.fail(f"the parent did not start: {process.communicate()[1]}")
        try:
            yield process, json.loads(line)
        finally:
            process.kill()


@pytest.mark.parametrize(("act", "code"), [("return", 0), ("raise", 1)])
def test_after_a_normal_end_and_after_an_exception(
    act: str, code: int, tmp_path: Path, left_running: Callable[..., list[int]]
) -> None:
    with parent(tmp_path, act) as (process, pids):
        errors = process.communicate(timeout=30)[1]
        assert process.returncode == code, errors
        assert ("RuntimeError: on purpose" in errors) == (act == "raise")
        # By then everything has ended already; nothing happens afterwards.
        assert left_running(*pids.values(), seconds=0) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_after_a_signal(
    number: signal.Signals,
    tmp_path: Path,
    left_running: Callable[..., list[int]],
    launcher_of: Callable[[int], int],
) -> None:
    with parent(tmp_path, "wait") as (process, pids):
        launchers = [launcher_of(pid) for pid in pids.values()]
        os.killpg(process.pid, number)  # to its whole group, as a terminal does it
        process.communicate(timeout=30)
        assert process.returncode == -number
        assert left_running(*pids.values(), *launchers) == []
    assert "interrupted" not in (tmp_path / "stubborn.log").read_text(), "Ctrl-C is for the parent alone"


def test_after_kill_although_a_fork_of_the_parent_lives_on(
    tmp_path: Path, left_running: Callable[..., list[int]]
) -> None:
    with parent(tmp_path, "fork") as (process, pids):
        fork = pids.pop("fork")
        process.kill()
        process.wait(30)
        try:
            assert left_running(*pids.values()) == []
            assert left_running(fork, seconds=0) == [fork], "the test proves nothing without it"
        finally:
            os.kill(fork, signal.SIGKILL)


def test_the_folder_can_be_used_again_after_kill(tmp_path: Path, connect: Callable[..., Any]) -> None:
    from pipeline.embedded import EmbeddedEngine

    with parent(tmp_path, "wait") as (process, pids):
        process.kill()
        process.wait(30)
        with EmbeddedEngine(tmp_path) as engine:  # at once: the old one may just be ending
            assert engine.pid != pids["engine"] or engine.attached
            assert connect(engine.url).command("SELECT 1") == 1
