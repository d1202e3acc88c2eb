"""Originals written again, on both brokers."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from clickhouse_connect.driver.client import Client
from kafka import KafkaAdminClient, KafkaProducer, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType

from pipeline.dead_letters import Letter, RedriveBrokenOffError, Wanted, find, redrive
from pipeline.dead_letters.rewrite import MOST_RECORDS
from pipeline.kafka import BrokerError, client_config, create_topics, topic_name
from pipeline.kafka.reader import Missing, PointReader, Standing
from pipeline.settings import Settings
from tests.pipeline.dead_letters.conftest import letter, write
from tests.pipeline.kafka.conftest import RestartedBroker

Recorded = Callable[..., list[Letter]]
WEBHOOK = (b"slack:C1", b"what somebody wrote")


def standing(settings: Settings, topic: str, offset: int, partition: int = 1) -> Standing | Missing:
    with PointReader(settings.kafka) as reader:
        return reader.read(topic, partition, offset)


def stand_there(settings: Settings, topic: str, number: int) -> bool:
    """Tell whether partition 1 has so many records, and no more."""
    last, beyond = (standing(settings, topic, offset) for offset in (number - 1, number))
    return isinstance(last, Standing) and isinstance(beyond, Missing)


def test_an_original_stands_again_in_its_partition_as_it_was(
    settings: Settings, client: Client, recorded: Recorded
) -> None:
    write(settings, "webhooks", WEBHOOK, (b"slack:C2", b"other"), headers=[("trace", b"1")])
    done = redrive(recorded(letter()), settings, client)
    assert (done.redriven, done.records, done.refused) == (["normalise/webhooks/1/0"], 1, {})
    first, again = standing(settings, "webhooks", 0), standing(settings, "webhooks", 2)
    assert isinstance(first, Standing) and isinstance(again, Standing)
    assert (
        (again.key, again.value, again.headers)
        == (first.key, first.value, first.headers)
        == (*WEBHOOK, (("trace", b"1"),))
    )
    assert again.written_at >= first.written_at
    assert stand_there(settings, "webhooks", 3)
    [noted] = find(client, settings.clickhouse.database, Wanted(redriven=True))
    assert noted.again_offset == 2 and noted.redriven_at is not None


def test_several_letters_of_one_original_write_it_once_and_a_second_run_not_at_all(
    embedded: Settings, client: Client, recorded: Recorded
) -> None:
    write(embedded, "events", WEBHOOK)
    letters = recorded(*(letter(stage, topic="events") for stage in ("track", "profile", "record")))
    done = redrive(letters, embedded, client)
    assert (len(done.redriven), done.records) == (3, 1)
    letters = find(client, embedded.clickhouse.database, Wanted(redriven=True))
    refused = redrive(letters, embedded, client).refused
    assert len(refused) == 3 and all("--all" in why for why in refused.values())
    assert stand_there(embedded, "events", 2)
    assert redrive(letters, embedded, client, again=True).records == 1
    assert stand_there(embedded, "events", 3)


def test_many_are_written_in_their_order_with_progress(settings: Settings, client: Client, recorded: Recorded) -> None:
    many = MOST_RECORDS + 5
    write(settings, "webhooks", *((b"slack:C1", b"%d" % number) for number in range(many)))
    told: list[tuple[str, int, int]] = []
    letters = recorded(*(letter(offset=offset) for offset in reversed(range(many))))
    done = redrive(letters, settings, client, report=lambda *progress: told.append(progress))
    assert done.records == many and told[-1] == ("redriving", many, many)
    for number in (0, 1, many - 1):
        again = standing(settings, "webhooks", many + number)
        assert isinstance(again, Standing) and again.value == b"%d" % number
    by_offset = {
        found.offset: found.again_offset for found in find(client, settings.clickhouse.database, Wanted(redriven=True))
    }
    assert by_offset == {number: many + number for number in range(many)}


def test_a_dry_run_says_the_same_and_writes_nothing(embedded: Settings, client: Client, recorded: Recorded) -> None:
    write(embedded, "webhooks", WEBHOOK)
    letters = recorded(letter(), letter(offset=77))
    done = redrive(letters, embedded, client, dry_run=True)
    assert done.redriven == ["normalise/webhooks/1/0"] and list(done.refused) == ["normalise/webhooks/1/77"]
    assert stand_there(embedded, "webhooks", 1)
    assert all(found.redriven_at is None for found in find(client, embedded.clickhouse.database, Wanted(redriven=True)))


def test_what_is_not_there_any_more_is_told_and_the_others_are_redriven(
    embedded: Settings, client: Client, recorded: Recorded
) -> None:
    write(embedded, "webhooks", WEBHOOK)
    letters = recorded(letter(), letter(offset=77), letter(partition=9), letter("replay", 3, topic="file.jsonl"))
    done = redrive(letters, embedded, client)
    assert done.redriven == ["normalise/webhooks/1/0"]
    assert "ends before offset 77" in done.refused["normalise/webhooks/1/77"]
    assert "no partition 9" in done.refused["normalise/webhooks/9/0"]
    assert "crickets replay" in done.refused["replay/file.jsonl/1/3"]


def test_a_record_that_was_written_after_the_letter_is_not_its_original(
    embedded: Settings, client: Client, recorded: Recorded
) -> None:
    later = int((datetime.now(UTC) + timedelta(minutes=30)).timestamp() * 1000)
    write(embedded, "webhooks", WEBHOOK, timestamp_ms=later)
    done = redrive(recorded(letter()), embedded, client)
    assert "written after the letter" in done.refused["normalise/webhooks/1/0"]
    assert stand_there(embedded, "webhooks", 1)


def test_an_older_version_never_becomes_the_last_one(embedded: Settings, client: Client, recorded: Recorded) -> None:
    write(embedded, "verdicts", (b"slack:C1:1", b"v1"), (b"slack:C1:1", b"v2"), (b"slack:C1:2", b"v1"))
    letters = recorded(*(letter("diagnose", offset, topic="verdicts", partition=0) for offset in (0, 1)))
    done = redrive(letters, embedded, client)
    assert done.redriven == ["diagnose/verdicts/0/1"]
    assert "stands at offset 1" in done.refused["diagnose/verdicts/0/0"]
    again = standing(embedded, "verdicts", 3, 0)
    assert isinstance(again, Standing) and again.value == b"v2"


def test_what_was_written_in_transactions_is_read_like_all_else(
    on_kafka: Settings, client: Client, recorded: Recorded
) -> None:
    name = topic_name(on_kafka.kafka, "verdicts")
    with KafkaProducer(**client_config(on_kafka.kafka), transactional_id=name) as producer:
        producer.init_transactions()
        for value, kept in ((b"v1", False), (b"v1", True)):  # each ends with a marker, which has an offset, too
            producer.begin_transaction()
            producer.send(name, key=b"slack:C1:1", value=value, partition=0).get(10)
            (producer.commit_transaction if kept else producer.abort_transaction)()
    letters = recorded(*(letter("diagnose", offset, topic="verdicts", partition=0) for offset in (0, 2)))
    done = redrive(letters, on_kafka, client)
    assert done.redriven == ["diagnose/verdicts/0/2"]
    assert "transaction was given up" in done.refused["diagnose/verdicts/0/0"]


def test_what_retention_has_deleted_is_told(on_kafka: Settings, client: Client, recorded: Recorded) -> None:
    write(on_kafka, "webhooks", WEBHOOK, WEBHOOK)
    with KafkaAdminClient(**client_config(on_kafka.kafka)) as admin:
        admin.delete_records({TopicPartition(topic_name(on_kafka.kafka, "webhooks"), 1): 1})
    done = redrive(recorded(letter(), letter(offset=1)), on_kafka, client)
    assert done.redriven == ["normalise/webhooks/1/1"]
    assert "retention has deleted it" in done.refused["normalise/webhooks/1/0"]


def test_a_record_that_the_topic_no_longer_takes_is_refused_alone(
    on_kafka: Settings, client: Client, recorded: Recorded
) -> None:
    write(on_kafka, "webhooks", (b"slack:C1", bytes(2_000)), WEBHOOK)
    with KafkaAdminClient(**client_config(on_kafka.kafka)) as admin:
        name = topic_name(on_kafka.kafka, "webhooks")
        admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, name, {"max.message.bytes": "1000"})])
    done = redrive(recorded(letter(), letter(offset=1)), on_kafka, client)
    assert done.redriven == ["normalise/webhooks/1/1"]
    assert "max.message.bytes" in done.refused["normalise/webhooks/1/0"]


def test_a_record_as_large_as_the_broker_takes_is_redriven(
    embedded: Settings, client: Client, recorded: Recorded
) -> None:
    write(embedded, "webhooks", (b"slack:C1", bytes(2_000_000)))
    assert redrive(recorded(letter()), embedded, client).redriven == ["normalise/webhooks/1/0"]


def test_without_a_broker_it_says_so(unconnected: Settings, client: Client, recorded: Recorded) -> None:
    with pytest.raises(BrokerError, match="CRICKETS_KAFKA__BOOTSTRAP_SERVERS"):
        redrive(recorded(letter()), unconnected, client)


def test_what_is_refused_anyway_needs_no_broker(unconnected: Settings, client: Client, recorded: Recorded) -> None:
    assert "replay" in redrive(recorded(letter("replay", topic="f")), unconnected, client).refused["replay/f/1/0"]


def test_a_broker_that_goes_away_on_the_way_leaves_noted_what_it_has(
    restarted: RestartedBroker,
    unconnected: Settings,
    client: Client,
    recorded: Recorded,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("pipeline.dead_letters.rewrite.TIMEOUT", 0.5)
    settings = unconnected.model_copy(update={"kafka": restarted.settings})
    create_topics(settings.kafka)
    write(settings, "webhooks", *[WEBHOOK] * (MOST_RECORDS + 1))
    letters = recorded(*(letter(offset=offset) for offset in range(MOST_RECORDS + 1)))

    def end_it(_: str, done: int, __: int) -> None:
        if done == MOST_RECORDS:  # the first of them are confirmed
            restarted.stop()

    with pytest.raises(RedriveBrokenOffError, match=f"{MOST_RECORDS} of {MOST_RECORDS + 1} dead letters were redriven"):
        redrive(letters, settings, client, report=end_it)
    [left] = find(client, settings.clickhouse.database, Wanted())
    assert left.offset == MOST_RECORDS
