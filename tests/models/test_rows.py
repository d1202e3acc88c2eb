"""Rows: what is kept gives the same sums, bit for bit, as what is looked up each time."""

from hypothesis import given
from hypothesis import strategies as st

from models.part import Part
from models.pickles import dumps, loads
from models.rows import Rows

NUMBERS = st.floats(-1e3, 1e3)
LISTS = st.dictionaries(st.sampled_from("abcdefgh"), st.lists(NUMBERS, min_size=3, max_size=3))
ASKED = st.lists(st.dictionaries(st.sampled_from("abcdefghij"), NUMBERS), max_size=5)


@given(LISTS, ASKED)
def test_kept_rows_give_the_sums_of_plain_addition(
    lists: dict[str, list[float]], asked: list[dict[str, float]]
) -> None:
    kept, learned = Rows(lists), Rows(Part(lists))
    for x in asked:
        known = [feature for feature in x if feature in lists]
        expected = None
        for feature in known:
            products = [weight * x[feature] for weight in lists[feature]]
            expected = products if expected is None else [a + b for a, b in zip(expected, products, strict=True)]
        assert kept.weighted(x) == learned.weighted(x) == expected


def test_more_rows_than_there_was_room_for() -> None:
    lists = {f"f{n}": [float(n), 1.0] for n in range(1_000)}
    rows = Rows(lists)
    for n in range(1_000):
        assert rows.weighted({f"f{n}": 2.0}) == [2.0 * n, 2.0]
    assert rows.weighted(dict.fromkeys(lists, 1.0)) == [sum(range(1_000)), 1_000.0]


def test_what_is_still_learned_into_is_looked_up_each_time() -> None:
    part = Part({"a": [1.0]})
    rows = Rows(part)
    assert rows.weighted({"a": 1.0}) == [1.0]
    part["a"][0] = 5.0
    assert rows.weighted({"a": 1.0}) == [5.0]


def test_a_pickle_holds_the_lists_alone() -> None:
    rows = Rows({"a": [1.0, 2.0]})
    rows.weighted({"a": 1.0})
    assert loads(dumps(rows)).weighted({"a": 3.0}) == [3.0, 6.0]
