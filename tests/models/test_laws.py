"""Small laws that every estimator keeps, each on the same seeded stream."""

import copy
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from models.activity_clock import ActivityClock
from models.activity_personas import ActivityPersonas
from models.attendance import Attendance
from models.challengers import Challenger, challengers
from models.direct_silence import DirectSilence
from models.e_detector import EDetector
from models.expectations import Expectations
from models.first_response import FirstResponse
from models.measured_silence import MeasuredSilence
from models.mixture import Mixture
from models.part import Part
from models.peers import Peers
from models.pickles import dumps, loads
from models.places import Places
from models.responders import Responders
from models.segment_rate import SegmentRate
from models.source_clock import SourceClock
from schemas.asset import AssetType
from schemas.event import Traits
from schemas.observation import Activity, BinPassed, HorizonReached
from schemas.outcome import Prompt


@dataclass(frozen=True)
class Step:
    x: dict[str, float]
    keys: dict[str, str]
    views: dict[str, float]
    time: float
    bin: int
    silent: bool
    responders: int
    prompt: Prompt


def stream(n: int = 200, seed: int = 8) -> Iterator[Step]:
    rng = random.Random(seed)
    for i in range(n):
        asset_type, persona = rng.choice(list(AssetType)), rng.choice(["sales", "service"])
        silent = i == n - 1 or rng.random() < (0.7 if asset_type is AssetType.THUMBS_UP else 0.2)
        author, time = f"m_{rng.randrange(3 * n)}", 1.7e9 + i * 20_000.0
        x = {
            "bias": 1.0,
            "reach": rng.random(),
            f"type={asset_type}": 1.0,
            f"rare={rng.randrange(3 * n)}": rng.gauss(0, 1),
        }
        prompt = Prompt(
            prompt_id=f"s:C{i % 5}:{i}",
            source="s",
            conversation=f"C{i % 5}",
            message=str(i),
            author=author,
            posted_at=time,
            asset_type=asset_type,
            persona=persona,
            reach={persona: 10 + i % 30},
        )
        keys = {"author": author, "segment": prompt.segment, "asset_type": asset_type.value}
        views = {view: min(max(rng.gauss(0.7 if silent else 0.3, 0.2), 0.01), 0.99) for view in Mixture().views}
        yield Step(x, keys, views, time, rng.randrange(12), silent, 0 if silent else rng.randrange(1, 9), prompt)


def learn_expectations(model: Expectations, s: Step) -> None:
    judged = model.judge(s.prompt, Traits(length=50), 0.1, 168.0)
    for b in range(s.bin):
        model.learn_bin(BinPassed(id="b", time=s.time, bin=b, answered=False, features=judged.features))
    model.learn_horizon(
        HorizonReached(
            id="h",
            time=s.time,
            prompt_id=s.prompt.prompt_id,
            silent=s.silent,
            responders=s.responders,
            reach=20,
            first_response_hours=1.0 if s.responders else None,
            features=judged.features,
            views=judged.views,
            keys=judged.keys,
        )
    )
    activity = Activity(id="a", time=s.time, source="s", conversation="C1", members={s.prompt.author: 3})
    model.learn_activity(activity, {})


@dataclass(frozen=True)
class Case:
    make: Callable[[], Any]
    learn: Callable[[Any, Step], None]
    predict: Callable[[Any, Step], Any]


def challenger(name: str) -> Case:
    return Case(
        lambda: Challenger(challengers()[name].model, counts=name == "poisson", max_features=20),
        lambda e, s: e.learn_one(s.x, s.silent, s.responders),
        lambda e, s: e.p_zero(s.x),
    )


def busy_clock() -> ActivityClock:
    """Return a clock that expects a lot at any time."""
    clock = ActivityClock()
    for hour in range(24 * 60):
        clock.learn_one("sales", 1.69e9 + hour * 3600, 3)
    return clock


