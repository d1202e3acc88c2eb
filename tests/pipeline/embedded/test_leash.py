"""What a leash promises while its parent lives."""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.embedded import ChildStartError, Leash

pytestmark = pytest.mark.process

WAITS = "import signal; print('ready', flush=True); signal.pause()"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + WAITS
HAS_A_CHILD = (
    "import subprocess, sys; "
    f"child = subprocess.Popen([sys.executable, '-c', {WAITS!r}]); print('child', child.pid, flush=True); "
)


def python(code: str, log: Path, **options: float) -> Leash:
    return Leash([sys.executable, "-c", code], name="It", log_file=log, **options)


@pytest.mark.parametrize("code", [0, 3, 255])
def test_exit_codes_are_passed_on(code: int, tmp_path: Path) -> None:
    with python(f"raise SystemExit({code})", tmp_path / "log") as child:
        assert child.wait(10) == code
    assert child.poll() == code


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGABRT])
def test_the_signal_that_ended_the_child_is_passed_on(number: signal.Signals, tmp_path: Path) -> None:
    with python(WAITS, tmp_path / "log") as child:
        child.wait_until(lambda: child.log_tail() == "ready", 10)
        os.kill(child.pid, number)
        assert child.wait(10) == -number


def test_leaving_it_ends_the_child_and_its_launcher(
    tmp_path: Path, left_running: Callable[..., list[int]], launcher_of: Callable[[int], int]
) -> None:
    with python(WAITS, tmp_path / "log") as child:
        launcher = launcher_of(child.pid)
        assert launcher != os.getpid()
    assert left_running(child.pid, launcher) == []


def test_a_child_that_ignores_sigterm_is_killed_after_the_time(tmp_path: Path) -> None:
    with python(STUBBORN, tmp_path / "log") as child:
        child.wait_until(lambda: child.log_tail() == "ready", 10)
        assert child.stop(0.1) == -signal.SIGKILL
    assert child.stop() == -signal.SIGKILL, "stopping again changes nothing"


def test_a_stopped_child_is_ended_too(tmp_path: Path, left_running: Callable[..., list[int]]) -> None:
    with python(STUBBORN, tmp_path / "log", grace=0.1) as child:
        os.kill(child.pid, signal.SIGSTOP)
    assert left_running(child.pid) == []


@pytest.mark.parametrize("end", ["", "import signal; signal.pause()"])
def test_what_the_child_started_ends_with_it(end: str, tmp_path: Path, left_running: Callable[..., list[int]]) -> None:
    with python(HAS_A_CHILD + end, tmp_path / "log") as child:
        child.wait_until(lambda: "ready" in child.log_tail() or child.poll() is not None, 10)
    started = int(child.log_tail().split()[1])
    assert left_running(child.pid, started) == []


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its launcher was killed")
def test_a_killed_launcher_takes_the_child_along(
    tmp_path: Path, left_running: Callable[..., list[int]], launcher_of: Callable[[int], int]
) -> None:
    with python(STUBBORN, tmp_path / "log") as child:
        child.wait_until(lambda: child.log_tail() == "ready", 10)
        os.kill(launcher_of(child.pid), signal.SIGKILL)
        assert left_running(child.pid) == []
        assert child.wait(10) == -signal.SIGKILL


def test_a_child_that_dies_at_its_start_is_explained_with_the_end_of_its_log(tmp_path: Path) -> None:
    log = tmp_path / "deep" / "log"
    with python("print('an earlier run')", log) as earlier:
        earlier.wait(10)
    with (
        python("import sys; sys.exit('no such luck')", log) as child,
        pytest.raises(ChildStartError, match=r"It ended at its start \(exit code 1\)[^$]*log[^$]*no such luck") as told,
    ):
        child.wait_until(lambda: False, 10)
    assert "an earlier run" not in str(told.value)
    assert "an earlier run" in log.read_text()


def test_a_child_that_is_never_ready_is_given_up(tmp_path: Path) -> None:
    with python(WAITS, tmp_path / "log") as child, pytest.raises(ChildStartError, match=r"not ready within 0\.05 s"):
        child.wait_until(lambda: False, 0.05)


def test_a_command_that_does_not_exist_is_said_at_once() -> None:
    with pytest.raises(ChildStartError, match="no/such/program is missing or not executable"):
        Leash(["no/such/program"]).start()


def test_a_file_that_is_no_program_is_said_in_the_log(tmp_path: Path) -> None:
    program = tmp_path / "program"
    program.write_bytes(b"\x00not a program")
    program.chmod(0o755)
    with (
        Leash([str(program)], log_file=tmp_path / "log") as child,
        pytest.raises(ChildStartError, match="program cannot be executed"),
    ):
        child.wait_until(lambda: False, 10)


def test_the_child_gets_the_environment_and_none_of_our_descriptors(tmp_path: Path) -> None:
    code = "import os; print(os.environ.get('A'), os.environ.get('HOME'), len(os.listdir('/dev/fd')))"
    with Leash([sys.executable, "-c", code], env={"A": "1"}, log_file=tmp_path / "log") as child:
        assert child.wait(10) == 0
    assert child.log_tail() == "1 None 4", "three standard streams, and the listing itself"


def test_a_long_log_is_put_aside(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with log.open("wb") as file:
        file.truncate(10_000_001)
    with python("print('new')", log) as child:
        child.wait(10)
    assert log.read_text() == "new\n"
    assert (tmp_path / "log.1").stat().st_size == 10_000_001
