"""Snapshots: what is acknowledged is in one, a torn one is not believed, and nothing is taken twice or lost."""

import json
from collections.abc import Iterable, Iterator, Sequence
from random import Random

import pytest

from agents import sequenced
from agents.body import RecordError
from agents.effects import Effect, Record, Send
from agents.sequenced import Sequenced, SnapshotError
from schemas.event import EVENT, MessagePosted, Watermark
from schemas.topic import Topic
from tests.factories.records import START, mark, post, records, tell

SOURCES = frozenset({("source", 0)})


class Remember(Sequenced[MessagePosted]):
    """The smallest agent there can be: it remembers what it took, in order."""

    def __init__(self, snapshot_every: int = 1) -> None:
        super().__init__(EVENT, "remember", SOURCES, 3600.0, snapshot_every)
        self.taken: list[str] = []

    def identity(self, record: MessagePosted) -> tuple[str, float]:
        return record.event_id, record.time

    def take(self, end: float, records: Iterable[MessagePosted]) -> Iterator[Effect]:
        self.taken += [record.message for record in records]
        yield Send(Topic.OBSERVATIONS, key="taken", value=Watermark(time=end, stage="taken"))

    def passed(self, until: float) -> Iterator[Effect]:
        yield Send(Topic.OBSERVATIONS, key="passed", value=Watermark(time=until, stage="passed"))

    def dump(self) -> bytes:
        noise = Random(1).randbytes(300)  # what cannot be compressed, so that there are several chunks
        return json.dumps([self.taken, noise.hex()]).encode()

    def restore(self, state: bytes) -> None:
        self.taken = json.loads(state)[0]


LOG = records(
    [post("b", hours=0.2), post("a", hours=0.1), mark(1), post("c", hours=1.5), post("d", hours=2.5), mark(3)]
)


def snapshot(log: Sequence[Record]) -> tuple[Remember, dict[str, bytes]]:
    agent = Remember()
    tell(agent, log)
    return agent, kept({}, agent.take_changes())


def kept(changelog: dict[str, bytes], changes: dict[str, bytes | None]) -> dict[str, bytes]:
    """Return what the changelog holds after some changes."""
    return {key: value for key, value in (changelog | changes).items() if value is not None}


def loaded(changelog: dict[str, bytes]) -> Remember:
    agent = Remember()
    agent.load(changelog)
    agent.ready()
    return agent


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sequenced, "CHUNK", 100)


def test_epochs_are_taken_in_order_and_then_passed_on() -> None:
    agent = Remember()
    told = [(value.stage, value.time - START) for value in tell(agent, LOG).values if isinstance(value, Watermark)]
    assert agent.taken == ["a", "b", "c", "d"]
    assert told == [("taken", 3600), ("taken", 7200), ("taken", 10800), ("passed", 10800)]


def test_a_broken_record_is_refused_by_its_stage() -> None:
    [letter] = tell(Remember(), records([b"{"])).values
    assert letter.stage == "remember"  # type: ignore[attr-defined]


def test_no_snapshot_before_it_is_due() -> None:
    agent = Remember(snapshot_every=4)
    tell(agent, LOG[:3])
    assert (agent.take_changes(), agent.durable) == ({}, -1)
    tell(agent, LOG[3:4])
    assert agent.take_changes() != {}
    assert agent.take_changes() == {}


def test_who_is_idle_makes_one_however_little_there_is_but_none_of_nothing() -> None:
    agent = Remember(snapshot_every=100)
    agent.idle()
    assert agent.take_changes() == {}
    tell(agent, LOG[:3])
    agent.idle()
    assert "head" in agent.take_changes()
    tell(agent, LOG[3:])
    assert agent.take_changes() == {}  # no longer idle


def test_one_that_is_to_come_soon_comes_with_the_next_changes() -> None:
    agent = Remember(snapshot_every=100)
    tell(agent, LOG)
    agent.snapshot_soon()
    assert "head" in agent.take_changes()
    assert agent.take_changes() == {}


