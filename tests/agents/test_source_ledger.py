"""What is told of sources: each hole goes down, over, filled; once each, in whatever steps time passes."""

import pytest

from agents.effects import Send
from agents.source_ledger import SourceLedger
from models.source_clock import SourceClock
from schemas.base import HOUR
from schemas.source_health import SourceHealth

WEEKS = 4
START = WEEKS * 168
LAST = START - 1


def busy() -> SourceClock:
    clock = SourceClock()
    for hour in range(START):
        clock.learn_one("slack|T1", hour * HOUR, 30, (hour + 0.9) * HOUR)
    return clock


def look(ledger: SourceLedger, clock: SourceClock, hour: float) -> list[SourceHealth]:
    said = list(ledger.look(clock, hour * HOUR))
    assert all(isinstance(send, Send) and isinstance(send.value, SourceHealth) for send in said)
    return [send.value for send in said]  # type: ignore[misc]


def test_it_is_told_once_that_a_source_is_down_with_what_that_rests_on() -> None:
    ledger, clock = SourceLedger(), busy()
    assert [told for hour in range(START, START + 20) for told in look(ledger, clock, hour)] == []
    told = [told for hour in range(START + 20, START + 60) for told in look(ledger, clock, hour)]
    [down] = told
    assert (down.source, down.workspace, down.state, down.version) == ("slack", "T1", "down", 1)
    assert (down.since, down.until) == (START * HOUR, None)
    assert down.last_event == (LAST + 0.9) * HOUR
    assert down.usual == pytest.approx(30 * WEEKS / (WEEKS + 1), rel=0.05)
    assert down.p_zero < clock.down <= clock.p_zero("slack|T1", down.since, down.time - HOUR)


@pytest.mark.parametrize("looks", [range(START, START + 60), [START + 59]], ids=["often", "once"])
def test_however_often_it_is_looked_the_same_is_told(looks: list[int]) -> None:
    ledger, clock = SourceLedger(), busy()
    told = [told for hour in looks for told in look(ledger, clock, hour)]
    clock.learn_one("slack|T1", (START + 60) * HOUR, 30)
    told += look(ledger, clock, START + 61)
    assert [(one.state, one.version, one.until) for one in told] == [
        ("down", 1, None),
        ("over", 2, (START + 60) * HOUR),
    ]
    for hour in range(START, START + 60):
        clock.fill_one("slack|T1", hour * HOUR, 30)
    [filled] = look(ledger, clock, START + 63)
    assert (filled.state, filled.version, filled.since, filled.until) == (
        "filled",
        3,
        START * HOUR,
        (START + 60) * HOUR,
    )
    assert filled.time == (START + 63) * HOUR
    assert look(ledger, clock, START + 64) == []


def test_what_is_left_of_a_hole_is_told_as_one_of_its_own() -> None:
    ledger, clock = SourceLedger(), busy()
    clock.learn_one("slack|T1", (START + 100) * HOUR, 30)
    assert [one.state for one in look(ledger, clock, START + 101)] == ["over"]
    clock.fill_one("slack|T1", (START + 50) * HOUR, 30)
    told = {one.since / HOUR - START: (one.state, one.until) for one in look(ledger, clock, START + 102)}
    assert told == {0: ("over", (START + 50) * HOUR), 51: ("over", (START + 100) * HOUR)}


def test_what_was_told_survives_and_is_forgotten_with_the_hole() -> None:
    ledger, clock = SourceLedger(), busy()
    look(ledger, clock, START + 59)
    heir = SourceLedger(ledger.told)
    assert look(heir, clock, START + 60) == []
    for hour in range(START + 60, START + 60 + 24 * 70):
        clock.learn_one("slack|T1", hour * HOUR, 30)
    assert [one.state for one in look(heir, clock, START + 61)] == ["over"]
    clock.holes["slack|T1"] = []
    assert look(heir, clock, START + 60 + 24 * 70) == []
    assert heir.told == {"slack|T1": {}}


def test_what_comes_late_while_nothing_new_comes_ends_a_hole() -> None:
    ledger, clock = SourceLedger(), busy()
    assert [one.state for one in look(ledger, clock, START + 59)] == ["down"]
    clock.fill_one("slack|T1", (START + 2) * HOUR, 30)
    told = look(ledger, clock, START + 59)
    assert [(one.state, one.since / HOUR - START) for one in told] == [("down", 3), ("filled", 0)]


def test_a_source_that_is_forgotten_is_told_of_no_more() -> None:
    ledger, clock = SourceLedger(), busy()
    look(ledger, clock, START + 59)
    del clock.seen["slack|T1"]
    assert look(ledger, clock, START + 60) == []
    assert ledger.told == {}
