"""What is measured, on lives short enough to be counted by hand."""

from collections.abc import Sequence
from dataclasses import replace
from math import inf
from types import SimpleNamespace
from typing import Any

import pytest

from pipeline.simulate.working_hours import DAY, HOUR
from pipeline.study import change, chronic, deaths, places, year
from pipeline.study.life import Lived, Prompted
from pipeline.study.people import PERSONAS
from pipeline.study.standing import false_standing, runs
from pipeline.study.world import MONDAY, START, Asset, Plan, Truth, World
from schemas.asset import AssetType

SALES = PERSONAS[0]
WEEK = 7 * DAY


def prompted(number: int, came: bool, *, asset: str = "sales-1", factor: float = 1.0, **said: Any) -> Prompted:
    """Return the prompt of a week; what is said of it is right where nothing else is said."""
    posted = START + number * WEEK + 10 * HOUR
    truth = Truth(
        prompt_id=f"{asset}-{number}",
        asset=Asset(SALES, asset, 120, AssetType.POLL),
        number=number,
        posted_at=posted,
        mean=4.0 * factor,
        p_zero=0.1 / max(factor, 0.1),
        responders=((posted + 60, "m_1"),) if came else (),
        factor=factor,
    )
    said = {"p_zero": truth.p_zero, "expected": truth.mean, "views": {"mix": 0.1}, "deadlines": [posted + HOUR]} | said
    unknown = said.pop("unknown", [False])
    return Prompted(truth=truth, flagged=said.pop("flagged", [None]), unknown=unknown, **said)


def lived(prompts: Sequence[Prompted], verdicts: Sequence[Any] = (), plan: Plan | None = None) -> Lived:
    world = World(plan or Plan(seed=1, weeks=2))
    world.truths = {p.truth.prompt_id: p.truth for p in prompts}
    return Lived(world, list(prompts), [list(verdicts) for _ in deaths.EVIDENCE])


def verdict(p: Prompted, kind: str = "silent", level: str = "asset") -> Any:
    prompt = SimpleNamespace(prompt_id=p.truth.prompt_id, posted_at=p.truth.posted_at)
    subject, told_at = f"study:/{p.truth.asset.asset_id}", p.truth.posted_at + DAY
    return SimpleNamespace(verdict=kind, level=level, subject=subject, prompt=prompt, told_at=told_at)


def asset_that_dies(came: str, dead: int, asset: str = "sales-1") -> list[Prompted]:
    return [prompted(n, c == "x", asset=asset, factor=0.0 if n >= dead else 1.0) for n, c in enumerate(came)]


def test_a_death_is_told_of_at_the_first_alarm_after_it_and_an_alarm_before_it_is_false() -> None:
    history = asset_that_dies("xxxxxxxxxxxx..xx......", dead=16)
    told = [verdict(history[n]) for n in (4, 13, 18, 19)]
    told[1:1] = [verdict(history[5], "revived")]  # in the warm-up: not counted
    told[3:3] = [verdict(history[14], "revived")]
    found = deaths.measure([lived(history, told)])
    assert (found.assets, found.died, found.healthy_prompts) == (1, 1, 6)
    rule = found.detectors[0.1]
    assert rule == deaths.Rule(false_per_thousand=1000 / 6, delay=3, delay_median=3, found=1.0, false_share=0.5)
    assert found.rows[2].false_per_thousand == pytest.approx(1000 / 6)
    assert found.rows[2].delay == 2
    assert found.rows[5] == deaths.Rule(false_per_thousand=0, delay=5, delay_median=5, found=1.0)
    assert found.rows[7] == deaths.Rule(false_per_thousand=0, delay=6, delay_median=6, found=0.0)


def test_an_alarm_that_goes_on_through_the_death_is_false_and_told_at_once() -> None:
    history = asset_that_dies("xxxxxxxxxxxx......", dead=15)
    found = deaths.measure([lived(history, [verdict(history[n]) for n in (13, 14, 15, 16)])])
    assert found.detectors[0.1] == deaths.Rule(
        false_per_thousand=200, delay=1, delay_median=1, found=1.0, false_share=0.5
    )


def test_verdicts_about_other_things_are_passed_over() -> None:
    history = asset_that_dies("xxxxxxxxxxxx...", dead=12)
    found = deaths.measure([lived(history, [verdict(history[13], level="segment")])])
    assert found.detectors[0.1].found == 0.0


