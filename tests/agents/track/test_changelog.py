"""What stands in the changelog: every record of it in order, the last of each key, or a part that was torn off."""

import sys
from array import array
from collections.abc import Callable

import pytest

from agents.body import ChangelogError
from agents.effects import Record
from agents.track import Track, TrackRules
from agents.track.seen_messages import SeenMessages
from schemas.event import Watermark
from tests.factories.events import START, with_marks, workspace
from tests.factories.records import Told, at, mark, post, react, records, reply, tell
from tests.factories.taught import taught

RULES = TrackRules()  # tagged roots are prompts, others are talk
KNOWN = taught(since=START + 86_400)
Changes = dict[str, bytes | None]


def log(seed: int = 4) -> list[Record]:
    marked = [event for _, event in with_marks(workspace(seed, weeks=0.5), 1, horizon=RULES.responses.horizon)]
    return records([*marked[:-1], Watermark(time=marked[-1].time)])


LOG = log()


def work(track: Track, batch: list[Record]) -> tuple[Told, list[Changes]]:
    """Work through it ten records at a time; return what was told and what was written."""
    told, changes = Told(), []
    for start in range(0, len(batch), 10):
        told.effects += tell(track, batch[start : start + 10]).effects
        changes.append(track.take_changes())
    return told, changes


def restored(*changes: Changes) -> Track:
    track = Track(0, KNOWN, RULES)
    for change in changes:
        track.load(change)
    track.ready()
    return track


def compacted(changes: list[Changes]) -> Changes:
    latest: Changes = {}
    for change in changes:
        latest |= change
    return {key: value for key, value in latest.items() if value is not None}


@pytest.mark.parametrize("cut", [50, 200, 600, len(LOG) - 1])
def test_all_records_of_a_key_say_the_same_as_the_last_one(cut: int) -> None:
    _, changes = work(Track(0, KNOWN, RULES), LOG[:cut])
    assert any(value is None for change in changes for value in change.values()) or cut < 600
    heirs = restored(*changes), restored(compacted(changes)), restored(*changes, *changes)
    assert len({heir.durable for heir in heirs}) == 1
    lives = [{name: (life.record(), life.due) for name, life in heir.state.prompts.items()} for heir in heirs]
    assert lives[0] == lives[1] == lives[2]
    told = [work(heir, LOG[cut:]) for heir in heirs]
    assert told[0] == told[1] == told[2]


@pytest.mark.parametrize("cut", [50, 200, 600])
def test_a_restored_prompt_is_what_the_living_one_was(cut: int) -> None:
    track = Track(0, KNOWN, RULES)
    _, changes = work(track, LOG[:cut])
    heir = restored(compacted(changes))
    assert heir.state.prompts.keys() == track.state.prompts.keys()
    for name, life in track.state.prompts.items():
        assert (heir.state.prompts[name].facts, heir.state.prompts[name].record()) == (life.facts, life.record())
    assert heir.state.clock == track.state.clock
    assert heir.state.early == track.state.early
    assert heir.state.conversations == track.state.conversations
    assert heir.state.presences.days == track.state.presences.days
    assert heir.state.untold == track.state.untold


def test_age_bins_that_pass_in_silence_are_told_and_not_written() -> None:
    track = Track(0, KNOWN, RULES)
    tell(track, records([post(asset_id="a")]))
    written = track.take_changes()
    assert {"prompt slack:C1:p", "life slack:C1:p", "clock"} <= written.keys()
    told = tell(track, records([mark(0.4)], first=1))
    assert [value.kind for value in told.values if value.kind == "bin"] == ["bin", "bin"]  # type: ignore[attr-defined]
    changes = track.take_changes()
    assert changes.keys() == {"clock"}
    heir = restored(written | changes)
    assert heir.state.prompts["slack:C1:p"].bins_passed == 2


