from agents.effects import Record
from pipeline.clickhouse.buffer import Buffer


def records(*offsets: int) -> list[Record]:
    return [Record("events", 0, offset, None, b"") for offset in offsets]


def test_nothing_is_never_due() -> None:
    buffer = Buffer(rows=1, seconds=1)
    buffer.add("events", 0, [], now=0)
    assert not buffer.due(now=1e9)
    assert buffer.take() == []


def test_enough_rows_are_due_at_once() -> None:
    buffer = Buffer(rows=3, seconds=60)
    buffer.add("events", 0, records(0, 1), now=0)
    assert not buffer.due(now=0)
    buffer.add("outcomes", 0, records(0), now=0)
    assert buffer.due(now=0)


def test_the_oldest_decides_how_long_to_wait() -> None:
    buffer = Buffer(rows=100, seconds=10)
    buffer.add("events", 0, records(0), now=5)
    buffer.add("events", 0, records(1), now=14)
    assert not buffer.due(now=14.9)
    assert buffer.due(now=15)


def test_records_of_a_partition_come_out_together_and_count_until_they_are_inserted() -> None:
    buffer = Buffer(rows=100, seconds=10)
    buffer.add("events", 0, records(0), now=0)
    buffer.add("events", 1, records(7), now=0)
    buffer.add("events", 0, records(1), now=0)
    taken = buffer.take()
    assert [(w.topic, w.partition, [r.offset for r in w.records]) for w in taken] == [
        ("events", 0, [0, 1]),
        ("events", 1, [7]),
    ]
    assert buffer.waiting == 3 and not buffer.due(now=100)
    buffer.inserted(taken)
    assert buffer.waiting == 0


def test_what_is_put_back_comes_before_what_came_since() -> None:
    buffer = Buffer(rows=100, seconds=10)
    buffer.add("events", 0, records(0, 1), now=0)
    taken = buffer.take()
    buffer.add("events", 0, records(2), now=1)
    buffer.put_back(taken, now=2)
    assert buffer.waiting == 3
    [waiting] = buffer.take()
    assert [record.offset for record in waiting.records] == [0, 1, 2]


def test_clear_forgets() -> None:
    buffer = Buffer(rows=1, seconds=1)
    buffer.add("events", 0, records(0), now=0)
    buffer.clear()
    assert buffer.waiting == 0 and not buffer.due(now=100)
