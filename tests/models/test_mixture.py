"""What several views say together."""

import random

import pytest

from models.log_odds import log_odds, logistic
from models.mixture import Mixture

VIEWS = ("segment", "hazard", "direct", "measured")


def test_views_that_agree_are_believed_before_anything_is_learned() -> None:
    for p in (0.01, 0.3, 0.9):
        assert Mixture().p_zero(dict.fromkeys(VIEWS, p)) == pytest.approx(p)


def test_the_rate_of_the_place_starts_with_a_tenth() -> None:
    views = dict.fromkeys(VIEWS, 0.5) | {"segment": 0.9}
    assert Mixture().p_zero(views) == pytest.approx(logistic(0.1 * log_odds(0.9)))
    views = dict.fromkeys(VIEWS, 0.5) | {"direct": 0.9}
    assert Mixture().p_zero(views) == pytest.approx(logistic(0.3 * log_odds(0.9)))
    assert Mixture(("segment",)).p_zero({"segment": 0.9}) == pytest.approx(0.9)


def test_what_is_surer_of_silence_than_its_views_is_learned_without_moving_the_rest() -> None:
    """Of prompts of which all views say 0.7, 0.9 are silent; where they say 0.1 it is so."""
    rng, mixture = random.Random(1), Mixture()
    for _ in range(4000):
        said, true = rng.choice([(0.7, 0.9), (0.1, 0.1)])
        mixture.learn_one(dict.fromkeys(VIEWS, said), rng.random() < true)
    assert mixture.p_zero(dict.fromkeys(VIEWS, 0.7)) == pytest.approx(0.9, abs=0.03)
    assert mixture.p_zero(dict.fromkeys(VIEWS, 0.1)) == pytest.approx(0.1, abs=0.02)
