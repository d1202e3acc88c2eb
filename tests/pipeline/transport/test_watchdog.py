"""A worker that has work and does not move ends by itself, and is not ready before."""

import json
import urllib.error
import urllib.request

import pytest

from pipeline.transport.progress import Look, Progress
from pipeline.transport.watchdog import STALLED
from tests.pipeline.transport.stage import Stage


def readiness(port: int) -> tuple[int, list[str]]:
    """Ask as an orchestrator does; 0 for no answer."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=0.5) as answer:
            return answer.status, []
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())["why"]
    except OSError:
        return 0, []


@pytest.mark.parametrize(
    ("trouble", "what", "status"),
    [
        ("the loop stands still", "the event loop", 0),
        ("a write never ends", "agent count on", 503),
        ("nothing is fetched any more", "fetching of", 503),
    ],
)
async def test_whoever_has_work_and_does_not_move_is_not_ready_and_then_ends(
    embedded_stage: Stage, unused_tcp_port: int, trouble: str, what: str, status: int
) -> None:
    stage = embedded_stage
    worker = stage.worker("stalled", trouble=trouble, stall_seconds=4.0, web_port=unused_tcp_port)
    stage.produce(0, ["fine"])
    await stage.until_noted({"fine"})
    await stage.until("it is ready", lambda: readiness(unused_tcp_port) == (200, []))
    stage.produce(0, ["trouble"])
    seen: dict[int, list[str]] = {}

    def red() -> bool:
        stage.produce(0, [f"more-{len(stage.ids)}"])  # what is not fetched is work as well
        code, why = readiness(unused_tcp_port)
        seen[code] = why
        return code == status

    await stage.until("it is not ready", red)
    assert await stage.ended(worker) == STALLED
    assert any(what in why for why in seen[status]) or status == 0
    log = stage.log("stalled")
    assert what in log and "has work and has not moved" in log and "goes on where it was" in log
    if trouble == "a write never ends":  # whoever mends it sees down to which call does not come back
        told = log.splitlines()
        assert any("Lane.run" in line and "Lane._written" in line for line in told)
        assert any("Fetcher._fetch_requests_routine" in line for line in told)


async def test_who_has_nothing_to_do_or_waits_for_others_does_not_end(embedded_stage: Stage) -> None:
    stage = embedded_stage
    worker = stage.worker("patient", stall_seconds=1.0)
    stage.produce(0, ["fine"])
    stage.produce(1, ["waits"], wait=100.0)
    await stage.until_noted({"fine"})
    await stage.until("more than its patience has passed", lambda: worker.poll() is not None, seconds=3.0, so=False)
    stage.learned(100.0)
    await stage.until_noted()
    assert await stage.end(worker) == 0


def test_what_moves_or_waits_or_has_nothing_to_do_does_not_stall() -> None:
    progress = Progress()
    for now in range(10):
        looks = {
            "moves": Look(True, now),
            "waits": Look(True, 0, "ClickHouse"),
            "rests": Look(False, 0),
            "stands": Look(True, 0),
        }
        progress.see(looks, float(now))
    assert progress.stalled(9.0) == {"stands": 9.0}
    assert progress.waiting(9.0, 5.0) == {"waits": ("ClickHouse", 9.0)}
    progress.excuse(9.0)
    assert progress.stalled(10.0, 2.0) == {}


def test_a_partition_that_moved_away_is_forgotten() -> None:
    progress = Progress()
    progress.see({"events[0]": Look(True, 1)}, 0.0)
    progress.see({}, 50.0)
    progress.see({"events[0]": Look(True, 1)}, 100.0)
    assert progress.stalled(101.0, 2.0) == {}
