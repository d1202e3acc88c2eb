"""The composite: what it publishes judges exactly as it does, and what it says hangs together."""

import json
import random
from typing import Any

import pytest

from models.activity_clock import ActivityClock
from models.attendance import Attendance
from models.expectations import Expectations, JudgingOnlyError
from models.judgement import Judgement
from schemas.asset import AssetType
from schemas.event import Traits
from schemas.observation import Activity, BinPassed, HorizonReached
from schemas.outcome import Prompt, Surroundings

HOUR = 3600.0
START = 1.7e9


def prompt(i: int, asset_type: AssetType = AssetType.QUESTION, posted_at: float = START) -> Prompt:
    return Prompt(
        prompt_id=f"s:C{i % 7}:{i}",
        source="s",
        conversation=f"C{i % 7}",
        message=str(i),
        author=f"m_{i % 40}",
        posted_at=posted_at,
        asset_type=asset_type,
        persona="sales",
        reach={"sales": 40},
        surroundings=Surroundings(active_members=12, competing_prompts=i % 4, channel_age_hours=500),
    )


def judge(model: Expectations, p: Prompt, alpha: float = 0.1, horizon: float = 168.0) -> Judgement:
    return model.judge(p, Traits(length=120, question=True), alpha=alpha, horizon_hours=horizon)


def live(model: Expectations, n: int, seed: int = 3) -> list[dict[str, dict[str, Any]]]:
    """Questions are answered within minutes, thumbs are not given; returns what was published, version by version."""
    rng, published = random.Random(seed), []
    for i in range(n):
        asset_type = rng.choice([AssetType.QUESTION, AssetType.THUMBS_UP])
        p = prompt(i, asset_type, START + i * HOUR)
        judged = judge(model, p)
        silent = rng.random() < (0.02 if asset_type is AssetType.QUESTION else 0.8)
        last = len(judged.edges) if silent else rng.randrange(1, 5)
        for b in range(last):
            answered = not silent and b == last - 1
            model.learn_bin(BinPassed(id="b", time=0, bin=b, answered=answered, features=judged.features))
        responders = 0 if silent else 4
        model.learn_horizon(
            HorizonReached(
                id="h",
                time=0,
                prompt_id=p.prompt_id,
                silent=silent,
                responders=responders,
                reach=40,
                first_response_hours=None if silent else judged.edges[last - 1] / HOUR,
                features=judged.features,
                views=judged.views,
                keys=judged.keys,
            )
        )
        members = {f"m_{rng.randrange(30)}": rng.randrange(1, 5) for _ in range(3)}
        activity = Activity(id="a", time=p.posted_at, source="s", conversation=p.conversation, members=members)
        model.learn_activity(activity, {"m_0": "sales", "m_1": "sales"})
        published.append(model.take_changes())
    return published


@pytest.fixture(scope="module")
def lived() -> tuple[Expectations, list[dict[str, dict[str, Any]]]]:
    model = Expectations(max_authors=25)  # fewer than there are: keys go, too
    return model, live(model, 400)


def test_a_twin_of_everything_published_judges_exactly_alike(lived: tuple[Expectations, Any]) -> None:
    model, _ = lived
    twin = Expectations.from_values(json.loads(json.dumps(model.everything())))
    for i in range(50):
        p = prompt(i, posted_at=START + i * 7919)
        assert judge(twin, p) == judge(model, p)
        assert twin.expected_by(p, 3.0) == model.expected_by(p, 3.0)
        assert twin.persona_of(f"m_{i}") == model.persona_of(f"m_{i}")


def test_the_changes_add_up_to_everything(lived: tuple[Expectations, Any]) -> None:
    model, published = lived
    values: dict[str, dict[str, Any]] = {name: {} for name in model.everything()}
    removed = 0
    for changes in json.loads(json.dumps(published)):
        for part, changed in changes.items():
            values[part].update(changed)
            removed += sum(value is None for value in changed.values())
    assert {name: {k: v for k, v in part.items() if v is not None} for name, part in values.items()} == (
        model.everything()
    )
    assert removed


def test_what_was_published_does_not_change_when_learning_goes_on() -> None:
    model = Expectations()
    live(model, 5)
    values = model.everything()
    before = json.dumps(values)
    live(model, 5, seed=4)
    assert json.dumps(values) == before


def test_a_judging_twin_refuses_to_learn_and_judges_from_nothing() -> None:
    twin = Expectations.from_values({})
    assert judge(twin, prompt(1)) == judge(Expectations(), prompt(1))
    with pytest.raises(JudgingOnlyError, match="only judge"):
        twin.learn_bin(BinPassed(id="b", time=0, bin=0, answered=True, features={}))


def test_nothing_learned_nothing_claimed() -> None:
    judged = judge(Expectations(), prompt(1))
    assert judged.deadline is None
    assert judged.p_zero == judged.p_zero_horizon > 0.1


