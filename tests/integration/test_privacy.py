"""No text, raw member id or secret anywhere but in `webhooks`, in a product with bugs that try to tell them."""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pipeline.clickhouse import connect
from pipeline.embedded import EmbeddedBroker, EmbeddedEngine
from pipeline.kafka import BulkProducer
from pipeline.settings import ClickHouseSettings, KafkaSettings
from pipeline.simulate.signature import signature_headers
from pipeline.topics import TOPICS
from schemas.erasure import ERASED
from schemas.event import Watermark
from schemas.ids import pseudonym
from schemas.topic import Topic
from schemas.webhook import Webhook
from tests.integration import left_behind
from tests.integration.buggy_process import IN_AN_AGENT, IN_THE_TRANSLATOR
from tests.integration.conftest import KEY, Installation, eventually
from tests.integration.test_live import SECRET, body_of, message, post, ready

pytestmark = pytest.mark.process

TEXT = "zebrafish7781"
MEMBERS = ("UASKS7781", "UHELPS7781", "UJOINS7781", "UEDITS7781", "BROBOT7781")
ASKS, HELPS, JOINS, EDITS, ROBOT = MEMBERS
ERASES = (HELPS, ASKS, JOINS)
"""Who is erased: one who responds, one who writes the prompts, one who gives feedback."""
COMPACTED = [
    spec.topic for spec in TOPICS if spec.config["cleanup.policy"] == "compact" and spec.topic != "expectations"
]
DIRECTORY = f"workspace,member,persona,staff\nT1,{HELPS},sales,no\nT1,{JOINS},,yes\n"


class Buggy(Installation):
    """An installation of a product with bugs."""

    def command(self, *arguments: str | Path) -> list[str]:
        python, flag, _, *others = super().command(*arguments)
        return [python, flag, "tests.integration.buggy_process", *others]


@dataclass(frozen=True)
class Kept:
    """What was kept of a run, and how many responders the prompts had."""

    topics: dict[str, list[Any]]  # by name without prefix
    tables: dict[str, bytes]
    logs: dict[str, bytes]
    came: int = 0

    @property
    def places(self) -> dict[str, bytes]:
        """Return all places by name."""
        topics = {f"topic {name}": left_behind.written(records) for name, records in self.topics.items()}
        return topics | self.tables | self.logs


def named(kept: Kept, *members: str) -> list[tuple[str, str]]:
    """Return where which members are named in what stays when topics are compacted; versions of expectations left out.

    These go when newer ones have taken their place.
    """
    latest = {topic: left_behind.written(left_behind.latest(kept.topics[topic])) for topic in COMPACTED}
    names = {member: pseudonym(KEY.encode(), "T1", member) for member in members}
    return [(topic, member) for member, name in names.items() for topic in left_behind.where(latest, holds=name)]


