"""What several views say together."""

import random

import pytest

from models.log_odds import log_odds, logistic
from models.mixture import Mixture

VIEWS = ("segment", "hazard", "direct", "measured")


def test_views_that_agree_are_believed_before_anything_is_learned() -> None:
    for p in (0.01, 0.3, 0.9):
        assert Mixture().p_zero(dict.fromkeys(VIEWS, p)) == pytest.approx(p)


def test_all_views_start_alike_and_the_rate_of_the_place_hands_over() -> None:
    """What all views say of these prompts is right, so nothing else moves the weights."""
    rng, mixture = random.Random(1), Mixture()
    for view in VIEWS:
        assert mixture.p_zero(dict.fromkeys(VIEWS, 0.5) | {view: 0.2}) == pytest.approx(logistic(log_odds(0.2) / 4))
    for _ in range(3000):
        said = rng.choice([0.1, 0.4])
        mixture.learn_one(dict.fromkeys(VIEWS, said), rng.random() < said)
    assert mixture.weights["segment"] < 0.03
    for view in VIEWS[1:]:
        assert mixture.weights[view] == pytest.approx(1 / 3, abs=0.06)


def test_a_view_that_is_absent_agrees_with_the_others_and_learns_nothing() -> None:
    mixture = Mixture()
    assert mixture.p_zero({"segment": 0.3, "hazard": 0.1}) == pytest.approx(
        logistic((log_odds(0.3) + log_odds(0.1)) / 2)
    )
    for n in range(100):
        mixture.learn_one({"segment": 0.3, "hazard": 0.1}, n % 10 == 0)
    assert mixture.weights.keys() == {"segment", "hazard", "bias"}
    assert mixture.p_zero({"segment": 0.3, "hazard": 0.1}) < 0.15
    assert mixture.p_zero({}) == pytest.approx(0.5, abs=0.1)


def test_alone_it_keeps_what_it_has() -> None:
    mixture = Mixture(("segment",))
    for n in range(3000):
        mixture.learn_one({"segment": 0.2}, n % 5 == 0)
    assert mixture.p_zero({"segment": 0.2}) == pytest.approx(0.2, abs=0.02)


def test_what_is_surer_of_silence_than_its_views_is_learned_without_moving_the_rest() -> None:
    """Of prompts of which all views say 0.7, 0.9 are silent; where they say 0.1 it is so."""
    rng, mixture = random.Random(1), Mixture()
    for _ in range(4000):
        said, true = rng.choice([(0.7, 0.9), (0.1, 0.1)])
        mixture.learn_one(dict.fromkeys(VIEWS, said), rng.random() < true)
    assert mixture.p_zero(dict.fromkeys(VIEWS, 0.7)) == pytest.approx(0.9, abs=0.03)
    assert mixture.p_zero(dict.fromkeys(VIEWS, 0.1)) == pytest.approx(0.1, abs=0.02)
