"""Facts of a prompt: what is packed comes back, whoever packed it."""

from typing import Any

import msgspec

from agents.track import Track, TrackRules
from agents.track.facts import expectation_of, pack, prompt_of, read_asked, read_facts, read_moments
from models.judgement import Judgement
from schemas.asset import AssetType
from schemas.base import HOUR
from schemas.compiled import as_twin
from schemas.expectation import Expectation
from schemas.outcome import Prompt, Surroundings
from tests.factories.records import START, at, mark, post, react, records, tell
from tests.factories.taught import taught

PROMPT = Prompt(
    prompt_id="slack:C1:p", source="slack", workspace="T1", conversation="C1", message="p", author="m_1",
    posted_at=START, asset_type=AssetType.POLL, persona="sales", reach={"sales": 40},
    surroundings=Surroundings(active_members=3, competing_prompts=1),
)  # fmt: skip
EXPECTATION = Expectation(
    p_zero=0.1, p_zero_horizon=0.02, expected=2.5, expected_horizon=4.0, borrowed=0.75, borrowed_from="everything",
    deadline=START + 60, alpha=0.1, as_of=START, version=7, views={"mix": 0.02},
)  # fmt: skip
JUDGED = Judgement(
    p_zero=0.1, p_zero_horizon=0.02, expected=4.0, expected_at_deadline=2.5, borrowed=0.75, borrowed_from="everything",
    deadline=START + 60, views={"mix": 0.02}, features={"bias": 1.0}, keys={}, edges=(30.0, 60.0), curve=(0.5, 0.02),
    expected_by=(1.0, 4.0),
)  # fmt: skip
OLDER = bytes.fromhex(  # the same prompt as a changelog holds it that was written before `borrowed` was told
    "dc0014a170a36d5f31cb41da695464000000cb41da6ba304000000cb41da69547300000092cb41da69546b800000cb41da695473000000"
    "a25431c40c7b2262696173223a312e307da5736c61636ba24331a0a4706f6c6ca361736ba573616c6573c281a573616c65732895030000"
    "010097cb3fb999999999999acb3f947ae147ae147bcb4004000000000000cb4010000000000000cb3fb999999999999acb41da69546400"
    "00000781a36d6978cb3f947ae147ae147b50"
)


def packed() -> bytes:
    return pack(as_twin(PROMPT), as_twin(EXPECTATION), JUDGED, length=80, horizon=168 * HOUR)


def test_what_is_packed_comes_back() -> None:
    facts = read_facts(packed())
    assert expectation_of(facts, facts.deadline) == as_twin(EXPECTATION)
    assert prompt_of(PROMPT.prompt_id, facts) == as_twin(PROMPT)


def test_a_record_of_an_older_checkout_says_that_it_does_not_know_what_was_borrowed() -> None:
    unknown = EXPECTATION.model_copy(update={"borrowed": 0.0, "borrowed_from": ""})
    assert expectation_of(read_facts(OLDER), EXPECTATION.deadline) == as_twin(unknown)
    assert prompt_of(PROMPT.prompt_id, read_facts(OLDER)) == as_twin(PROMPT)
    assert read_moments(OLDER) == read_moments(packed())
    assert read_asked(OLDER) == read_asked(packed())


def test_only_the_end_of_a_record_is_new() -> None:
    assert msgspec.msgpack.decode(packed()) == [*msgspec.msgpack.decode(OLDER), 0.75, "everything"]


def test_a_partition_goes_on_from_the_changelog_of_an_older_checkout() -> None:
    knowledge, rules = taught(since=START + 86_400), TrackRules()
    track = Track(0, knowledge, rules)
    tell(track, records([post(asset_id="a"), react("ann", 0.5)]))
    changes = {key: value for key, value in track.take_changes().items() if value is not None}
    heirs = []
    written = changes["prompt slack:C1:p"]
    for facts in (written, msgspec.msgpack.encode(msgspec.msgpack.decode(written)[:-2])):
        heir = Track(0, knowledge, rules)
        heir.load(changes | {"prompt slack:C1:p": facts})
        heir.ready()
        heirs.append(tell(heir, records([mark(200)], first=2)).values)
    now, before = ([value for value in values if value.kind == "outcome"] for values in heirs)  # type: ignore[attr-defined]
    assert [value.status for value in now] == [value.status for value in before] == ["answered"]  # type: ignore[attr-defined]
    assert [value.expectation.borrowed_from for value in before] == [""]  # type: ignore[attr-defined]
    assert now[0].expectation.borrowed_from != "" and now[0].time == at(168)  # type: ignore[attr-defined]


def test_outcome_and_verdict_tell_what_the_segment_borrows() -> None:
    knowledge = taught(since=START + 86_400)
    told = tell(Track(0, knowledge, TrackRules()), records([post(asset_id="a", hours=30), mark(300)])).values
    silent: list[Any] = [value for value in told if value.kind in ("outcome", "verdict")]  # type: ignore[attr-defined]
    assert {value.kind for value in silent} == {"outcome", "verdict"}
    learned = knowledge.at(silent[0].expectation.as_of).expectations.responders
    known = learned.posterior("announcement", silent[0].prompt.segment)
    assert 0 < known.borrowed < 0.15
    assert {(value.expectation.borrowed, value.expectation.borrowed_from) for value in silent} == {
        (known.borrowed, known.borrowed_from)
    }
