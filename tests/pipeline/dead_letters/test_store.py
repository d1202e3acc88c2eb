"""What `list` asks of ClickHouse."""

from collections.abc import Callable

from clickhouse_connect.driver.client import Client

from pipeline.dead_letters import Group, Letter, Wanted, count, find, groups, named
from pipeline.dead_letters.store import note
from pipeline.settings import Settings
from tests.pipeline.dead_letters.conftest import letter

Recorded = Callable[..., list[Letter]]


def test_a_letter_comes_back_as_it_was_put_aside(client: Client, unconnected: Settings, recorded: Recorded) -> None:
    sent = letter(
        "track", 7, topic="events", time=1_748_253_600.5, tries=3, traceback="a.py:1 in f\nKeyError", field="x"
    )
    recorded(sent)
    [(dead_letter_id, found)] = named(
        client, unconnected.clickhouse.database, ["track/events/1/7", "no/such/0/1"]
    ).items()
    assert dead_letter_id == found.dead_letter_id == sent.dead_letter_id
    for name in ("stage", "source", "reason", "field", "error", "tries", "traceback", "topic", "partition", "offset"):
        assert getattr(found, name) == getattr(sent, name)
    assert found.event_time is not None and found.event_time.timestamp() == sent.time
    assert found.put_aside_at.tzinfo is not None
    assert found.redriven_at is None and found.again_offset is None


def test_without_an_event_time_it_still_says_when_it_was_put_aside(recorded: Recorded, client: Client) -> None:
    [found] = recorded(letter())
    assert found.event_time is None
    [(now,)] = client.query("SELECT now('UTC')").result_rows
    assert abs((now - found.put_aside_at).total_seconds()) < 600


def test_filters_narrow_down_and_reasons_are_counted_the_most_frequent_first(
    client: Client, unconnected: Settings, recorded: Recorded
) -> None:
    database = unconnected.clickhouse.database
    recorded(
        letter("track", 1, topic="events", error="KeyError", reason="raised"),
        *(letter("normalise", offset) for offset in (2, 3, 3)),
        letter("replay", 4, topic="export.jsonl", source="archive"),
    )

    def ids(**words: str) -> set[str]:
        return {found.dead_letter_id for found in find(client, database, Wanted(**words))}

    assert ids(stage="normalise") == {"normalise/webhooks/1/2", "normalise/webhooks/1/3"}
    assert ids(topic="events") == ids(error="KeyError") == {"track/events/1/1"}
    assert ids(source="archive") == ids(topic="export.jsonl", stage="replay") == {"replay/export.jsonl/1/4"}
    assert ids(stage="normalise", source="archive") == set()
    assert len(find(client, database, Wanted(), limit=2)) == 2
    found = groups(client, database, Wanted())
    assert (found[0].stage, found[0].reason, found[0].letters) == ("normalise", "no ts", 2)
    assert all(isinstance(group, Group) for group in found) and len(found) == 3
    assert count(client, database, Wanted()) == (4, 0)
    assert count(client, database, Wanted(stage="track")) == (1, 0)


def test_the_newest_come_first(client: Client, unconnected: Settings, recorded: Recorded) -> None:
    database = unconnected.clickhouse.database
    recorded(letter(offset=1))
    for offset, seconds in ((2, 60), (3, -60)):
        client.command(
            f"INSERT INTO {database}.dead_letters (stage, topic, partition, offset, recorded_at) "
            f"VALUES ('normalise', 'webhooks', 1, {offset}, now() + {seconds})"
        )
    assert [found.offset for found in find(client, database, Wanted())] == [2, 1, 3]


def test_a_redriven_original_closes_all_its_letters(client: Client, unconnected: Settings, recorded: Recorded) -> None:
    database = unconnected.clickhouse.database
    recorded(letter("track", topic="events"), letter("record", topic="events"), letter("track", 1, topic="events"))
    note(client, database, [(("events", 1, 0), 9)])
    assert [found.offset for found in find(client, database, Wanted())] == [1]
    assert count(client, database, Wanted()) == (1, 2)
    again = [found for found in find(client, database, Wanted(redriven=True)) if found.redriven_at]
    assert [(found.offset, found.again_offset) for found in again] == [(0, 9), (0, 9)]
    assert sum(group.letters for group in groups(client, database, Wanted())) == 1


def test_a_letter_put_aside_after_the_redrive_is_another_one(
    client: Client, unconnected: Settings, recorded: Recorded
) -> None:
    database = unconnected.clickhouse.database
    client.command(f"INSERT INTO {database}.redrives VALUES ('webhooks', 1, 0, 9, now() - 5)")
    recorded(letter())
    assert [found.redriven_at for found in find(client, database, Wanted())] == [None]
