"""What every worker knows: versions in order of their numbers, the directory as it was last told."""

from itertools import permutations
from typing import Any

import pytest

from agents.knowledge import Knowledge
from schemas.base import HOUR
from schemas.directory import Brief, Channel, Member
from schemas.expectation import ClosedUntil
from schemas.topic import Topic
from tests.factories.records import START, at
from tests.factories.taught import version

VERSIONS = {
    1: version(1, 100.0, values={"places": {"a": 1.0, "b": 2.0}, "mixture": {"w": 0.5}}),
    2: version(2, 200.0, full=False, values={"places": {"b": None, "c": 3.0}}),
    3: version(3, 300.0, full=False, values={"mixture": {"w": 0.7}}),
}
AT: dict[float, dict[str, Any]] = {
    99.9: {},
    100.0: {"places": {"a": 1.0, "b": 2.0}, "mixture": {"w": 0.5}},
    299.9: {"places": {"a": 1.0, "c": 3.0}, "mixture": {"w": 0.5}},
    1e9: {"places": {"a": 1.0, "c": 3.0}, "mixture": {"w": 0.7}},
}


def knowing(*values: bytes) -> Knowledge:
    known = Knowledge()
    for value in values:
        known.apply(Topic.EXPECTATIONS, value)
    return known


@pytest.mark.parametrize("order", [*permutations([1, 2, 3])], ids=str)
def test_versions_may_come_in_any_order_and_twice(order: tuple[int, ...]) -> None:
    known = knowing(*(VERSIONS[number] for number in (*order, *order)))
    assert known.latest.version == 3
    assert {as_of: known.at(as_of).values for as_of in AT} == AT


def test_a_version_waits_for_the_one_before_it() -> None:
    known = knowing(VERSIONS[1], VERSIONS[3])
    assert known.latest.version == 1
    known.apply(Topic.EXPECTATIONS, version(4, 400.0))  # not even a full one is skipped to
    assert known.latest.version == 1
    known.apply(Topic.EXPECTATIONS, VERSIONS[2])
    assert (known.latest.version, known.latest.values) == (4, {})  # a full one replaces everything


def test_who_starts_late_starts_at_the_first_full_version() -> None:
    changes = {n: version(n, n * 100.0, full=False, values={"places": {str(n): 1.0}}) for n in (63, 64, 66, 67)}
    full = version(65, 6500.0, values={"places": {"all": 9.0}})
    known = knowing(changes[63], changes[64])
    assert known.latest.version == 0
    known.apply(Topic.EXPECTATIONS, changes[66])
    known.apply(Topic.EXPECTATIONS, full)
    assert known.latest.version == 66
    assert known.places(6500.0) == {"all": 9.0}
    known.apply(Topic.EXPECTATIONS, changes[67])
    assert known.places(1e9) == {"all": 9.0, "66": 1.0, "67": 1.0}


def test_old_versions_go_but_enough_stay() -> None:
    known = knowing(*(version(n, n * 100.0, full=n == 1, values={"places": {"n": n}}) for n in range(1, 41)))
    oldest = 40 - known.kept + 1
    assert known.places(oldest * 100.0) == {"n": oldest}
    assert known.at(0.0).version == oldest


def test_what_is_known_is_ready_when_everything_before_it_was_learned_from() -> None:
    known = knowing(ClosedUntil(time=7200, version=0).wire())
    assert (known.ready(7200), known.ready(7201)) == (True, False)
    known.apply(Topic.EXPECTATIONS, ClosedUntil(time=3600, version=0).wire())
    assert known.ready(7200)


@pytest.mark.parametrize(("lag", "hours"), [(1, -1), (3, -3)])
def test_judging_asks_for_what_was_known_some_whole_epochs_ago(lag: int, hours: int) -> None:
    known = Knowledge(lag_epochs=lag)
    assert {known.as_of_for(START), known.as_of_for(START + HOUR - 1)} == {at(hours)}
    assert Knowledge(epoch_hours=6).as_of_for(at(0)) == at(-9)  # 09:00 is in the epoch of 06:00


def directory(*records: Member | Channel | Brief) -> Knowledge:
    known = Knowledge()
    for record in records:
        known.apply(Topic.DIRECTORY, record.wire())
    return known


def test_the_directory_answers_for_those_it_knows_and_for_the_others() -> None:
    channel = Channel(source="slack", conversation="C1", name="general", members=("ann",))
    known = directory(Member(member="ann", persona="sales"), Member(member="bot", bot=True), channel)
    assert (known.given_persona("ann"), known.given_persona("x")) == ("sales", None)
    assert (known.is_bot("bot"), known.is_bot("ann"), known.is_bot("x"), known.is_staff("x")) == (True, *[False] * 3)
    assert known.channel("slack", "C1") == channel
    assert (known.channel_name("slack", "C1"), known.channel_name("teams", "C1")) == ("general", "C1")
    assert known.brief("a") is known.channel("teams", "C1") is known.member("x") is None


def test_a_later_record_replaces_the_earlier_one() -> None:
    sales = Member(member="ann", persona="sales")
    known = directory(sales, Member(member="ben", persona="sales"), sales)
    assert (known.members_of_persona("sales"), known.personas()) == (2, ["sales"])
    known.learn_directory(Member(member="ann", persona="managers"))
    assert (known.members_of_persona("sales"), known.personas()) == (1, ["managers", "sales"])
    known.learn_directory(Member(member="ben", persona="sales", staff=True))
    assert (known.members_of_persona("sales"), known.personas(), known.is_staff("ben")) == (0, ["managers"], True)
    known = directory(Brief(asset_id="a", wiifm="x"), Brief(asset_id="a", title="new"))
    assert known.brief("a") == Brief(asset_id="a", title="new")


def test_staff_and_bots_are_no_learners_of_a_persona() -> None:
    known = directory(Member(member="s", persona="sales", staff=True), Member(member="b", persona="sales", bot=True))
    assert (known.members_of_persona("sales"), known.personas()) == (0, [])


def test_staff_with_a_persona_may_be_told_twice() -> None:
    staff = Member(member="sue", persona="sales", staff=True)
    known = Knowledge()
    for _ in range(2):
        known.learn_directory(staff)
    assert (known.is_staff("sue"), known.members_of_persona("sales")) == (True, 0)