CLOCK = busy_clock()
CASES = {
    **{f"challenger {name}": challenger(name) for name in challengers()},
    "ActivityClock": Case(
        lambda: ActivityClock(max_personas=20),
        lambda e, s: e.learn_one(s.prompt.author, s.time, 3),
        lambda e, s: (e.to_activity(s.prompt.author, s.time), e.to_calendar("sales", s.time / 3600)),
    ),
    "ActivityPersonas": Case(
        lambda: ActivityPersonas(max_members=20),
        lambda e, s: e.learn_one(s.prompt.author, s.time, 3),
        lambda e, s: e.label(s.prompt.author),
    ),
    "Attendance": Case(
        lambda: Attendance(max_personas=20),
        lambda e, s: e.learn_one(s.prompt.author, s.time, 3),
        lambda e, s: (
            e.ratio(CLOCK, s.prompt.author, s.time - 9e4, s.time),
            e.postponed(CLOCK, "sales", s.time - 9e5, s.time - 5e5, s.time - 5e5, s.time),
        ),
    ),
    "DirectSilence": Case(
        lambda: DirectSilence(max_features=20), lambda e, s: e.learn_one(s.x, s.silent), lambda e, s: e.p_zero(s.x)
    ),
    "EDetector": Case(
        EDetector,
        lambda e, s: e.learn_one(silent=s.silent, p_zero=s.views["segment"]),
        lambda e, _s: (e.evidence, e.flagged),
    ),
    "Expectations": Case(
        lambda: Expectations(max_authors=20, max_segments=20, max_members=20, max_places=20),
        learn_expectations,
        lambda e, s: e.judge(s.prompt, Traits(length=50), 0.1, 168.0),
    ),
    "MeasuredSilence": Case(MeasuredSilence, lambda e, s: e.learn_one(s.x, s.silent), lambda e, s: e.p_zero(s.x)),
    "FirstResponse": Case(
        lambda: FirstResponse(max_features=20),
        lambda e, s: e.learn_one(s.x, s.bin, not s.silent),
        lambda e, s: e.survival(s.x),
    ),
    "Mixture": Case(Mixture, lambda e, s: e.learn_one(s.views, s.silent), lambda e, s: e.p_zero(s.views)),
    "Peers": Case(
        lambda: Peers(minimum=2.0, max_segments=20),
        lambda e, s: e.learn_one(s.prompt.author, s.prompt.asset_type, s.silent, s.time),
        lambda e, s: (
            e.reference(s.prompt.author, s.prompt.asset_type, s.time),
            e.reference("sales", s.prompt.asset_type, s.time),
        ),
    ),
    "Places": Case(
        lambda: Places(max_places=20),
        lambda e, s: e.learn_one("sales", s.prompt.author, s.time),
        lambda e, s: e.counts.get(f"sales|{s.prompt.author}", 0.0),
    ),
    "Responders": Case(
        lambda: Responders(max_segments=20),
        lambda e, s: e.learn_one(
            s.keys["asset_type"], s.prompt.author, s.responders, 20, 0.5 if s.responders else None
        ),
        lambda e, s: (e.expected(s.keys["asset_type"], s.prompt.author, 20), e.share(s.keys["asset_type"], 2.0)),
    ),
    "SegmentRate": Case(
        lambda: SegmentRate({"author": 20, "segment": 20}),
        lambda e, s: e.learn_one(s.keys, s.silent),
        lambda e, s: (e.rate("author", s.keys["author"]), e.rate("segment", s.keys["segment"])),
    ),
    "SourceClock": Case(
        lambda: SourceClock(max_sources=20, min_weeks=0.0),
        lambda e, s: (
            e.learn_one(s.prompt.author, s.time, 3),
            e.learn_one("all", s.time, 99),
            e.fill_one("all", 1.7e9),
        ),
        lambda e, s: (e.p_zero(s.prompt.author, s.time, s.time + 9e5), e.missed("all", 0.0, 2e9, s.time)),
    ),
}
STEPS = list(stream())


def trained(case: Case, steps: list[Step] = STEPS) -> Any:
    estimator = case.make()
    for step in steps:
        case.learn(estimator, step)
    return estimator


def predictions(case: Case, estimator: Any) -> list[Any]:
    return [case.predict(estimator, step) for step in STEPS]


def sizes(state: Any) -> Iterator[int]:
    if isinstance(state, dict):
        yield len(state)
        for value in state.values():
            yield from sizes(value)
    elif hasattr(state, "__dict__"):
        yield from sizes({k: v for k, v in vars(state).items() if k not in {"max_keys", "_touched"}})


def predicts_before_it_learned(case: Case) -> None:
    case.predict(case.make(), STEPS[0])


def predicting_changes_nothing(case: Case) -> None:
    estimator, twin = trained(case), trained(case)
    assert predictions(case, estimator) == predictions(case, estimator)
    for step in STEPS:
        case.learn(estimator, step)
        case.learn(twin, step)
    assert predictions(case, estimator) == predictions(case, twin)


def input_is_not_mutated(case: Case) -> None:
    step = copy.deepcopy(STEPS[0])
    estimator = case.make()
    case.learn(estimator, step)
    case.predict(estimator, step)
    assert step == STEPS[0]


def learning_changes_predictions(case: Case) -> None:
    assert predictions(case, trained(case)) != predictions(case, case.make())


def features_may_appear_and_vanish(case: Case) -> None:
    estimator = trained(case)
    for x in ({}, {"never seen": 1.0}, STEPS[0].x):
        step = Step(**{**vars(STEPS[0]), "x": x})
        case.predict(estimator, step)
        case.learn(estimator, step)


def pickled_it_goes_on_the_same(case: Case) -> None:
    estimator = trained(case, STEPS[:100])
    twin = loads(dumps(estimator))
    assert predictions(case, twin) == predictions(case, estimator)
    for step in STEPS[100:]:
        case.learn(estimator, step)
        case.learn(twin, step)
    assert predictions(case, twin) == predictions(case, estimator)


def clone_is_fresh_and_independent(case: Case) -> None:
    estimator = trained(case)
    before = predictions(case, estimator)
    clone = estimator.clone()
    assert predictions(case, clone) == predictions(case, case.make())
    for step in STEPS[:20]:
        case.learn(clone, step)
    assert predictions(case, estimator) == before


def memory_is_bounded(case: Case) -> None:
    # a composite also holds its buckets of features, and River's forest has 35 attributes
    bound = {id(CASES["Expectations"]): 600, id(CASES["challenger forest"]): 36}.get(id(case), 21)
    assert max(sizes(trained(case)), default=0) <= bound


def same_stream_same_numbers(case: Case) -> None:
    assert predictions(case, trained(case)) == predictions(case, trained(case))


LAWS = (
    predicts_before_it_learned,
    predicting_changes_nothing,
    input_is_not_mutated,
    learning_changes_predictions,
    features_may_appear_and_vanish,
    pickled_it_goes_on_the_same,
    clone_is_fresh_and_independent,
    memory_is_bounded,
    same_stream_same_numbers,
)


@pytest.mark.parametrize(
    ("case", "law"),
    [pytest.param(case, law, id=f"{name}:{law.__name__}") for name, case in CASES.items() for law in LAWS],
)
def test_law(case: Case, law: Callable[[Case], None]) -> None:
    law(case)


def test_every_published_dict_is_a_part() -> None:
    assert all(isinstance(part, Part) for part in Expectations().parts().values())