def test_what_stands_is_false_while_its_asset_lives() -> None:
    history = asset_that_dies("x" * 12 + "........", dead=15)
    told = [verdict(history[n]) for n in (13, 14)] + [verdict(history[14], "revived"), verdict(history[17])]
    assert runs(told, "asset") == {
        "study:/sales-1/poll": [
            (history[13].truth.posted_at + DAY, history[14].truth.posted_at + DAY),
            (history[17].truth.posted_at + DAY, inf),
        ]
    }
    assert runs(told, "channel") == {}
    a_life = lived(history, told, Plan(seed=1, weeks=20))
    assert false_standing([a_life], 0, 10) == pytest.approx(1 / 3), "weeks 14, 18 and 19"
    assert false_standing([a_life], 0, 15) == 0.0
    assert false_standing([lived(history, [], Plan(seed=1, weeks=20))], 0, 10) is None


def test_a_dead_channel_is_told_after_its_first_dead_prompt_and_one_that_lives_is_a_false_alarm() -> None:
    dies, lives = asset_that_dies("x" * 12 + "......", 12), asset_that_dies("x" * 18, 18, asset="sales-2")

    def channel(name: str, *told: tuple[Prompted, str]) -> list[Any]:
        verdicts = [verdict(p, kind, "channel") for p, kind in told]
        for each in verdicts:
            each.subject = f"study:{name}"
        return verdicts

    early = channel("sales-1", (dies[11], "silent"), (dies[12], "revived"))
    late = channel("sales-1", (dies[14], "silent"), (dies[15], "silent"))
    false = channel("sales-2", (lives[4], "silent"), (lives[5], "revived"), (lives[13], "silent"))
    a_life = replace(lived([*dies, *lives]), verdicts=[[*late, *false], [], early, [*early, *late]])
    plain, nothing, lucky, twice = places.measure([a_life])
    assert plain == places.Places(None, 2, 1, 1, 3, 15.0, 15.0, healthy_prompts=2 + 8, false_alarms=1)
    assert nothing == places.Places(0.5, 2, 1, 0, None, None, None, healthy_prompts=10, false_alarms=0)
    assert (lucky.told, lucky.prompts, lucky.days, lucky.false_alarms) == (1, 1, 0.0, 1)
    assert (twice.told, twice.days, twice.false_alarms) == (1, 0.0, 1)


def test_two_in_five_channels_die_with_all_that_is_asked_there() -> None:
    world = World(places.closing(Plan(seed=3, weeks=52)))
    dead = {t.asset.asset_id for t in world.truths.values() if t.factor == 0.0}
    channels = {asset.channel for asset in world.assets if asset.asset_id in dead}
    assert dead == {asset.asset_id for asset in world.assets if asset.channel in channels}
    assert 2 <= len(channels) <= 8
    assert min(t.number for t in world.truths.values() if t.factor == 0.0) >= 9


def test_rows_at_equal_false_alarms_lie_between_two_n() -> None:
    rules = {n: deaths.Rule(1000 / 2**n, n, n, 1.0) for n in deaths.ROWS}
    assert deaths.at_equal(rules, 1000 / 2**4) == pytest.approx(4)
    assert deaths.at_equal(rules, 1000 / 2**4.5) == pytest.approx(4.5)
    assert deaths.at_equal(rules, 0.0) is None
    assert deaths.at_equal(rules, 900.0) is None


def test_no_asset_dies_in_its_warm_up_and_most_die() -> None:
    plan = deaths.dying(Plan(seed=2, weeks=52))
    world = World(plan)
    died = 0
    for asset in world.assets:
        dead = [t.number for t in world.truths.values() if t.asset == asset and t.factor == 0.0]
        died += bool(dead)
        assert not dead or min(dead) >= 10
    assert 0.4 < died / len(world.assets) < 0.8