def test_views_that_learn_at_the_horizon_say_nothing_before_the_first_one() -> None:
    model = Expectations()
    before = judge(model, prompt(1))
    assert before.views.keys() == {"segment", "hazard", "mix"}
    for i in range(40):
        model.learn_bin(BinPassed(id="", time=0, bin=0, answered=True, features=judge(model, prompt(i)).features))
    answered = judge(model, prompt(1))
    assert answered.views["mix"] < before.views["mix"] / 2, "what is known is not hidden by those that know nothing"
    model.learn_horizon(
        HorizonReached(id="", time=0, prompt_id="p", silent=False, responders=1, reach=1, first_response_hours=0.1,
                       features=answered.features, views=answered.views, keys=answered.keys)
    )  # fmt: skip
    assert judge(model, prompt(2)).views.keys() == {"segment", "hazard", "direct", "measured", "mix"}


def test_a_question_gets_a_deadline_and_a_thumb_does_not(lived: tuple[Expectations, Any]) -> None:
    model, _ = lived
    question, thumb = judge(model, prompt(7)), judge(model, prompt(7, AssetType.THUMBS_UP))
    assert question.deadline is not None and START < question.deadline < START + 168 * HOUR
    assert question.p_zero == 0.1
    assert thumb.deadline is None and thumb.p_zero == thumb.p_zero_horizon > 0.3


def test_the_numbers_of_a_judgement_hang_together(lived: tuple[Expectations, Any]) -> None:
    model, _ = lived
    for horizon in (2.0, 30.0, 168.0, 336.0):
        for i in range(20):
            judged = judge(model, prompt(i, posted_at=START + i * 7919), horizon=horizon)
            assert judged.edges[-1] == horizon * HOUR
            assert list(judged.edges) == sorted(judged.edges)
            assert list(judged.curve) == sorted(judged.curve, reverse=True)
            assert len(judged.curve) == len(judged.edges)
            assert judged.curve[-1] == judged.p_zero_horizon == max(judged.views["mix"], 1e-4)
            assert 0 <= judged.expected_at_deadline <= judged.expected <= 40
            assert 15 <= len(judged.features) <= 30
            if judged.deadline is not None:
                age = judged.deadline - (START + i * 7919)
                at = next(b for b, edge in enumerate(judged.edges) if age <= edge + 1e-3)
                assert judged.curve[at] < 0.1


def test_a_stricter_alpha_waits_longer(lived: tuple[Expectations, Any]) -> None:
    model, _ = lived
    deadlines = [judge(model, prompt(7), alpha).deadline for alpha in (0.3, 0.2, 0.1)]
    assert None not in deadlines
    assert deadlines == sorted(set(deadlines))  # type: ignore[type-var]


def office_hours(model: Expectations, *, off: int | None = None) -> float:
    """Teach 60 days of nine to five, one of them off; return the first midnight."""
    midnight = START // (24 * HOUR) * (24 * HOUR)
    model.clock, model.attendance = ActivityClock(), Attendance()
    for day in range(60):
        for hour in range(9, 17) if day != off else ():
            for part in (model.clock, model.attendance):
                part.learn_one("sales", midnight + (24 * day + hour) * HOUR, 5)
    return midnight


def test_no_deadline_falls_into_the_night() -> None:
    model = Expectations()
    live(model, 400)
    midnight = office_hours(model)
    for hour in range(60 * 24, 61 * 24):
        for alpha in (0.95, 0.9, 0.8, 0.5, 0.2, 0.1):  # the larger, the sooner: at night within hours
            deadline = judge(model, prompt(7, posted_at=midnight + hour * HOUR), alpha).deadline
            assert deadline is not None and 9 <= (deadline - midnight) / HOUR % 24 < 17


def test_nor_does_one_that_is_postponed() -> None:
    model = Expectations()
    midnight = office_hours(model, off=58)
    bare, hours = [], []
    for minutes in range(0, 8 * 60, 10):
        posted, due = midnight + 57 * 24 * HOUR + 16 * HOUR, midnight + (58 * 24 + 9) * HOUR + minutes * 60
        until = midnight + 59 * 24 * HOUR
        bare.append(model.attendance.postponed(model.clock, "sales", posted, due, due, until))
        hours.append(model.postponed("sales", posted, due, due, until))
    assert all(later is not None and 9 <= (later - midnight) / HOUR % 24 < 17 for later in hours)
    assert any(later is not None and not 9 <= (later - midnight) / HOUR % 24 < 17 for later in bare)


def test_given_personas_are_not_inferred(lived: tuple[Expectations, Any]) -> None:
    model, _ = lived
    assert model.persona_of("m_0") == "newcomer"
    assert model.persona_of("m_5") != "newcomer"
    assert any(place.startswith("sales|s:C") for place in model.places.counts)


@pytest.mark.parametrize("horizon", [48.0, 168.0, 336.0])
def test_responders_by_each_edge_are_those_expected_by_its_age(horizon: float) -> None:
    model = Expectations()
    live(model, 60)
    judged = judge(model, prompt(99), horizon=horizon)
    ages = [edge / HOUR for edge in judged.edges]
    assert judged.expected_by == tuple(model.expected_by(prompt(99), age, horizon) for age in ages)
    assert judged.expected_by[0] < judged.expected / 2 < judged.expected_by[-1] == pytest.approx(judged.expected)
