"""Deadline, bending, e-detector: what they promise, checked by simulation and by hand."""

import copy
import random
from itertools import pairwise
from math import exp, log, sqrt

from hypothesis import example, given
from hypothesis import strategies as st

from models.age_bins import AGE_BINS, edges_until
from models.deadline import deadline_age
from models.e_detector import EDetector
from models.first_response import FirstResponse
from models.measured_silence import MeasuredSilence
from models.mixture import bend
from models.responders import Responders

HAZARDS = st.lists(st.floats(0.001, 0.95), min_size=12, max_size=12)


def curve_of(hazards: list[float]) -> list[float]:
    silent, curve = 1.0, []
    for hazard in hazards:
        silent *= 1 - hazard
        curve.append(silent)
    return curve


@given(hazards=HAZARDS, alpha=st.floats(0.01, 0.5))
def test_the_deadline_lies_where_the_curve_crosses_alpha(hazards: list[float], alpha: float) -> None:
    curve = curve_of(hazards)
    age = deadline_age(curve, AGE_BINS, alpha)
    if age is None:
        assert curve[-1] >= alpha
    else:
        assert all(p >= alpha for p, edge in zip(curve, AGE_BINS, strict=True) if edge < age - 1e-9)
        assert all(p < alpha for p, edge in zip(curve, AGE_BINS, strict=True) if edge > age + 1e-9)


@given(hazards=HAZARDS, end=st.floats(0.001, 0.999))
@example(hazards=[0.5, *[0.75] * 4, *[0.875] * 3, *[0.9375] * 3, 0.5], end=0.5)  # ends below what is told apart
def test_bending_keeps_a_survival_curve_and_moves_its_end(hazards: list[float], end: float) -> None:
    before = curve_of(hazards)
    curve = bend(before, end, AGE_BINS)
    assert curve[-1] == end
    assert all(later <= earlier + 1e-12 for earlier, later in pairwise(curve))
    assert 0 <= curve[0] <= 1
    raised = end > before[-1]
    assert all(p >= q - 1e-12 if raised else p <= q + 1e-12 for p, q in zip(curve, before, strict=True))


def test_a_raised_curve_is_that_of_prompts_of_which_some_are_answered_less_than_others() -> None:
    rng, variance, draws = random.Random(11), 0.8, 100_000
    frailties = [inverse_gaussian(rng, variance) for _ in range(draws)]
    hazards = [0.2, 0.6, 1.5, 3.0]
    truth = [sum(exp(-frailty * hazard) for frailty in frailties) / draws for hazard in hazards]
    curve = bend([exp(-hazard) for hazard in hazards], truth[-1], AGE_BINS[:4])
    assert all(abs(p - true) < 0.005 for p, true in zip(curve, truth, strict=True))


def inverse_gaussian(rng: random.Random, variance: float) -> float:
    """Draw from the inverse Gaussian distribution of mean 1 (Michael, Schucany and Haas 1976)."""
    y = rng.gauss(0.0, 1.0) ** 2
    x = 1.0 + variance * y / 2 - sqrt(variance * y + (variance * y / 2) ** 2)
    return x if rng.random() <= 1.0 / (1.0 + x) else 1.0 / x


def test_within_a_bin_a_deadline_comes_where_responses_whose_ages_are_spread_by_their_logarithm_say() -> None:
    minute, start, end = 1 / 60, AGE_BINS[6], AGE_BINS[7]

    def p_zero(age: float) -> float:
        return 0.4 * exp(-2.0 * log((age + minute) / (start + minute)))

    age = deadline_age([0.4, p_zero(end)], [start, end], 0.2)
    assert age is not None and abs(p_zero(age) - 0.2) < 1e-9


def test_late_bins_that_have_learned_little_do_not_move_an_early_deadline() -> None:
    early = curve_of([0.5, 0.5, 0.5, 0.5] + [0.01] * 8)
    before, after = (deadline_age(curve, AGE_BINS, 0.1) for curve in (early, bend(early, 0.001, AGE_BINS)))
    assert before is not None and after is not None
    assert 0.5 * before < after <= before


@given(horizon=st.floats(0.01, 1000))
def test_the_last_bin_ends_at_the_horizon(horizon: float) -> None:
    edges = edges_until(horizon)
    assert edges[-1] == horizon and len(edges) <= len(AGE_BINS)
    assert all(a < b for a, b in pairwise(edges))


def test_false_alarms_of_the_e_detector_are_as_rare_as_promised() -> None:
    rng, alpha, runs = random.Random(5), 0.1, []
    for _ in range(400):
        detector, prompts = EDetector(alpha=alpha), 0
        while not detector.flagged:
            p_zero = rng.uniform(0.2, 0.9)
            detector.learn_one(silent=rng.random() < p_zero, p_zero=p_zero)
            prompts += 1
        runs.append(prompts)
    assert sum(runs) / len(runs) >= 1 / alpha


