"""Gateway and workers as a platform team runs them: signed webhooks in, rows out, by the clock on the wall."""

import json
import time
import urllib.error
import urllib.request
from typing import Any

import pytest

from pipeline.kafka import existing_topics
from pipeline.settings import KafkaSettings
from pipeline.simulate.signature import signature_headers
from pipeline.topics import TOPICS
from tests.integration.conftest import CLUSTER, EMBEDDED, NODE, Installation, eventually
from tests.pipeline.kafka.conftest import RestartedBroker

pytestmark = pytest.mark.process

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"


def body_of(event: dict[str, Any]) -> bytes:
    outer = {"type": "event_callback", "team_id": "T1", "event_id": f"Ev{time.time_ns()}"}
    return json.dumps(outer | {"event_time": int(time.time()), "event": event}).encode()


def message(user: str, ts: float, text: str = "?", **more: Any) -> dict[str, Any]:
    stamp = f"{ts:.6f}"
    where = {"type": "message", "channel": "C1", "channel_type": "channel"}
    return where | {"user": user, "ts": stamp, "event_ts": stamp, "text": text} | more


def post(port: int, body: bytes, headers: dict[str, str] | None = None) -> tuple[int, Any]:
    headers = signature_headers(SECRET, int(time.time()), body) if headers is None else headers
    request = urllib.request.Request(f"http://127.0.0.1:{port}/webhooks/slack", data=body, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


@pytest.fixture
def live(installation: Installation, servers: dict[str, str], unused_tcp_port: int) -> Installation:
    """An installation that looks at every root message and waits seconds instead of days."""
    installation.settings |= servers | {
        "CRICKETS_SLACK__SIGNING_SECRET": SECRET,
        "CRICKETS_GATEWAY__PORT": str(unused_tcp_port),
        "CRICKETS_PROMPTS__EVERY_ROOT": "true",
        "CRICKETS_JUDGE__HORIZON_DAYS": str(6 / 86_400),
        "CRICKETS_JUDGE__LATENESS_SECONDS": "1",
        "CRICKETS_KAFKA__PARTITIONS": "2",
    }
    return installation


@pytest.mark.parametrize("servers", [EMBEDDED, NODE, CLUSTER], indirect=True)
def test_an_answered_and_a_silent_prompt_and_what_cannot_be_understood(live: Installation) -> None:
    port = int(live.settings["CRICKETS_GATEWAY__PORT"])
    assert live.run("topics").stdout.count("created") == len(TOPICS)
    assert live.run("migrate").stdout.count("applied") > 0
    with live.start("gateway"), live.start("worker"):
        eventually(lambda: ready(port), "the gateway is ready")
        settled = "SELECT count() FROM crickets.watermarks FINAL WHERE topic = 'outcomes' AND stage = 'track'"
        eventually(lambda: live.rows(settled) == [(2,)], "the worker works on all partitions")
        now = time.time()
        for event in (
            message("UASKS", now, "Who has an answer?"),
            message("UHELPS", now + 1, "I have.", thread_ts=f"{now:.6f}"),
            message("UASKS", now + 2, "And who has another one?"),
        ):
            assert post(port, body_of(event)) == (200, {"status": "accepted"})
        assert post(port, body_of({"type": "shrugged", "channel": "C1"}))[0] == 200, "normalise has to say so"
        for refused, status, field in refusals():
            answer = post(port, *refused)
            assert (answer[0], answer[1]["field"]) == (status, field)
            assert answer[1]["error"]
        found = "SELECT status, responders, closed FROM crickets.prompts FINAL ORDER BY posted_at"
        eventually(
            lambda: live.rows(found) == [("answered", 1, True), ("expired", 0, True)], "both prompts end at the horizon"
        )
        anomalies = "SELECT verdict, next_step FROM crickets.anomalies FINAL"
        ((verdict, next_step),) = eventually(lambda: live.rows(anomalies), "the anomaly is recorded")
        assert (verdict, bool(next_step)) == ("expired", True)
        letters = "SELECT stage, field, reason, topic FROM crickets.dead_letters FINAL"
        ((stage, field, reason, topic),) = eventually(lambda: live.rows(letters), "the dead letter is recorded")
        assert (stage, field, topic) == ("normalise", "event.type", "webhooks")
        assert "shrugged" in reason
        report = live.json("report", "--source", "slack")
        assert (report["summary"]["prompts"], report["summary"]["silent_at_horizon"]) == (2, 1)
    log = (live.folder / "worker.log").read_text() + (live.folder / "gateway.log").read_text()
    assert "Traceback" not in log
    for secret in ("another one", "UASKS", "UHELPS", SECRET):
        assert secret not in log


def ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def refusals() -> list[tuple[tuple[Any, ...], int, str]]:
    good = body_of(message("UASKS", time.time()))
    old = int(time.time()) - 3600
    large = body_of(message("UASKS", time.time(), "x" * 10_000_000))
    odd = signature_headers(SECRET, int(time.time()), good) | {"X-Slack-Signature": "v0=\u00fc\u00fc"}
    return [
        ((b"no JSON",), 400, "body"),
        ((good, signature_headers("another secret", int(time.time()), good)), 401, "X-Slack-Signature"),
        ((good, odd), 401, "X-Slack-Signature"),
        ((good, {}), 401, "X-Slack-Request-Timestamp"),
        ((good, signature_headers(SECRET, old, good)), 401, "X-Slack-Request-Timestamp"),
        ((large,), 413, "body"),
    ]


def test_a_worker_waits_for_a_broker_that_is_not_there_yet(
    installation: Installation, tmp_path_factory: pytest.TempPathFactory
) -> None:
    broker = RestartedBroker(tmp_path_factory.mktemp("broker") / "broker.log")
    servers = broker.settings.bootstrap_servers
    installation.settings |= {
        "CRICKETS_KAFKA__BOOTSTRAP_SERVERS": servers,
        "CRICKETS_KAFKA__TRANSACTIONS": "false",  # the embedded broker has none
    }
    with installation.start("worker") as worker:
        log = installation.folder / "worker.log"
        eventually(lambda: "next try in" in log.read_text(), "it says that it waits")
        assert servers in log.read_text()
        broker.start()
        try:
            eventually(lambda: "topics are missing" in log.read_text(), "it says what is missing now")
            assert len(existing_topics(KafkaSettings(bootstrap_servers=servers))) == 0
            assert installation.run("topics").returncode == 0
            caught_up = "SELECT count() FROM crickets.watermarks FINAL WHERE stage = 'track'"
            eventually(lambda: installation.rows(caught_up) != [(0,)], "it works")
            assert worker.poll() is None
            assert "Traceback" not in log.read_text()
        finally:
            broker.stop()