def test_what_was_written_of_a_prompt_after_it_was_closed_is_removed() -> None:
    track = Track(0, KNOWN, RULES)
    tell(track, records([post(asset_id="a"), react("ann", 0.5)]))
    changes = track.take_changes()
    heir = restored(changes, {"prompt slack:C1:p": None})  # the rest was torn off
    assert heir.state.prompts == {}
    tell(heir, records([mark(2)], first=2))
    assert heir.take_changes()["life slack:C1:p"] is None


@pytest.mark.parametrize(
    "key",
    ["prompt slack:C1:p", "life slack:C1:p", "clock", "conversation slack:C1", "early slack:C1:q", "seen 20512 1"],
)
def test_a_record_that_cannot_be_read_is_named(key: str) -> None:
    with pytest.raises(ChangelogError, match=f"'{key}' in topic changelog-track .* delete the records of topic"):
        restored({key: b"{}"})


@pytest.mark.parametrize("key", ["presence slack:C1 ann", "seen monday 1", "nonsense"])
def test_a_key_of_another_version_is_named(key: str) -> None:
    with pytest.raises(ChangelogError, match=f"'{key}'"):
        restored({key: b"\x90"})


class Forgetful(SeenMessages):
    """A record that has lost everything."""

    @property  # type: ignore[override]
    def hashes(self) -> "array[int]":
        return array("q", [0] * (self.mask + 1))

    @hashes.setter
    def hashes(self, hashes: "array[int]") -> None:
        pass


def test_losing_the_record_of_seen_messages_changes_nothing_that_is_told() -> None:
    remembering, forgetful = Track(0, KNOWN, RULES), Track(0, KNOWN, RULES)
    forgetful.state.seen = Forgetful(1)
    told, changes = work(remembering, LOG)
    other, more = work(forgetful, LOG)
    assert other == told
    early: Callable[[list[Changes]], set[str]] = lambda all_: {k for c in all_ for k in c if k.startswith("early ")}  # noqa: E731
    assert not early(changes)
    assert len(early(more)) > 20


def test_only_responses_to_what_was_never_seen_are_kept_aside() -> None:
    track = Track(0, KNOWN, RULES)
    tell(
        track,
        records([post("talk"), reply("ann", 0.1, "r1", "talk"), react("ben", 0.2, "talk"), react("ben", 0.2, "r1")]),
    )
    assert track.state.early == {}
    tell(track, records([react("ann", 0.3, "unseen")], first=4))
    assert track.state.early.keys() == {"slack:C1:unseen"}


def test_what_comes_for_a_prompt_that_is_closed_is_not_kept_aside() -> None:
    track = Track(0, KNOWN, RULES)
    tell(track, records([post(asset_id="a"), mark(168), react("ann", 168, "p")]))
    assert (track.state.prompts, track.state.early) == ({}, {})


def test_the_record_of_seen_messages_is_bounded_and_knows_the_latest() -> None:
    seen = SeenMessages(slots=64)
    for n in range(1_000):
        seen.add(f"slack:C1:{n}")
        assert f"slack:C1:{n}" in seen
    assert 0 < sum(f"slack:C1:{n}" in seen for n in range(1_000)) <= 64
    assert "slack:C1:never" not in seen


def test_an_open_prompt_takes_little_memory() -> None:
    track = Track(0, KNOWN, RULES)
    author, message = "m_" + 20 * "0", "1767600000.000100"
    tell(track, records([post(message, author, asset_id="podcast-12", conversation="C012345678")]))
    [(key, life)] = track.state.prompts.items()
    assert key is life.prompt_id
    assert sum(map(sys.getsizeof, (key, life, life.facts, life.due))) < 1_300
    assert at(0) < life.due


def test_a_prompt_that_comes_late_lives_through_what_it_missed_at_once() -> None:
    track = Track(0, KNOWN, RULES)
    late = tell(track, records([post("q"), mark(3), post(asset_id="a", hours=1)]))
    assert [value.kind for value in late.values].count("bin") > 2  # type: ignore[attr-defined]
    assert track.state.deadlines.next > track.state.clock.time
    heir = restored(track.take_changes())
    assert tell(heir, records([mark(200)], first=3)) == tell(track, records([mark(200)], first=3))
