"""How lively a conversation was before a prompt: who was heard when, as `track` keeps it."""

from collections.abc import Iterator
from math import log1p
from typing import Any

import msgspec
import pytest

from agents.track import Track, TrackRules
from agents.track.facts import read_facts
from agents.track.posting import Posting
from agents.track.state import Conversation
from models.pulse import UNKNOWN, Pulse
from tests.factories.records import START, post, react, records, reply, tell
from tests.factories.taught import knowing

RULES = TrackRules(active_days=7, facilitators=False)
MINUTE = 1 / 60


@pytest.fixture
def pulses(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Pulse]]:
    """Gather the pulses of the prompts that are posted."""
    found: list[Pulse] = []
    measure = Posting._pulse

    def gather(self: Posting, *args: Any) -> Pulse:
        found.append(measure(self, *args))
        return found[-1]

    monkeypatch.setattr(Posting, "_pulse", gather)
    return found


def pulse(pulses: list[Pulse], *story: object) -> Pulse:
    """Return that of the last prompt of a story."""
    tell(Track(0, knowing(), RULES), records(story))  # type: ignore[arg-type]
    return pulses[-1]


def test_of_a_conversation_in_which_nobody_was_heard_nothing_is_known(pulses: list[Pulse]) -> None:
    assert pulse(pulses, post(asset_id="a")) == UNKNOWN
    assert pulse(pulses, post("x", "robot", -1, bot=True), post(asset_id="a")) == UNKNOWN
    elsewhere = post("x", "ann", -1).model_copy(update={"conversation": "C2"})
    assert pulse(pulses, elsewhere, post(asset_id="a")) == UNKNOWN


def test_messages_replies_and_reactions_are_heard(pulses: list[Pulse]) -> None:
    talk = [post("x", "ann", -5), reply("ben", -4, "y", thread="x"), react("cyd", -3, message="x")]
    for number, hours in enumerate((5, 4, 3), start=1):
        assert pulse(pulses, *talk[:number], post(asset_id="a")).quiet_minutes == pytest.approx(hours * 60)


def test_a_prompt_is_heard_by_the_next_one_and_not_by_itself(pulses: list[Pulse]) -> None:
    pulse(pulses, post("x", "ann", -2), post("p", asset_id="a"), post("q", hours=1, asset_id="b"))
    assert [round(found.quiet_minutes or 0.0) for found in pulses] == [120, 60]


def test_what_is_heard_within_a_minute_is_heard_once(pulses: list[Pulse]) -> None:
    first = post("x", "ann", -1)
    crowd = [react(f"m{n}", -1 + n * MINUTE / 20, message="x") for n in range(1, 20)]
    alone, together = (pulse(pulses, first, *more, post(asset_id="a")) for more in ([], crowd))
    assert (alone.quiet_minutes, alone.lively_minutes) == (together.quiet_minutes, together.lively_minutes)
    assert alone.lively_minutes == pytest.approx(0.3679, abs=1e-3), "one minute, an hour ago: 1 / e"


def test_minutes_add_up_and_fade(pulses: list[Pulse]) -> None:
    talk = [post(f"x{n}", "ann", -1 + n * 2 * MINUTE) for n in range(30)]
    found = pulse(pulses, *talk, post(asset_id="a"))
    assert 15 < found.lively_minutes < 30
    assert pulse(pulses, *talk, post(hours=24, asset_id="a")).lively_minutes < 1e-6


def test_what_comes_late_makes_nobody_heard_sooner(pulses: list[Pulse]) -> None:
    talk = [post("x", "ann", -0.5), post("y", "ben", -0.6)]
    assert pulse(pulses, *talk, post(asset_id="a")).quiet_minutes == pytest.approx(30)


def test_who_was_active_lately_and_how_long_the_author_was_away(pulses: list[Pulse]) -> None:
    talk = [
        post("w", "old", -24 * 3),
        post("x", "designer", -24 * 2),
        post("y", "ann", -24),
        post("z", "ben", -2),
        react("cyd", -1, message="z"),
    ]
    assert pulse(pulses, *talk, post(asset_id="a"))[2:] == (3, 2)
    assert pulse(pulses, *talk, post("u", "ben", -1), post(asset_id="a", author="ben"))[2:] == (2, 0)
    assert pulse(pulses, *talk, post(asset_id="a", author="stranger"))[2:] == (3, None)


@pytest.mark.parametrize("roots_matter", [False, True], ids=["the short way", "the long way"])
def test_both_ways_of_an_event_hear_the_same(roots_matter: bool) -> None:
    talk = [post(f"x{n}", f"m{n % 7}", n / 40, bot=n % 11 == 0) for n in range(300)]
    tracks = [Track(0, knowing(), RULES) for _ in range(2)]
    tracks[1]._roots_matter = roots_matter
    for track in tracks:
        tell(track, records(talk))
    [ours], [theirs] = (track.state.conversations.values() for track in tracks)
    assert ours == theirs and ours.heard > START and ours.lively > 1


def test_a_record_of_before_says_nothing_of_the_pulse(pulses: list[Pulse]) -> None:
    track = Track(0, knowing(), RULES)
    track.load({"conversation slack:C1": msgspec.msgpack.encode((START - 1e6, [], {}, None))})
    track.ready()
    assert track.state.conversations["slack:C1"] == Conversation(START - 1e6)
    tell(track, records([post(asset_id="a"), post("q", hours=1, asset_id="b")]))
    assert pulses[0] == UNKNOWN and pulses[1].quiet_minutes == pytest.approx(60)


def test_an_heir_knows_the_pulse(pulses: list[Pulse]) -> None:
    log = records([post("x", "ann", -3), post("y", "ben", -2), post(asset_id="a")])
    track, heir = Track(0, knowing(), RULES), Track(0, knowing(), RULES)
    for record in log[:2]:  # each a batch of its own: what is heard later is written, too
        tell(track, [record])
        heir.load(track.take_changes())
    heir.ready()
    for owner in (track, heir):
        tell(owner, log[2:])
    assert pulses[0] == pulses[1] != UNKNOWN


def test_a_prompt_is_judged_by_the_pulse_and_what_is_learned_from_it_has_it(pulses: list[Pulse]) -> None:
    track = Track(0, knowing(), RULES)
    tell(track, records([post("x", "ann", -3), post(asset_id="a")]))
    [life] = track.state.prompts.values()
    told = msgspec.json.decode(read_facts(life.facts).features)
    assert told["quiet"] == pytest.approx(log1p(pulses[-1].quiet_minutes or 0.0) / 10, abs=1e-5)
    assert told["away"] == 1.0 and told["lately"] > 0
