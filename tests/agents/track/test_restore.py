"""A partition that moves to another worker goes on exactly as if nothing had happened."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.effects import Record, Send
from agents.track import Track, TrackRules
from schemas.event import MemberJoined, MemberLeft, MessageSeen, Watermark
from schemas.response import ResponseRules
from tests.factories.events import START, with_marks, workspace
from tests.factories.records import mark, post, react, read, records, tell
from tests.factories.taught import taught

RULES = TrackRules(every_root=True, responses=ResponseRules(inline_answers=True))
KNOWN = taught(since=START + 86_400)
Changelog = dict[str, bytes]


def log(seed: int) -> list[Record]:
    events = workspace(seed, weeks=0.3, conversations=4)
    where = {"source": "test", "conversation": "C0", "time": START}
    moves = [MemberJoined(event_id=f"j{n}", author=f"m{n}", **where) for n in range(3)]
    moves += [MemberLeft(event_id="l", author="m1", **where)]
    views = [
        MessageSeen(event_id=f"v{n}{m}", author=f"m{m}", message=event.message, **where | {"time": event.time + 60 * m})
        for n, event in enumerate(events[:200])
        if event.kind == "message_posted" and event.conversation == "C0" and event.thread is None
        for m in range(1, 4)
    ]
    events = sorted([*events, *views], key=lambda event: event.time)
    marked = [event for _, event in with_marks([*moves, *events], 1, horizon=RULES.responses.horizon)]
    *rest, end = marked
    swapped = [event for pair in zip(rest[1::2], rest[::2], strict=False) for event in pair]  # some come too early
    return records([*swapped, Watermark(time=end.time)])


def live(record_log: Sequence[Record], cuts: set[int]) -> tuple[list[Send], Changelog, set[str]]:
    """Work record by record, at each cut everything but the changelog is lost; return what was sent, kept, written."""
    track, sent, changelog, kinds = Track(0, KNOWN, RULES), list[Send](), Changelog(), set[str]()
    for n, record in enumerate(record_log):
        if n in cuts:
            track = Track(0, KNOWN, RULES)
            track.load(changelog)
            track.ready()
            assert track.durable == record.offset - 1
            assert track.take_changes() == {}
        sent += [effect for effect in track([record]) if isinstance(effect, Send)]
        for key, value in track.take_changes().items():
            kinds.add(key.partition(" ")[0])
            if value is None:
                changelog.pop(key, None)
            else:
                changelog[key] = value
    return sent, changelog, kinds


LOGS = {seed: log(seed) for seed in (1, 2)}
UNDISTURBED = {seed: live(record_log, set()) for seed, record_log in LOGS.items()}


@pytest.mark.parametrize("seed", LOGS)
@settings(max_examples=12)
@given(data=st.data())
def test_it_goes_on_alike_at_any_cut(seed: int, data: st.DataObject) -> None:
    cuts = data.draw(st.sets(st.integers(1, len(LOGS[seed]) - 1), min_size=1, max_size=5))
    assert live(LOGS[seed], cuts) == UNDISTURBED[seed]


def test_a_cut_everywhere_changes_nothing() -> None:
    few = LOGS[1][:150]
    assert live(few, set(range(1, len(few)))) == live(few, set())


@pytest.mark.parametrize("seed", LOGS)
def test_everything_that_can_be_kept_was_and_at_the_end_no_prompt_is(seed: int) -> None:
    sent, changelog, kinds = UNDISTURBED[seed]
    assert kinds == {"clock", "conversation", "early", "joined", "life", "prompt", "seen"}
    assert {key.partition(" ")[0] for key in changelog} == {"clock", "conversation", "joined", "seen"}
    assert {"silent", "revived", "expired"} <= {getattr(send.value, "verdict", "") for send in sent}


LATE = [post(hours=0.5), post("q", hours=1.01), post("s", hours=1.02), react("ann", 0.9), mark(200)]


@pytest.mark.parametrize("log", [*LOGS.values(), records(LATE)], ids=["one", "two", "late"])
@pytest.mark.parametrize("size", [2, 7, 60, 10_000])
def test_the_cut_of_the_batches_changes_nothing_that_is_told(log: list[Record], size: int) -> None:
    track = Track(0, KNOWN, RULES)
    batches = [log[start : start + size] for start in range(0, len(log), size)]
    told = [value for batch in batches for value in tell(track, batch).values if not isinstance(value, Watermark)]
    values = [read(send) for send in live(log, set())[0]]
    assert told == [value for value in values if not isinstance(value, Watermark)]
