"""The main job: both dead assets are found, each with its cause, and nothing is left behind."""

import json
import os
import pty
import re
import select
import signal
import subprocess
import time
import urllib.request
from collections.abc import Iterator

import pytest

from tests.integration.conftest import SECONDS, Installation, eventually

pytestmark = pytest.mark.process

ASSET = {
    *("asset_id", "title", "asset_type", "persona", "hypothesis", "probability", "expected", "p_zero", "evidence"),
}


def processes_of(installation: Installation) -> list[int]:
    """Return everything that runs in an installation's folder, whoever its parent is by now."""
    found = []
    for pid in (int(name) for name in os.listdir("/proc") if name.isdigit()):
        try:
            with open(f"/proc/{pid}/environ", "rb") as file:
                environment = file.read()
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                command = file.read()
        except OSError:
            continue
        if str(installation.folder).encode() in environment + command:
            found.append(pid)
    return found


def url_in(text: str) -> str:
    found = re.search(r"ClickHouse answers at (http://127\.0\.0\.1:\d+)", text)
    return found[1] if found else ""


def ask(url: str, query: str) -> str:
    with urllib.request.urlopen(f"{url}/", data=query.encode(), timeout=10) as answer:
        return str(answer.read().decode().strip())


def test_both_dead_assets_are_found_among_healthy_ones_while_anybody_can_ask(installation: Installation) -> None:
    with subprocess.Popen(
        installation.command("demo", "--headless", "--json", "--picture", "demo.svg"),
        env=installation.environment,
        cwd=installation.folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as demo:
        assert demo.stderr is not None
        url = url_in(demo.stderr.readline())
        prompts = eventually(lambda: int(ask(url, "SELECT count() FROM crickets.prompts_now")), "a prompt is recorded")
        assert prompts > 0
        out, err = demo.communicate(timeout=SECONDS)
    assert demo.returncode == 0, err
    (line,) = out.splitlines()
    told = json.loads(line)
    assert told.keys() == {"dead", "healthy", "seconds_to_first", "webhooks"}
    assert {asset["asset_id"]: asset["hypothesis"] for asset in told["dead"]} == {
        "podcast": "no_wiifm",
        "hub-question": "elsewhere",
    }
    for asset in told["dead"]:
        assert asset.keys() == ASSET
        assert asset["probability"] > 0.5
        assert asset["expected"] > 1
        assert asset["p_zero"] <= 0.1
        assert len(asset["evidence"]) > 5
    assert told["healthy"] == 19
    assert told["webhooks"] == 6884
    assert told["seconds_to_first"] > 0
    picture = (installation.folder / "demo.svg").read_text()
    assert all(piece in picture for piece in ("podcast", "no_wiifm", "elsewhere"))
    assert "url(" not in picture.replace("url(#", ""), "whoever looks at the picture fetches nothing"
    assert processes_of(installation) == []
    assert list((installation.folder / "data").iterdir()) == [], "its folder is gone with it"


def test_it_fails_when_a_dead_asset_is_missed(installation: Installation) -> None:
    done = installation.run("demo", "--headless", "--json", CRICKETS_JUDGE__ALPHA="0.0000000001")
    assert done.returncode == 1
    assert "missed: hub-question, podcast" in done.stderr
    assert json.loads(done.stdout)["dead"] == []


@pytest.fixture
def terminal(installation: Installation) -> Iterator[tuple["subprocess.Popen[bytes]", int]]:
    """Run the demo in a terminal of its own, as a person does."""
    ours, theirs = pty.openpty()
    demo = subprocess.Popen(
        installation.command("demo"),
        env=installation.environment | {"COLUMNS": "100", "LINES": "50", "TERM": "xterm"},
        cwd=installation.folder,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
        preexec_fn=_take_terminal,
    )
    os.close(theirs)
    try:
        yield demo, ours
    finally:
        demo.kill()
        demo.wait()
        os.close(ours)


def _take_terminal() -> None:
    """Let the new session's Ctrl-C come from the terminal it is given, whatever the tests' own parent ignores."""
    import fcntl
    import termios

    signal.signal(signal.SIGINT, signal.default_int_handler)
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def read_until(terminal: int, wanted: str, seconds: float = SECONDS) -> str:
    seen, deadline = "", time.monotonic() + seconds
    while wanted not in seen:
        if time.monotonic() > deadline:
            pytest.fail(f"{wanted!r} did not show; the end of what did: {seen[-2000:]}")
        if select.select([terminal], [], [], 1.0)[0]:
            seen += os.read(terminal, 65536).decode(errors="replace")
    return seen


def test_in_a_terminal_the_dead_assets_show_and_ctrl_c_ends_everything(
    terminal: tuple["subprocess.Popen[bytes]", int], installation: Installation
) -> None:
    demo, screen = terminal
    url = url_in(read_until(screen, "FORMAT Vertical"))
    read_until(screen, "elsewhere")
    assert int(ask(url, "SELECT count() FROM crickets.dead_assets")) > 0
    assert len(processes_of(installation)) > 3, "the test proves nothing without them"
    os.write(screen, b"\x03")
    seconds = 0.0
    while demo.poll() is None:
        assert seconds < 60, "Ctrl-C did not end it"
        if select.select([screen], [], [], 0.2)[0]:
            try:
                os.read(screen, 65536)
            except OSError:  # the other end is closed
                break
        seconds += 0.2
    assert demo.wait(30) in (0, 130)
    assert eventually(lambda: processes_of(installation) == [], "everything ends with it")
    assert list((installation.folder / "data").iterdir()) == []


def test_after_kill_nothing_is_left_running(installation: Installation) -> None:
    with installation.start("demo", "--headless") as demo:
        log = installation.folder / "demo.log"
        eventually(lambda: url_in(log.read_text()), "the engine answers")
        eventually(lambda: len(processes_of(installation)) >= 7, "the worker runs")
        demo.kill()
    assert eventually(lambda: processes_of(installation) == [], "everything ends with it")
