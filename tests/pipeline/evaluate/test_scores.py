"""Scores of lives that are known by heart."""

from itertools import count
from math import ceil, log
from typing import Any

import pytest

from pipeline.evaluate.life import Life, Lived
from pipeline.evaluate.scores import WARM_UP, challenge, score

VIEWS = ("segment", "hazard", "direct", "measured", "mix")


def prompt(n: int, first: float | None, deadline: float | None = 10.0, p: float = 0.2, **more: Any) -> Lived:
    return Lived(
        posted_at=3600.0 * n,
        deadlines=(None, deadline, deadline),
        views=dict.fromkeys(VIEWS, p),
        features=more.pop("features", {"bias": 1.0}),
        silent=first is None,
        responders=0 if first is None else 2,
        first_hours=first,
        dated=more.pop("dated", True),
    )


def life(*lived: Lived) -> Life:
    """Return a life whose first fifth is only there to be left out."""
    number = next(n for n in count() if n == ceil(WARM_UP * (n + len(lived))))
    left_out = [prompt(-n, None, p=0.999) for n in range(number)]
    return Life(len(left_out) + len(lived) + 3, [*left_out, *lived], 3, 168.0)


FIRSTS = [1.0] * 6 + [20.0] * 2 + [None] * 2
"""Of ten prompts six are answered before the deadline, two after it, two never."""


def test_counts_loss_and_reliability() -> None:
    found = score(life(*(prompt(n, first) for n, first in enumerate(FIRSTS, 1)), prompt(11, 1.0), prompt(12, 1.0)))
    assert found is not None
    assert (found.prompts, found.scored, found.warm_up, found.censored) == (18, 12, 3, 3)
    assert found.silent_share == pytest.approx(2 / 12)
    assert found.log_loss["mix"] == pytest.approx(-(2 * log(0.2) + 10 * log(0.8)) / 12)
    assert found.ece == pytest.approx(abs(0.2 - 2 / 12))
    assert [(b.prompts, b.silent) for b in found.reliability if b.prompts] == [(12, pytest.approx(2 / 12))]
    assert found.log_loss.keys() == {*VIEWS, "constant", "logistic", "poisson", "forest"}


def test_what_an_alpha_amounts_to() -> None:
    found = score(life(*(prompt(n, first) for n, first in enumerate(FIRSTS, 1)), prompt(11, None, deadline=None)))
    assert found is not None
    told = found.alphas[0.1]
    assert (told.judged, told.judged_prompts) == (pytest.approx(10 / 11), 10)
    assert told.silent_at_deadline == pytest.approx(0.4)
    assert told.recall == pytest.approx(2 / 3)
    assert told.precision == pytest.approx(0.5)
    assert told.false_alarms == pytest.approx(2 / 8)
    assert (told.lead_hours_median, told.lead_hours_p90) == (158.0, 158.0)
    assert told.window_hours == 1.0, "after an hour two of the eight answered ones are still waiting"
    assert told.found_before_window == 0.0
    assert told.hours_saved == pytest.approx((2 * (1.0 - 10.0) + (1.0 - 168.0)) / 3)
    assert found.leads[0.1] == [158.0, 158.0]


def test_nobody_was_told_of_by_the_smallest_alpha() -> None:
    found = score(life(*(prompt(n, first) for n, first in enumerate(FIRSTS, 1))))
    assert found is not None
    told = found.alphas[0.05]
    assert (told.judged, told.judged_prompts, told.recall, told.false_alarms) == (0.0, 0, 0.0, 0.0)
    assert told.silent_at_deadline is told.precision is told.lead_hours_median is None
    assert told.window_hours == 20.0


def test_fixed_windows() -> None:
    found = score(life(*(prompt(n, first) for n, first in enumerate(FIRSTS, 1))))
    assert found is not None
    window = found.windows[4.0]
    assert (window.false_alarms, window.precision, window.lead_hours) == (0.25, 0.5, 164.0)
    assert (found.windows[24.0].false_alarms, found.windows[24.0].precision) == (0.0, 1.0)


def test_deadlines_are_not_scored_where_too_many_responses_have_no_time() -> None:
    firsts = enumerate(FIRSTS, 1)
    found = score(life(*(prompt(n, first, dated=first != 20.0) for n, first in firsts)))
    assert found is not None
    assert found.undated == 2
    assert "2 of 10 prompts" in found.why_not_when
    told = found.alphas[0.1]
    assert told.silent_at_deadline is told.precision is told.false_alarms is told.window_hours is None
    assert told.recall == 1.0, "whoever is silent needs no time for it"


def test_a_few_responses_without_a_time_are_left_out() -> None:
    lived = [prompt(n, first) for n, first in enumerate(FIRSTS * 4, 1)]
    found = score(life(*lived, prompt(41, 30.0, dated=False)))
    assert found is not None
    assert (found.undated, found.why_not_when) == (1, "")
    assert found.alphas[0.1].false_alarms == pytest.approx(8 / 32)


def test_an_archive_with_nothing_to_score() -> None:
    assert score(Life(5, [], 5, 168.0)) is None


def test_a_challenger_learns_of_a_prompt_only_when_its_horizon_has_passed() -> None:
    silent = [prompt(n, None, features={"bias": 1.0, "author=3": 1.0}) for n in range(400)]
    said = challenge(silent, horizon_hours=168.0)
    for name, found in said.items():
        assert len(set(found[:168])) == 1, name
        assert found[-1] > found[0], name
