"""The cap: what is silent is told when few of all that is told are false, and waits until then."""

import json
from collections.abc import Iterable, Sequence
from itertools import chain

import pytest

from agents.watch import Watch
from agents.watch.assets import Assets
from agents.watch.cap import Cap
from agents.watch.channels import Channels
from schemas.outcome import Outcome
from schemas.topic import Topic
from schemas.verdict import Verdict
from tests.factories.outcomes import life, outcome
from tests.factories.records import at, mark, records, tell


def watch(fdr: float | None = 0.5, alpha: float = 0.1) -> Watch:
    return Watch(partitions=1, epoch=3600.0, alpha=alpha, fdr=fdr, snapshot_every=1)


def prompt(asset: str, n: float, came: bool = False) -> Outcome:
    """What became known of a prompt of an asset in hour n; all are in one channel and of one segment."""
    name = {"message": f"{asset} {n}", "prompt_id": f"slack:C1:{asset} {n}", "posted_at": at(n)}
    if came:
        return outcome(0, "answered", "first_response", hours=n, asset=asset, responders=1, prompt=name)
    return outcome(0, "expired", hours=n, asset=asset, prompt=name)


def silent(asset: str, *hours: float) -> list[Outcome]:
    return [prompt(asset, n) for n in hours]


CROWD = [prompt(f"lively {n}", 1, came=True) for n in range(18)]
"""With the asset that dies, its channel and its segment, 21 are watched: one alone must reach 42 at a rate of 0.5."""

OTHERS = [prompt("keeps the channel alive", n + 0.5, came=True) for n in range(1, 40)]


def told(outcomes: Iterable[Outcome], agent: Watch | None = None, until: float = 1e4) -> list[Verdict]:
    said = tell(agent or watch(), records([*outcomes, mark(until, stage="track")], Topic.OUTCOMES))
    return [verdict for verdict in said.verdicts if verdict.level != "persona"]


def seen(verdicts: Iterable[Verdict]) -> list[tuple[str, str, float]]:
    return [(v.prompt.asset_id, v.verdict, v.e_value) for v in verdicts if v.level == "asset"]


def test_the_surer_it_must_be_the_more_is_watched() -> None:
    alone = told(silent("quiz", 2, 3, 4))
    assert seen(alone) == [("quiz", "silent", 14.0)], "three are watched: 6 would do, and alpha asks for 10"
    assert seen(told([*CROWD, *silent("quiz", 2, 3, 4, 5)])) == []
    first, second = told([*CROWD, *silent("quiz", 2, 3, 4, 5, 6, 7)])
    assert seen([first, second]) == [("quiz", "silent", 62.0), ("quiz", "silent", 126.0)]
    assert (first.time, first.version, first.prompts) == (at(6), 1, 5)
    assert seen(told([*CROWD, *silent("quiz", 2, 3, 4)], watch(None))) == [("quiz", "silent", 14.0)], "without a cap"


def test_what_waits_is_told_once_others_are_dead_too_without_a_prompt_of_its_own() -> None:
    waits = [*CROWD, *silent("quiz", 2, 3, 4, 5)]
    assert seen(told([*waits, *silent("poll", 6, 7, 8)])) == []
    both = told([*waits, *silent("poll", 6, 7, 8, 9)])
    assert {(v.subject, v.e_value, v.time, v.told_at) for v in both if v.level == "asset"} == {
        ("slack:/quiz", 30.0, at(9), at(9)),
        ("slack:/poll", 30.0, at(9), at(9)),
    }, "22 are watched: two must reach 22"
    of_quiz = next(v for v in both if v.subject == "slack:/quiz")
    assert (of_quiz.prompt.message, of_quiz.prompts, of_quiz.version) == ("quiz 5", 4, 1)


def test_what_was_told_stays_though_more_is_watched_later_until_somebody_responds() -> None:
    many = [prompt(f"new {n}", 8, came=True) for n in range(500)]
    story = [*silent("quiz", 2, 3, 4), *many, *silent("quiz", 9)]
    assert seen(told(story)) == [("quiz", "silent", 14.0), ("quiz", "silent", 30.0)]
    again = told([*story, prompt("quiz", 10, came=True), *silent("quiz", 11, 12, 13, 14)])
    assert [verdict for _, verdict, _ in seen(again)] == ["silent", "silent", "revived"]


