"""How lively a conversation was is among what a prompt is judged by; where it is not known nothing is said of it."""

import pytest

from models.expectations import Expectations
from models.features import MEASURES, prompt_features, rate_keys
from models.pulse import UNKNOWN, Pulse
from schemas.asset import AssetType
from schemas.event import Traits
from schemas.outcome import Prompt

PROMPT = Prompt(
    prompt_id="s:C1:1",
    source="s",
    conversation="C1",
    message="1",
    author="m_1",
    posted_at=1_700_000_000.0,
    asset_type=AssetType.QUESTION,
    persona="sales",
    reach={"sales": 7},
)
OURS = {"quiet", "lively", "lately", "away"}


def features(pulse: Pulse) -> dict[str, float]:
    keys = rate_keys(PROMPT, 80)
    return prompt_features(PROMPT, Traits(length=80), Expectations().rates, keys, pulse)


def test_of_what_is_not_known_there_is_no_feature() -> None:
    assert set(MEASURES) >= OURS
    assert not OURS & features(UNKNOWN).keys()
    assert not OURS & features(Pulse(lively_minutes=3.0, members_lately=4, away_days=2)).keys(), "nobody was heard yet"


def test_each_part_of_the_pulse_is_a_feature_of_its_own() -> None:
    lively, dead = features(Pulse(0.0, 9.0, 12, 0)), features(Pulse(60.0 * 24 * 7, 0.0, 0, None))
    assert {name: lively.get(name) for name in sorted(OURS)} == {
        "away": None, "lately": 0.64123, "lively": 0.57564, "quiet": None
    }  # fmt: skip
    assert {name: dead.get(name) for name in sorted(OURS)} == {
        "away": 1.0, "lately": None, "lively": None, "quiet": 0.92184
    }  # fmt: skip


def test_whoever_was_never_there_was_away_for_longer_than_anybody_who_was() -> None:
    away = [features(Pulse(1.0, away_days=days)).get("away", 0.0) for days in (0, 1, 28, None)]
    assert away == sorted(set(away))


def test_what_was_learned_of_dead_channels_is_said_of_the_next_one() -> None:
    model, lively, dead = Expectations(), Pulse(1.0, 9.0, 12, 0), Pulse(60.0 * 24 * 7, 0.0, 0, None)
    for _ in range(300):
        for pulse, silent in ((lively, False), (dead, True)):
            x = features(pulse)
            model.direct.learn_one(x, silent)
            model.measured.learn_one(x, silent)
            for bin in range(12 if silent else 1):
                model.hazard.learn_one(x, bin, not silent)
    views = {name: model.judge(PROMPT, Traits(length=80), 0.1, 168.0, pulse).views for name, pulse in
             (("lively", lively), ("dead", dead))}  # fmt: skip
    for view in ("hazard", "direct", "measured"):
        assert views["lively"][view] < 0.3 < 0.7 < views["dead"][view], view


@pytest.mark.parametrize("value", [1 / 3, 2 / 3, 1e-7])
def test_features_have_five_decimals(value: float) -> None:
    x = features(Pulse(quiet_minutes=value, lively_minutes=value))
    assert all(len(f"{value!r}") <= 8 for value in x.values())
