"""Agents that must see whole epochs: what a batch taught is durable only later, with the next snapshot."""

from collections.abc import Iterable, Iterator

import pytest
from pydantic import TypeAdapter

from agents.effects import Effect
from agents.sequenced import Sequenced
from pipeline.transport import lane
from pipeline.transport.lane import AgentSpec
from pipeline.transport.writer import SharedWriter
from schemas.event import Watermark
from tests.factories.counting import Note, item
from tests.pipeline.transport.lane_stage import TP0, LaneStage, rest, until

HOUR = 3600.0


class Latest(Sequenced[Note]):
    """Remembers the last id of what it has seen; epochs of an hour, snapshots every three records."""

    def __init__(self) -> None:
        adapter: TypeAdapter[Note | Watermark] = TypeAdapter(Note | Watermark)
        super().__init__(adapter, "latest", frozenset({("test", 0)}), HOUR, snapshot_every=3)
        self.last = ""

    def identity(self, record: Note) -> tuple[str, float]:
        return record.id, float(record.batch)

    def take(self, end: float, records: Iterable[Note]) -> Iterator[Effect]:  # noqa: ARG002
        for record in records:
            if record.id == "bad":
                raise KeyError
            self.last += record.id
        return iter(())

    def passed(self, until: float) -> Iterator[Effect]:  # noqa: ARG002
        return iter(())

    def dump(self) -> bytes:
        return self.last.encode()

    def restore(self, state: bytes) -> None:
        self.last = state.decode()


def put(on: LaneStage, spec: AgentSpec, offset: int, *values: Note | Watermark) -> None:
    on.put({offset + n: value.wire() for n, value in enumerate(values)}, spec=spec)


def note(id_: str, time: float) -> Note:
    return Note(id=id_, worker="", partition=0, offset=0, batch=int(time))


@pytest.fixture
def spec() -> AgentSpec:
    return AgentSpec("latest", "items", lambda _: Latest())


async def test_a_batch_is_acknowledged_only_with_the_snapshot_that_holds_it(on: LaneStage, spec: AgentSpec) -> None:
    put(on, spec, 0, note("a", 1.0))
    put(on, spec, 1, note("b", HOUR + 1))
    await until(lambda: not on.lanes.busy(TP0))  # others may come meanwhile
    assert on.acked == [] and on.written == []
    put(on, spec, 2, Watermark(time=HOUR, stage="test", partition=0))
    await until(lambda: bool(on.acked))
    await rest()
    assert on.acked == [0], "the epoch of b is still open, so b must come again"
    assert on.outbox.written[-1] == ("changelog-latest", "head"), "what vouches for the snapshot comes last"


async def test_who_has_nothing_to_do_makes_a_snapshot_and_acknowledges(
    on: LaneStage, spec: AgentSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lane, "IDLE_SECONDS", 0.01)
    put(on, spec, 0, note("a", 1.0), Watermark(time=HOUR, stage="test", partition=0))
    await until(lambda: on.acked == [1])
    assert "changelog-latest" in on.written


async def test_who_has_nothing_to_do_looks_whether_what_it_committed_counts(
    on: LaneStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[int] = []

    async def confirm(_: SharedWriter) -> None:
        looked.append(len(on.acked))

    monkeypatch.setattr(SharedWriter, "confirm", confirm)
    monkeypatch.setattr(lane, "IDLE_SECONDS", 0.01)
    on.put({0: item("a")})
    await until(lambda: 1 in looked)


async def test_what_was_not_acknowledged_is_learned_again_by_the_next_owner(on: LaneStage) -> None:
    bodies: list[Latest] = []

    def body(_: int) -> Latest:
        bodies.append(Latest())
        return bodies[-1]

    spec = AgentSpec("latest", "items", body)
    put(on, spec, 0, note("a", 1.0), note("b", 2.0))
    await until(lambda: not on.lanes.busy(TP0))
    await on.lanes.stop()
    assert on.acked == []
    on.lanes.resume({TP0}, 5)
    put(on, spec, 0, note("a", 1.0), note("b", 2.0), Watermark(time=HOUR, stage="test", partition=0))
    await until(lambda: on.acked == [2])
    assert [one.last for one in bodies] == ["", "ab"]


async def test_a_held_record_that_makes_the_agent_raise_is_put_aside_and_no_other(on: LaneStage) -> None:
    bodies: list[Latest] = []

    def body(_: int) -> Latest:
        bodies.append(Latest())
        return bodies[-1]

    spec = AgentSpec("latest", "items", body)
    put(on, spec, 0, note("a", 1.0), note("bad", 2.0))
    await until(lambda: not on.lanes.busy(TP0))
    put(on, spec, 2, note("c", 3.0))
    put(on, spec, 3, Watermark(time=HOUR, stage="test", partition=0), note("d", HOUR + 1))
    await until(lambda: on.acked == [1, 2])
    assert bodies[-1].last == "ac" and on.failures == []
    assert on.written.count("dead-letters") == 1
