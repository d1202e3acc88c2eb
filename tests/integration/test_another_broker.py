"""Whoever was erased stays erased on a broker that never heard of it."""

import asyncio
import time
from pathlib import Path

import pytest

from pipeline.clickhouse import connect
from pipeline.embedded import EmbeddedBroker, EmbeddedEngine
from pipeline.kafka import BulkProducer
from pipeline.settings import ClickHouseSettings, KafkaSettings
from schemas.erasure import ERASED, digest
from schemas.ids import pseudonym
from schemas.topic import Topic
from schemas.webhook import Webhook
from tests.integration import left_behind
from tests.integration.conftest import KEY, Installation, eventually
from tests.integration.test_live import body_of, message
from tests.servers.fault_proxy import FaultProxy

pytestmark = pytest.mark.process

GONE, STAYS = "UGONE7781", "USTAYS7781"


async def test_a_worker_knows_from_the_tables_who_is_erased_and_waits_for_them(tmp_path: Path) -> None:
    gone, stays = (pseudonym(KEY.encode(), "T1", member) for member in (GONE, STAYS))
    with EmbeddedEngine(tmp_path / "server") as engine, EmbeddedBroker(tmp_path / "broker") as broker:
        kafka = KafkaSettings(bootstrap_servers=broker.bootstrap_servers, partitions=1, transactions=False)
        installation = Installation(tmp_path)
        installation.settings |= {
            "CRICKETS_CLICKHOUSE__URL": engine.url,
            "CRICKETS_CLICKHOUSE__BATCH_SECONDS": "0.1",
            "CRICKETS_KAFKA__BOOTSTRAP_SERVERS": broker.bootstrap_servers,
            "CRICKETS_KAFKA__PARTITIONS": "1",
            "CRICKETS_KAFKA__TRANSACTIONS": "false",  # the embedded broker has none
            "CRICKETS_KAFKA__SESSION_TIMEOUT_SECONDS": "4",
        }
        for command in ("topics", "migrate"):
            assert installation.run(command).returncode == 0
        client = connect(ClickHouseSettings(url=engine.url), engine.url)
        client.insert("erasures", [(digest(gone),)], column_names=["digest"], database="crickets")
        client.close()
        with BulkProducer(kafka) as producer:
            for member in (GONE, STAYS):
                body = body_of(message(member, time.time())).decode()
                producer.send(
                    Topic.WEBHOOKS, b"slack:C1", Webhook(source="slack", received_at=time.time(), body=body).wire()
                )
        async with FaultProxy(engine.url) as proxy:
            await proxy.down()
            installation.settings["CRICKETS_CLICKHOUSE__URL"] = proxy.url
            with installation.start("worker"):
                said = (tmp_path / "worker.log").read_text
                await asyncio.to_thread(eventually, lambda: "next try in" in said(), "ClickHouse is not there")
                await proxy.up()
                authors = "SELECT author FROM crickets.events FINAL ORDER BY time"
                both = [(ERASED,), (stays,)]
                await asyncio.to_thread(eventually, lambda: installation.rows(authors) == both, "both are recorded")
        topics = await left_behind.topics(kafka)
    written = {topic: left_behind.written(records) for topic, records in topics.items()}
    assert left_behind.where(written, holds=stays), "it would prove nothing"
    assert left_behind.where(written, holds=gone) == []