def test_a_response_ends_the_waiting_and_is_no_news() -> None:
    waits = [*CROWD, *silent("quiz", 2, 3, 4, 5), prompt("quiz", 6, came=True)]
    assert seen(told([*waits, *silent("poll", 7, 8, 9, 10)])) == []


def test_a_response_in_it_ends_the_waiting_of_a_channel_and_of_a_segment() -> None:
    agent, crowd = watch(), elsewhere(prompt(f"{n}", 1, came=True) for n in range(900))
    quiet = [outcome(n, "expired", asset="", prompt={"posted_at": at(n - 0.5)}) for n in range(2, 10)]
    assert told([*crowd, *quiet], agent, 9.5) == []
    assert [*agent.cap.waiting] == ["channel:slack:C1"]
    assert told([prompt("lively", 10, came=True)], agent) == [] == [*agent.cap.waiting]
    agent, crowd = watch(), elsewhere(prompt(f"{n}", 24 * 40, came=True) for n in range(900))
    beside = [*life("service/poll", "xxxx." * 11), *life("sales/poll", "." * 12, start=30)]
    assert told([*crowd, *beside], agent, 24 * 50) == []
    assert [*agent.cap.waiting] == ["segment:slack:/sales/poll"]
    assert told(life("sales/poll", "x", start=52), agent) == [] == [*agent.cap.waiting]


def test_what_is_forgotten_waits_no_more() -> None:
    cap = Cap(0.5)
    assets, channels = Assets(0.1, cap, max_assets=2), Channels(0.1, 2, 2, cap)
    for n in range(9):
        for hour in range(4):
            named = f"{n // 2} {hour}"  # two names in each channel
            each = outcome(0, "expired", hours=n, asset=f"{n}", prompt={"conversation": f"{n // 3}", "message": named})
            assert [*assets.see(each), *channels.see(each)] == []
    left = {"asset:slack:/7", "asset:slack:/8", "channel:slack:1", "channel:slack:2"}
    assert {*cap.waiting} == {*cap.found.evidence} == left


def test_a_response_takes_away_what_its_asset_lent_to_others() -> None:
    lends = [*CROWD, *silent("quiz", 2, 3, 4, 5)]
    assert len(seen(told([*lends, *silent("poll", 6, 7, 8, 9)]))) == 2
    assert seen(told([*lends, prompt("quiz", 5.5, came=True), *silent("poll", 6, 7, 8, 9)])) == []


def test_what_is_no_longer_posted_is_not_watched_and_waits_no_more() -> None:
    later = 24 * 92.0
    gone = [*CROWD, *OTHERS, *silent("quiz", 2, 3, 4, 5)]
    alone = told([*gone, *silent("poll", later, later + 1, later + 2)])
    assert seen(alone) == [("poll", "silent", 14.0)], "nobody else was heard of for three months"
    soon = 24 * 80.0
    assert seen(told([*gone, *silent("poll", soon, soon + 1, soon + 2)])) == []


def test_a_channel_waits_too_beyond_its_own_alpha() -> None:
    def at_prompt(n: int, beside: Sequence[Outcome]) -> list[tuple[str, float]]:
        quiet = [outcome(n, "expired", asset="", prompt={"posted_at": at(n - 0.5)}) for n in range(2, n)]
        return [(v.level, v.e_value) for v in told([*beside, *quiet])]

    assert at_prompt(8, []) == [] and at_prompt(9, []) == [("channel", 126.0)]
    crowd = elsewhere(prompt(f"{n}", 1, came=True) for n in range(100))
    assert at_prompt(9, crowd) == [], "104 are watched: 208 is asked for"
    assert at_prompt(10, crowd) == [("channel", 254.0)]


def elsewhere(outcomes: Iterable[Outcome]) -> list[Outcome]:
    there = {"conversation": "C2", "persona": "managers"}
    return [each.model_copy(update={"prompt": each.prompt.model_copy(update=there)}) for each in outcomes]