def test_a_promise_counts_those_that_were_judged_and_called_silent() -> None:
    prompts = [
        prompted(n, n % 2 == 0, flagged=[START + n * WEEK + 12 * HOUR if n % 4 == 1 else None], unknown=[n % 6 == 1])
        for n in range(8, 20)
    ]
    prompts += [prompted(20, True, deadlines=[None]), prompted(3, False, flagged=[START])]
    found = year.measure([lived(prompts)], [0.1])
    promise = found.promises[0.1]
    assert found.prompts == 13
    assert promise.judged == pytest.approx(12 / 13)
    assert promise.silent_at_deadline == pytest.approx(3 / 12)
    assert found.cold_start[0.1].judged_prompts == 1
    assert found.spans["day"] == year.Span(12, pytest.approx(3 / 12), pytest.approx(2 / 12))  # type: ignore[arg-type]
    assert found.spans["outage"] == year.Span(0, None, None)
    assert promise.nobody_at_work == 0


@pytest.mark.parametrize(
    ("day", "hours", "span"),
    [(0, 3, "day"), (0, 24, "night"), (4, 72, "weekend"), (101, 24, "holiday"), (245, 24, "outage"), (245, 6, "day")],
)
def test_a_span_is_named_by_the_rarest_in_it(day: int, hours: float, span: str) -> None:
    posted = (MONDAY + day) * DAY + 10 * HOUR
    one = prompted(1, True, deadlines=[posted + hours * HOUR])
    one.truth = replace(one.truth, posted_at=posted)
    assert year.span(lived([one], plan=Plan(seed=1, weeks=2, calendar=year.CALENDAR)), one, 0) == span


def test_a_step_is_followed_when_expectations_stay_near_the_truth() -> None:
    prompts = [prompted(n, True, factor=0.5, expected=2.0 * (1 + 0.9**n), p_zero=0.3) for n in range(40)]
    found = change.measure_step([lived(prompts)])
    assert found.prompts == 16  # the mean of the last five is 0.249 above the truth
    assert found.ratios[0] > 1.6 > 1.2 > found.ratios[2] > found.ratios[3] > 1
    assert found.errors == pytest.approx([0.1] * 4)
    assert found.false_alarms == [0.0] * 4
    never = [prompted(n, True, factor=0.5, expected=4.0) for n in range(40)]
    assert change.measure_step([lived(never)]).prompts is None


def test_a_mute_segment_is_measured_from_its_first_dead_prompt_to_the_report() -> None:
    plan = chronic.mute(Plan(seed=1, weeks=30))
    assert [asset.segment for asset in World(plan).assets if plan.effect(asset, START) == 0.0] == ["sales/poll"] * 3
    mute = [prompted(n, False, factor=0.0, p_zero=min(n / 10, 1.0)) for n in range(12)]
    others = [prompted(n, n % 4 == 0, asset="sales-2") for n in range(12)]
    for p in others:
        p.truth = replace(p.truth, asset=Asset(SALES, "sales-2", 48, AssetType.QUESTION))
    told = verdict(mute[6], "chronic", "segment")
    told.subject = "study:/sales/poll"
    one = verdict(mute[3])
    found = chronic.measure([lived([*mute, *others], [one, told], plan)])
    [planted] = found.planted
    assert (planted.times_told, planted.prompts, planted.silent_expected, planted.stands) == (1, 7, None, True)
    assert planted.p_zero_at_last == pytest.approx(0.64)
    assert (found.healthy, found.healthy_told, found.most_silent) == (1, 0, 0.75)
    revived = verdict(mute[9], "revived", "segment")
    revived.subject = "study:/sales/poll"
    wrong = verdict(others[3], "chronic", "segment")
    wrong.subject = "study:/sales/question"
    found = chronic.measure([lived([*mute, *others], [told, revived, wrong], plan)])
    assert (found.planted[0].stands, found.healthy_told) == (False, 1)


def test_harm_is_what_differs_after_the_one_prompt_has_closed() -> None:
    plan = change.viral(Plan(seed=1, weeks=10))
    without = [prompted(n, True) for n in range(12)]
    with_it = [prompted(n, True, p_zero=0.1 + 0.01 * (n == 9), expected=4.0 + (n > 6)) for n in range(12)]
    with_it[8].flagged = [START]
    for p in with_it + without:
        p.truth = replace(p.truth, asset=Asset(SALES, "sales-1", 120, AssetType.QUESTION))
    found = change.measure_viral(lived(without), lived(with_it, plan=plan))
    assert (found.responders, found.prompts, found.verdicts_changed) == (1, 5, 1)  # the sixth comes as it closes
    assert found.p_zero_moved_most == pytest.approx(0.01)
    assert found.p_zero_moved == pytest.approx(0.002)
    assert found.expected_moved == pytest.approx(5 / 4)