def events(now: float) -> Iterator[dict[str, Any]]:
    """Give what happens: prompts answered and not, and all that can go wrong, each with text and ids in it."""
    root, text = f"{now:.6f}", f"Who knows {TEXT}? Ask <@{HELPS}>"
    yield message(ASKS, now, text, blocks=[{"type": "rich_text", "text": text}], files=[{"name": f"{TEXT}.pdf"}])
    yield message(HELPS, now + 0.1, f"{TEXT}: me", thread_ts=root, parent_user_id=ASKS)
    reaction = {"type": "reaction_added", "reaction": "tada", "item_user": ASKS, "event_ts": f"{now + 0.2:.6f}"}
    yield reaction | {"user": HELPS, "item": {"type": "message", "channel": "C1", "ts": root}}
    yield {"type": "member_joined_channel", "user": JOINS, "channel": "C1", "channel_type": "C", "inviter": ASKS}
    old = message(ASKS, now, text)
    new = old | {"text": f"{text}!", "edited": {"user": EDITS, "ts": f"{now + 0.3:.6f}"}}
    edit = {"subtype": "message_changed", "message": new, "previous_message": old}
    yield message(EDITS, now + 0.3, **edit)
    yield message("", now + 0.4, text, subtype="bot_message", bot_id=ROBOT) | {"user": None}
    yield message(ASKS, now + 0.5, f"Nobody answers {TEXT}")
    yield message(ASKS, now + 0.6, f"{IN_THE_TRANSLATOR} {TEXT} {ASKS}")
    yield message(ASKS, now + 0.7, f"{TEXT} {ASKS} #asset:{IN_AN_AGENT}")
    yield {"type": f"{TEXT} said {ASKS}", "channel": "C1"}
    yield {"type": ASKS, "channel": "C1"}
    yield message(ASKS, now, text, subtype=f"{TEXT} {ASKS}")
    yield message(f"{ASKS} {TEXT}", now, text)
    yield message(ASKS, now, [text])  # type: ignore[arg-type]
    yield message(ASKS, now, text) | {"ts": TEXT}
    yield message(ASKS, now, text, metadata={"event_type": "crickets_asset", "event_payload": {"asset_id": [TEXT]}})


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, unused_tcp_port_factory: Any) -> Iterator[tuple[Kept, Kept]]:
    """Run gateway and worker on the events, erase three members, and return what was kept before and after."""
    folder, port = tmp_path_factory.mktemp("privacy"), unused_tcp_port_factory()
    with EmbeddedEngine(folder / "server") as engine, EmbeddedBroker(folder / "broker") as broker:
        kafka = KafkaSettings(bootstrap_servers=broker.bootstrap_servers, partitions=1, transactions=False)
        installation = Buggy(folder)
        installation.settings |= {
            "CRICKETS_CLICKHOUSE__URL": engine.url,
            "CRICKETS_CLICKHOUSE__BATCH_SECONDS": "0.1",
            "CRICKETS_KAFKA__BOOTSTRAP_SERVERS": broker.bootstrap_servers,
            "CRICKETS_KAFKA__PARTITIONS": "1",
            "CRICKETS_KAFKA__TRANSACTIONS": "false",  # the embedded broker has none
            "CRICKETS_KAFKA__SESSION_TIMEOUT_SECONDS": "4",
            "CRICKETS_SLACK__SIGNING_SECRET": SECRET,
            "CRICKETS_GATEWAY__PORT": str(port),
            "CRICKETS_PROMPTS__EVERY_ROOT": "true",
            "CRICKETS_JUDGE__HORIZON_DAYS": str(3 / 86_400),
            "CRICKETS_JUDGE__LATENESS_SECONDS": "1",
            "CRICKETS_POISON_TRIES": "1",
            "CRICKETS_LOG_LEVEL": "DEBUG",
        }
        (folder / "members.csv").write_text(DIRECTORY)
        for command in (["topics"], ["migrate"], ["directory", "load", folder / "members.csv"]):
            assert installation.run(*command).returncode == 0
        clickhouse = ClickHouseSettings(url=engine.url)
        client = connect(clickhouse, engine.url)
        with installation.start("gateway"), installation.start("worker"):
            eventually(lambda: ready(port), "the gateway is ready")
            for event in [*events(time.time() - 3 * 3600), *events(time.time())]:
                assert post(port, body_of(event))[0] == 200
            with BulkProducer(kafka) as producer:
                for broken in (TEXT.encode(), Webhook(source=f"{TEXT} {ASKS}", received_at=0, body="{}").wire()):
                    producer.send(Topic.WEBHOOKS, b"slack:C1", broken)
            forged = body_of(message(ASKS, time.time(), TEXT))
            assert post(port, forged, signature_headers("another", int(time.time()), forged))[0] == 401
            stages = "SELECT DISTINCT stage FROM crickets.dead_letters FINAL ORDER BY stage"
            eventually(lambda: installation.rows(stages) == [("normalise",), ("track",)], "the letters are recorded")
            ended = "SELECT DISTINCT status FROM crickets.prompts FINAL WHERE closed ORDER BY status"
            eventually(lambda: installation.rows(ended) == [("answered",), ("expired",)], "prompts run their course")
            [(silent,)] = installation.rows("SELECT min(anomaly_id) FROM crickets.anomalies FINAL")
            assert installation.run("feedback", silent, "confirmed", "--by", JOINS, "--workspace", "T1").returncode == 0
            eventually(lambda: installation.rows("SELECT * FROM crickets.feedback"), "feedback is recorded")
            names = {f"{kafka.prefix}{spec.topic}" for spec in TOPICS}

            def found() -> dict[str, list[Any]]:
                return asyncio.run(left_behind.topics(kafka))

            eventually(lambda: all(map(found().get, names)), "every topic has something")

            def kept() -> Kept:
                topics = {name.removeprefix(kafka.prefix): records for name, records in found().items()}
                came = "SELECT sum(responders) FROM crickets.prompts FINAL"
                [(responders,)] = installation.rows(came)
                stored = left_behind.tables(client, clickhouse.database)
                return Kept(topics, stored, left_behind.logs(folder), responders)

            before = kept()
            for member in ERASES:
                assert installation.run("erase", member, "--workspace", "T1", "--yes").returncode == 0
            assert post(port, body_of(message(HELPS, time.time(), f"{TEXT}, again")))[0] == 200
            again = f"SELECT count() FROM crickets.events WHERE author = '{ERASED}' AND time > now() - 60"
            eventually(lambda: installation.rows(again) >= [(1,)], "what they do later is recorded without a name")
            with BulkProducer(kafka) as producer:  # `learn` and `watch` forget at the end of an epoch: let it end
                producer.send(Topic.WEBHOOKS, b"watermark", Watermark(time=time.time() + 4 * 3600).wire(), 0)
            eventually(lambda: not named(kept(), *ERASES), "all that is compacted has forgotten them")
            after = kept()
        client.close()
        yield before, after