def test_a_segment_waits_and_is_told_with_what_was_to_be_expected_of_it() -> None:
    def when(each: Outcome) -> tuple[float, str]:
        return each.told_at, each.prompt.prompt_id

    beside = sorted(chain(life("service/poll", "xxxx." * 11), life("sales/poll", "." * 24, start=30)), key=when)
    crowd = elsewhere(prompt(f"{n}", 24 * 40, came=True) for n in range(900))
    [plain], [waited] = told(beside), told([*crowd, *beside])
    assert (plain.level, plain.verdict, plain.prompts) == ("segment", "chronic", 12)
    assert (waited.level, waited.verdict) == ("segment", "chronic")
    assert waited.prompts == 13 and waited.e_value > 905 / 0.5 > plain.e_value
    assert waited.reference_by == "other_personas" and waited.reference == pytest.approx(plain.reference, abs=0.05)


STORY = [
    *CROWD,
    *silent("quiz", 2, 3, 4, 5),
    *silent("vote", 2, 3, 4),
    prompt("vote", 5, came=True),
    *silent("poll", 6, 7, 8, 9, 10),
    prompt("quiz", 11, came=True),
    *silent("quiz", 12, 13, 14, 15, 16),
]


def test_batches_may_be_cut_anywhere_and_come_in_any_order() -> None:
    whole = told(STORY)
    assert {v.verdict for v in whole} == {"silent", "revived"}
    agent, said = watch(), []
    for n, each in enumerate(STORY):
        said += tell(agent, records([each], Topic.OUTCOMES, first=n)).verdicts
    said += told([], agent)
    assert said == whole
    assert told([*reversed(STORY), *STORY]) == whole


@pytest.mark.parametrize("cut", [3, 5, 6, 9, 10, 11, 15])
def test_a_restored_watch_tells_alike(cut: float) -> None:
    def until(outcomes: Sequence[Outcome], agent: Watch, hour: float) -> list[Verdict]:
        return told(outcomes, agent, hour)

    first, heir = watch(), watch()
    said = until([each for each in STORY if each.told_at < at(cut)], first, cut)
    heir.load({key: value for key, value in first.take_changes().items() if value is not None})
    heir.ready()
    assert heir.dump() == first.dump()
    assert said + until(STORY, heir, 1e4) == told(STORY)


def test_a_snapshot_of_an_older_form_brings_what_was_told_of_channels_and_segments() -> None:
    """Assets are begun anew: it is not known in which workspace they were silent."""
    old, quiet = watch(None), [outcome(n, "expired", asset="", prompt={"posted_at": at(n - 0.5)}) for n in range(2, 10)]
    assert {v.level for v in told([*CROWD, *silent("quiz", 1.1, 1.2, 1.3, 1.4), *quiet], old, 12)} == {
        "asset",
        "channel",
    }
    weighed = dict(old.channels.weighed())
    assert weighed["channel:slack:C1"] > 0
    for form, left_out in ((3, {"cap"}), (4, set())):
        stored = {key: value for key, value in json.loads(old.dump()).items() if key not in left_out} | {"form": form}
        heir = watch()
        heir.buffer.restore(at(12), {("track", 0): at(12)})
        heir.restore(json.dumps(stored).encode())
        assert heir.assets.watched == {} and heir.channels.state() == old.channels.state()
        assert heir.cap.found.evidence == weighed
        assert heir.cap.watched.keys() == {key for key in old.cap.watched if not key.startswith("asset:")}


def test_a_cap_that_is_taken_away_lets_all_go() -> None:
    capped, free = watch(), watch(None)
    assert seen(told([*CROWD, *silent("quiz", 2, 3, 4, 5)], capped, 6)) == []
    free.buffer.restore(at(6), {("track", 0): at(6)})
    free.restore(capped.dump())
    assert [(v.subject, v.told_at) for v in told([prompt("other", 7, came=True)], free)] == [("slack:/quiz", at(7))]


def test_memory_is_bounded() -> None:
    cap = Cap(0.5, max_watched=10)
    for n in range(40):
        each = silent(f"{n}", n)[0]
        cap.see(f"asset:{n}", each.told_at)
        assert not cap.passes(f"asset:{n}", 12.0, each, told=False)
    assert [*cap.watched] == [*cap.waiting] == [*cap.found.evidence] == [f"asset:{n}" for n in range(30, 40)]
    assert {key for key, *_ in cap.release()} == {*cap.watched}
    assert not cap.waiting