@pytest.mark.parametrize(("length", "durable"), [(1, -1), (2, -1), (3, 2), (4, 2), (5, 2), (6, 5)])
def test_the_durable_offset_never_passes_a_record_of_an_open_epoch(length: int, durable: int) -> None:
    assert snapshot(LOG[:length])[0].durable == durable


def test_slots_take_turns_and_the_head_comes_after_the_chunks_and_before_the_old_ones_go() -> None:
    agent, first = snapshot(LOG[:3])
    tell(agent, LOG[3:])
    second = agent.take_changes()
    new, old = [key for key in second if second[key] is not None], [key for key in second if second[key] is None]
    assert [list(changes)[-1] for changes in (first, new)] == ["head", "head"]
    assert len(first) > 3
    assert not first.keys() & set(new) - {"head"}
    assert list(second) == [*new, *old] and set(old) == first.keys() - {"head"}
    heir = loaded(first)
    tell(heir, LOG[3:])
    assert heir.take_changes().keys() == second.keys()  # nor does an heir write over what it was loaded from


def test_nothing_of_an_older_snapshot_stays_however_large_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sequenced, "CHUNK", 20)
    agent, changelog = snapshot(LOG[:3])
    monkeypatch.setattr(sequenced, "CHUNK", 100)
    for heir in (agent, loaded(changelog)):
        tell(heir, LOG[3:])
        after = kept(changelog, heir.take_changes())
        assert {key[0] for key in after.keys() - {"head"}} == {"a"} != {key[0] for key in changelog.keys() - {"head"}}
        assert loaded(after).taken == ["a", "b", "c", "d"]


@pytest.mark.parametrize("cut", range(1, len(LOG)))
def test_what_was_not_durable_comes_again_and_is_taken_once(cut: int) -> None:
    agent, changelog = snapshot(LOG[:cut])
    for again in (0, agent.durable + 1):
        heir = loaded(changelog)
        tell(heir, LOG[again:])
        assert heir.taken == ["a", "b", "c", "d"]


def test_a_torn_snapshot_is_not_believed_the_one_before_is() -> None:
    agent, changelog = snapshot(LOG[:3])
    tell(agent, LOG[3:])
    torn = list(agent.take_changes().items())
    head = [key for key, _ in torn].index("head")
    for length in range(len(torn) + 1):  # up to the head it is missing, whatever else was written
        taken = ["a", "b"] if length <= head else ["a", "b", "c", "d"]
        assert loaded(kept(changelog, dict(torn[:length]))).taken == taken


def test_a_damaged_snapshot_is_an_error() -> None:
    _, changelog = snapshot(LOG)
    chunk = next(key for key in changelog if key != "head")
    with pytest.raises(SnapshotError, match="remember is damaged"):
        loaded(changelog | {chunk: changelog[chunk][::-1]})
    with pytest.raises(SnapshotError, match="delete the records of topic changelog-remember"):
        loaded({key: value for key, value in changelog.items() if key != chunk})


def test_watermarks_are_in_the_snapshot_since_they_do_not_come_again() -> None:
    agent, changelog = snapshot(LOG[:3])
    assert agent.durable == 2
    assert loaded(changelog).buffer.watermarks == {("source", 0): START + 3600}
    assert loaded(changelog).buffer.closed_until == START + 3600


class Fails(Remember):
    """Raises on one message."""

    def take(self, end: float, records: Iterable[MessagePosted]) -> Iterator[Effect]:
        for record in records:
            if record.message == "a":
                raise KeyError
        yield from super().take(end, [])


def test_who_raises_on_a_record_of_an_epoch_says_which_one() -> None:
    with pytest.raises(RecordError) as raised:
        list(Fails()(LOG))
    assert LOG[raised.value.offset].offset == 1, "a is the second record, though the first one in time"
    assert isinstance(raised.value.__cause__, KeyError)
