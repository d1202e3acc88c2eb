"""A webhook that could not be understood, from the topic to the list and back again, as an operator does it."""

import time
from pathlib import Path

import pytest

from pipeline.clickhouse import connect, migrate
from pipeline.embedded import EmbeddedBroker, EmbeddedEngine
from pipeline.kafka import BulkProducer, create_topics
from pipeline.settings import ClickHouseSettings, KafkaSettings
from schemas.topic import Topic
from schemas.webhook import Webhook
from tests.integration.conftest import Installation, eventually

pytestmark = pytest.mark.process

NONSENSE = "what nobody understands"


def test_what_was_redriven_is_worked_through_again(installation: Installation, tmp_path: Path) -> None:
    with EmbeddedEngine(tmp_path / "server") as engine, EmbeddedBroker(tmp_path / "broker") as broker:
        kafka = KafkaSettings(bootstrap_servers=broker.bootstrap_servers, partitions=1)
        create_topics(kafka)
        installation.settings |= {
            "CRICKETS_CLICKHOUSE__URL": engine.url,
            "CRICKETS_KAFKA__BOOTSTRAP_SERVERS": broker.bootstrap_servers,
            "CRICKETS_KAFKA__PARTITIONS": "1",
            "CRICKETS_KAFKA__TRANSACTIONS": "false",  # the embedded broker has none
            "CRICKETS_KAFKA__SESSION_TIMEOUT_SECONDS": "4",
            "CRICKETS_CLICKHOUSE__BATCH_SECONDS": "0.1",
        }
        with BulkProducer(kafka) as producer:
            webhook = Webhook(source="slack", received_at=time.time(), body=NONSENSE)
            producer.send(Topic.WEBHOOKS, b"slack:C1", webhook.wire())

        recorded = "SELECT dead_letter_id FROM crickets.dead_letters_now ORDER BY offset"

        def offsets() -> list[int]:
            return [int(row[0].rpartition("/")[2]) for row in installation.rows(recorded)]

        clickhouse = ClickHouseSettings(url=engine.url)
        migrate(connect(clickhouse, engine.url), clickhouse.database)
        with installation.start("worker"):
            eventually(lambda: offsets() == [0], "the letter is recorded")
            [first] = installation.json("dead-letters", "list")["letters"]
            done = installation.json("dead-letters", "redrive", first["dead_letter_id"])
            assert (done["redriven"], done["refused"]) == ([first["dead_letter_id"]], {})
            eventually(lambda: offsets() == [0, 1], "it is refused again, where it stands now")
            listed = installation.json("dead-letters", "list")
        assert (listed["open"], listed["redriven"], first["stage"]) == (1, 1, "normalise")
        [again] = listed["letters"]
        for fact in ("stage", "source", "reason", "field", "error"):
            assert again[fact] == first[fact]
        assert (again["offset"], again["redriven_at"]) == (1, None)
        log = (installation.folder / "worker.log").read_text()
        assert NONSENSE not in log and "Traceback" not in log
