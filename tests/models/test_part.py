"""A part tells exactly what changed, and keeps its bound."""

import copy
import pickle

from hypothesis import given
from hypothesis import strategies as st

from models.part import Part

WRITES = st.lists(st.tuples(st.sampled_from("abcdefgh"), st.integers(0, 3)), max_size=60)


@given(writes=WRITES, bound=st.one_of(st.none(), st.integers(1, 5)), every=st.integers(1, 7))
def test_the_changes_rebuild_the_part(writes: list[tuple[str, int]], bound: int | None, every: int) -> None:
    part, rebuilt = Part[int](max_keys=bound), dict[str, int | None]()
    for i, (key, value) in enumerate(writes):
        if value:
            part[key] = value
        else:
            part.pop(key, None)
        if i % every == 0:
            rebuilt.update(part.take_changes())
        assert bound is None or len(part) <= bound
    rebuilt.update(part.take_changes())
    assert {key: value for key, value in rebuilt.items() if value is not None} == part


def test_the_key_written_longest_ago_goes_reading_does_not_keep_it() -> None:
    part = Part[int]({"a": 1, "b": 2, "c": 3}, max_keys=3)
    part["a"] = 1
    assert part.get("b") == part["b"]
    part["d"] = 4
    assert part == {"c": 3, "a": 1, "d": 4}


def test_every_way_to_write_is_seen() -> None:
    part = Part[int]()
    part.update({"a": 1}, b=2)
    part |= {"c": 3}
    part.setdefault("d", 4)
    assert part.take_changes() == {"a": 1, "b": 2, "c": 3, "d": 4}
    part.popitem()
    part.pop("c")
    part.clear()
    assert part.take_changes() == {"a": None, "b": None, "c": None, "d": None}


def test_published_lists_are_copies() -> None:
    part = Part[list[float]]({"a": [1.0]})
    changes, everything = part.take_changes(), part.everything()
    part["a"][0] = 2.0
    assert changes == everything == {"a": [1.0]}


def test_copies_keep_bound_order_and_touched_keys() -> None:
    part = Part[int]({"a": 1, "b": 2}, max_keys=2)
    part.take_changes()
    part["a"] = 3
    for twin in (pickle.loads(pickle.dumps(part)), copy.deepcopy(part)):
        assert list(twin) == ["b", "a"]
        twin["c"] = 4
        assert twin == {"a": 3, "c": 4}
        assert twin.take_changes() == {"a": 3, "b": None, "c": 4}
    assert part.take_changes() == {"a": 3}
