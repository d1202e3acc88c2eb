"""Records of many partitions, one order: whatever the arrival, epochs come out sorted, once, and only when complete."""

from hypothesis import given
from hypothesis import strategies as st

from agents.epochs import EpochBuffer

SOURCES = frozenset({("track", 0), ("track", 1)})


def buffer(*records: tuple[str, float]) -> EpochBuffer[str]:
    made: EpochBuffer[str] = EpochBuffer(SOURCES, 10.0)
    for offset, (identity, time) in enumerate(records):
        made.add(identity, time, offset, identity)
    return made


def closed(made: EpochBuffer[str]) -> list[tuple[float, list[str]]]:
    return [(end, [waiting.record for waiting in epoch]) for end, epoch in made.close()]


def pass_all(made: EpochBuffer[str], time: float) -> list[tuple[float, list[str]]]:
    for stage, partition in SOURCES:
        made.promise(stage, partition, time)
    return closed(made)


def test_an_epoch_is_given_out_when_the_slowest_source_has_passed_its_end() -> None:
    made = buffer(("a", 1), ("b", 11), ("c", 21))
    made.promise("track", 0, 100)
    assert closed(made) == []
    made.promise("track", 1, 19.9)
    assert closed(made) == [(10.0, ["a"])]
    made.promise("track", 1, 20)
    assert closed(made) == [(20.0, ["b"])]
    assert made.closed_until == 20


def test_within_an_epoch_time_decides_and_then_the_id() -> None:
    assert pass_all(buffer(("c", 5), ("z", 1), ("b", 5), ("a", 7)), 10) == [(10.0, ["z", "b", "c", "a"])]


def test_a_record_at_the_end_of_an_epoch_belongs_to_the_next_one() -> None:
    assert pass_all(buffer(("a", 10), ("b", 9.999)), 20) == [(10.0, ["b"]), (20.0, ["a"])]


def test_an_epoch_without_records_is_closed_all_the_same() -> None:
    made = buffer(("a", 1))
    assert pass_all(made, 55) == [(10.0, ["a"])]
    assert made.closed_until == 50


def test_what_belongs_to_a_closed_epoch_is_dropped() -> None:
    made = buffer(("a", 1))
    pass_all(made, 20)
    made.add("a", 1, 9, "a")
    made.add("late", 19, 10, "late")
    assert pass_all(made, 40) == []
    assert made.oldest_offset is None


def test_who_is_no_source_promises_nothing_and_no_promise_is_taken_back() -> None:
    made = buffer(("a", 1))
    made.promise("profile", 0, 100)
    made.promise("track", 7, 100)
    assert closed(made) == []
    assert pass_all(made, 10) == [(10.0, ["a"])]
    assert pass_all(made, 3) == []
    assert made.closable_until == 10


def test_the_oldest_offset_is_that_of_the_first_open_record() -> None:
    made = buffer(("a", 25), ("b", 5), ("c", 26), ("a", 25))
    assert made.oldest_offset == 0
    pass_all(made, 10)
    assert made.oldest_offset == 0
    pass_all(made, 30)
    assert made.oldest_offset is None


def test_a_restored_buffer_goes_on_where_the_other_stood() -> None:
    made = buffer()
    made.restore(20.0, {("track", 0): 25.0, ("track", 1): 40.0, ("gone", 3): 99.0})
    made.add("old", 19, 0, "old")
    made.add("new", 21, 1, "new")
    assert closed(made) == []
    made.promise("track", 0, 30)
    assert closed(made) == [(30.0, ["new"])]


@given(st.lists(st.tuples(st.text("abc", min_size=1), st.floats(0, 60)), unique_by=lambda r: r[0]), st.randoms())
def test_order_of_arrival_and_doublets_change_nothing(records: list[tuple[str, float]], random: object) -> None:
    shuffled = records * 2
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert pass_all(buffer(*shuffled), 60) == pass_all(buffer(*sorted(records)), 60)