def test_the_e_detector_stays_finite_and_clips_overconfidence() -> None:
    detector = EDetector(alpha=0.001, floor=0.01)
    detector.learn_one(silent=True, p_zero=0.0)
    assert detector.evidence == 100 and not detector.flagged
    for _ in range(1000):
        detector.learn_one(silent=True, p_zero=0.01)
    assert detector.evidence == 1e300 and detector.flagged


def test_hazards_find_the_truth_bin_by_bin() -> None:
    rng, model = random.Random(2), FirstResponse(n_bins=3)
    truth = [0.5, 0.1, 0.3]
    for _ in range(6000):
        for b, hazard in enumerate(truth):
            answered = rng.random() < hazard
            model.learn_one({"bias": 1.0}, b, answered)
            if answered:
                break
    assert all(abs(h - t) < 0.06 for h, t in zip(model.hazards({"bias": 1.0}), truth, strict=True))


def test_a_hazard_that_has_seen_little_says_hardly_more_than_the_shares() -> None:
    model = FirstResponse(n_bins=2)
    for n in range(40):
        model.learn_one({"bias": 1.0, f"author={n}": 1.0, f"channel={n}": 1.0}, 0, answered=n % 4 == 0)
    assert abs(model.hazards({})[0] - 0.25) < 0.06
    assert abs(model.hazards({"bias": 1.0, "author=1": 1.0, "channel=1": 1.0})[0] - 0.25) < 0.15


def test_what_has_changed_is_followed_however_much_was_seen_before() -> None:
    hazard, measured = FirstResponse(n_bins=1), MeasuredSilence()
    for n in range(4000):
        answered = n % 10 < (8 if n < 3000 else 2)
        hazard.learn_one({"bias": 1.0, "reach": 1.0}, 0, answered)
        measured.learn_one({"reach": n % 2 / 2}, not answered)
    assert hazard.hazards({"bias": 1.0, "reach": 1.0})[0] < 0.35
    assert measured.p_zero({"reach": 0.5}) > 0.65


def test_segments_borrow_from_their_asset_type() -> None:
    responders = Responders()
    for _ in range(50):
        responders.learn_one("question", "sales/question", 10, 20, 1.0)
        responders.learn_one("thumbs_up", "sales/thumbs_up", 0, 20)
    assert responders.expected("question", "service/question", 20) > 5
    assert responders.expected("thumbs_up", "service/thumbs_up", 20) < 1
    assert responders.expected("thumbs_up", "sales/thumbs_up", 20) < 0.1


def over_dispersed(rng: random.Random, mean: float) -> int:
    """Responders of a prompt of mean appeal 1 and variance a half."""
    left, responders = mean * rng.gammavariate(2.0, 0.5), 0
    while (left := left - rng.expovariate(1.0)) > 0:
        responders += 1
    return responders


def test_when_engagement_falls_to_half_a_segments_expectation_is_near_it_forty_prompts_later() -> None:
    rng, responders = random.Random(5), Responders()
    for n in range(240):
        for persona in range(6):
            responders.learn_one("poll", f"{persona}/poll", over_dispersed(rng, 4.0 if n < 200 else 2.0), 40, 1.0)
        if n == 199:
            before = [responders.expected("poll", f"{persona}/poll", 40) for persona in range(6)]
    after = [responders.expected("poll", f"{persona}/poll", 40) for persona in range(6)]
    assert abs(sum(before) / 6 - 4.0) < 0.8
    assert abs(sum(after) / 6 - 2.0) < 0.5


def test_one_prompt_that_goes_around_the_world_says_little_about_the_next() -> None:
    responders = Responders()
    for n in range(100):
        responders.learn_one("poll", "sales/poll", n % 9, 40, 1.0)
    expected, share = responders.expected("poll", "sales/poll", 40), responders.share("poll", 4.0)
    for reach in (40, 2_400):
        after = copy.deepcopy(responders)
        after.learn_one("poll", "sales/poll", 2_000, reach, 1.0)
        assert expected < after.expected("poll", "sales/poll", 40) < 1.25 * expected
        assert abs(after.share("poll", 4.0) - share) < 0.05


def test_a_large_audience_counts_hardly_more_than_a_small_one() -> None:
    responders = Responders()
    for _ in range(100):
        responders.learn_one("poll", "sales/poll", 4, 40, 1.0)
        responders.learn_one("poll", "sales/poll", 20, 1_000, 1.0)
    assert 0.04 < responders.expected("poll", "sales/poll", 1) < 0.06  # by the counts alone it would be 0.023


def test_the_response_curve_is_that_of_all_responders_though_it_sees_only_the_first() -> None:
    rng, responders = random.Random(3), Responders(decays=(1.0, 1.0, 1.0), curve_decay=1.0)
    for _ in range(3000):
        ages = [rng.expovariate(1 / 10) for _ in range(5)]  # one responder needs ten hours on average
        responders.learn_one("poll", "all/poll", 5, 50, min(ages))
    assert abs(responders.share("poll", 7.0) - 0.50) < 0.06
    assert responders.share("poll", 0.0) < 1e-9
    assert responders.share("poll", 168.0) == 1.0
