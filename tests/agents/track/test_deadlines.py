"""The index of deadlines gives out what is due, in order, whatever was scheduled when."""

from hypothesis import given
from hypothesis import strategies as st

from agents.track.deadlines import SLOT, Deadlines
from agents.track.state import NEVER, Life

MOMENTS = st.one_of(st.floats(0, 20 * SLOT), st.integers(0, 20).map(lambda n: n * SLOT))


@given(st.lists(st.tuples(MOMENTS, st.one_of(st.none(), MOMENTS), MOMENTS), max_size=40))
def test_it_is_what_a_sorted_list_would_be(steps: list[tuple[float, float | None, float]]) -> None:
    """Each step schedules a new prompt, perhaps brings it forward, then lets time pass."""
    deadlines, expected, now = Deadlines(), dict[str, float](), 0.0
    for n, (due, earlier, until) in enumerate(steps):
        life = Life(f"p{n}")
        deadlines.schedule(life, due)
        deadlines.schedule(life, due if earlier is None else earlier)
        expected[life.prompt_id] = due if earlier is None else min(due, earlier)
        assert deadlines.next <= min(expected.values())
        now = max(now, until)
        found = []
        while (popped := deadlines.pop(now)) is not None:
            assert popped[1].due == NEVER, "it must be scheduled anew"
            found.append((popped[0], popped[1].prompt_id))
        assert found == sorted((moment, name) for name, moment in expected.items() if moment <= now)
        expected = {name: moment for name, moment in expected.items() if moment > now}
        assert now < deadlines.next <= min(expected.values(), default=NEVER)


def test_what_is_scheduled_while_time_passes_is_given_out_in_its_place() -> None:
    deadlines, first, second = Deadlines(), Life("a"), Life("b")
    deadlines.schedule(first, 10.0)
    deadlines.schedule(second, 3 * SLOT)
    order = []
    while (popped := deadlines.pop(10 * SLOT)) is not None:
        order.append((popped[0], popped[1].prompt_id))
        if len(order) < 4 and popped[1] is first:
            deadlines.schedule(first, popped[0] + SLOT)
    assert order == [(10.0, "a"), (10 + SLOT, "a"), (10 + 2 * SLOT, "a"), (3 * SLOT, "b"), (10 + 3 * SLOT, "a")]


def test_a_prompt_that_was_removed_is_not_due() -> None:
    deadlines, early, late = Deadlines(), Life("early"), Life("late")
    deadlines.schedule(early, 1.0)
    deadlines.schedule(late, 5 * SLOT)
    assert deadlines.pop(0.5) is None
    early.due = late.due = NEVER
    assert deadlines.pop(10 * SLOT) is None
    assert deadlines.next == NEVER