@pytest.fixture(scope="module")
def kept(run: tuple[Kept, Kept]) -> Kept:
    """Return what was kept before anybody was erased."""
    return run[0]


@pytest.mark.parametrize("said", [TEXT, *MEMBERS])
def test_texts_and_ids_are_kept_in_the_webhooks_alone(kept: Kept, said: str) -> None:
    assert left_behind.where(kept.places, holds=said) == ["topic webhooks"]


@pytest.mark.parametrize("secret", [SECRET, KEY])
def test_secrets_are_kept_nowhere(kept: Kept, secret: str) -> None:
    assert left_behind.where(kept.places, holds=secret) == []


@pytest.mark.parametrize("member", ERASES)
def test_an_erased_member_is_in_no_table_and_no_log(run: tuple[Kept, Kept], member: str) -> None:
    before, after = run
    name = pseudonym(KEY.encode(), "T1", member)
    assert left_behind.where(before.tables, holds=name), "it would prove nothing"
    assert left_behind.where(after.tables, holds=name) == []
    assert left_behind.where(after.logs, holds=member) == []
    assert after.came == before.came > 0, "what they did counts on"


def test_an_erased_member_is_nowhere_in_what_is_remembered(run: tuple[Kept, Kept]) -> None:
    before, after = run
    for member, topics in {
        HELPS: {"directory", "changelog-track", "changelog-profile"},
        ASKS: {"changelog-track", "changelog-profile", "changelog-learn"},
        JOINS: {"directory", "feedback", "anomalies"},
    }.items():
        assert topics <= {topic for topic, _ in named(before, member)}, "it would prove nothing"
    assert named(after, *ERASES) == []


def test_who_wrote_a_silent_prompt_and_who_gave_feedback_is_not_even_remembered_before(kept: Kept) -> None:
    asks, joins = (pseudonym(KEY.encode(), "T1", member).encode() for member in (ASKS, JOINS))
    assert asks in left_behind.written(kept.topics["verdicts"]), "it would prove nothing"
    assert any(record.key.startswith(b"case ") for record in kept.topics["changelog-diagnose"])
    assert any(record.key.startswith(b"heard ") for record in kept.topics["changelog-diagnose"])
    explained = left_behind.written(kept.topics["changelog-diagnose"])
    assert asks not in explained and joins not in explained
    assert asks not in left_behind.written(kept.topics["anomalies"])


def test_what_an_erased_member_does_later_has_no_name(run: tuple[Kept, Kept]) -> None:
    _, after = run
    events = after.topics["events"]
    erased = next(n for n, record in enumerate(events) if record.key == b"erased")
    later = left_behind.written(events[erased:])
    assert ERASED.encode() in later
    assert pseudonym(KEY.encode(), "T1", HELPS).encode() not in later


def test_what_was_looked_through_is_what_is_kept(kept: Kept) -> None:
    asks, helps = (pseudonym(KEY.encode(), "T1", member) for member in (ASKS, HELPS))
    told = {"topic outcomes", "prompts.author", "topic changelog-learn"}
    assert told <= set(left_behind.where(kept.places, holds=asks))
    came = {"topic events", "events.author", "topic changelog-track", "topic directory"}
    assert came <= set(left_behind.where(kept.places, holds=helps))
    raised = kept.tables["dead_letters.traceback"]
    assert b"buggy_process.py" in raised and b"ValueError" in raised
    assert b"DEBUG" in b"".join(kept.logs.values())
