"""The judge of a round finds what it is to find, and calls it by its name."""

import json
from collections import Counter

import pytest

from tests.chaos.compare import compare
from tests.chaos.result import Result
from tests.chaos.story import Entry

LEDGER = {"e1": Entry("webhooks", 0, 0), "e2": Entry("webhooks", 0, 1)}
LETTERS = {"l1": Entry("webhooks", 0, 2)}


def result(responders: int = 2, **tables: dict[str, str]) -> Result:
    rows = {
        "events": {"e1": "{}", "e2": "{}"},
        "prompts": {"p1": json.dumps({"responders": responders, "p_zero": 0.1})},
        "dead_letters": {"l1": "{}"},
    }
    return Result(rows=rows | tables, state={"life p2": json.dumps({"version": 1})}, responders={"p1": responders})


def test_equal_results_have_no_differences() -> None:
    assert not compare(result(), result(), LEDGER, LETTERS)


def test_an_event_of_the_ledger_is_lost_even_when_both_runs_lost_it() -> None:
    broken = result(events={"e1": "{}"})
    found = compare(broken, broken, LEDGER, LETTERS)
    assert found.lost == ["events e2, written to webhooks[0]@1, has no row"]
    assert (found.doubled, found.different) == ([], [])


def test_a_dead_letter_that_is_missing_is_lost_and_one_too_many_is_doubled() -> None:
    found = compare(result(dead_letters={"l2": "{}"}), result(), LEDGER, LETTERS)
    assert found.lost == ["dead_letters l1, written to webhooks[0]@2, has no row"]
    assert [line.split(":")[0] for line in found.doubled] == ["dead_letters l2 should have no row"]


def test_two_rows_of_one_id_are_doubled() -> None:
    twice = result()
    twice.doubled.update({"events e1": 1})
    assert compare(twice, result(), LEDGER, LETTERS).doubled == ["events e1 has 2 rows"]


@pytest.mark.parametrize(("responders", "kind"), [(1, "lost"), (3, "doubled")])
def test_responders_are_counted_apart(responders: int, kind: str) -> None:
    found = compare(result(responders), result(), LEDGER, LETTERS)
    assert len(getattr(found, kind)) == 1
    assert found.different == [f"prompts p1: responders {responders} instead of 2"]


def test_the_last_bit_of_a_row_and_of_the_state_makes_a_difference() -> None:
    other = result(prompts={"p1": json.dumps({"responders": 2, "p_zero": 0.1 + 2**-56})})
    other.state["life p2"] = json.dumps({"version": 2})
    found = compare(other, result(), LEDGER, LETTERS)
    assert found.different == [
        "prompts p1: p_zero 0.10000000000000002 instead of 0.1",
        "state life p2: version 2 instead of 1",
    ]


def test_rows_and_state_that_the_undisturbed_run_has_not_are_told() -> None:
    more = result(prompts={"p1": result().rows["prompts"]["p1"], "p9": "{}"})
    more.state["life p9"] = "{}"
    found = compare(more, result(), LEDGER, LETTERS)
    assert len(found.doubled) == len(found.different) == 1
    fewer = compare(result(), more, LEDGER, LETTERS)
    assert fewer.lost == ["prompts p9 has no row"]
    assert fewer.different == ["state life p9: nothing instead of {}"]
    assert result().doubled == Counter()
