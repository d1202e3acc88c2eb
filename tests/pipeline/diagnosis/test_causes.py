"""How causes show themselves: by what they mean, with noise, and without the checklist's counts."""

from collections.abc import Callable
from pathlib import Path
from statistics import fmean

import numpy as np
import pytest

import pipeline.diagnosis
from models.checklist_file import load_checklist
from pipeline.diagnosis.causes import CAUSES, INCOMPLETE, LINES, PAIRS, RATINGS, SHOWN, STRAY, Design, plant

SIGNS: dict[str, list[Callable[[Design], bool]]] = {
    "no_wiifm": [lambda d: d.ask in RATINGS, lambda d: not d.wiifm],
    "elsewhere": [lambda d: d.own_place, lambda d: d.quiet],
    "wrong_audience": [lambda d: d.crowd, lambda d: d.for_all, lambda d: not d.objective],
    "no_need": [lambda d: not d.public_reason, lambda d: d.competing, lambda d: d.rushed],
    "slow_build": [lambda d: d.young],
}


def _drawn(*causes: str, times: int = 600, stray: bool = False) -> list[Design]:
    rng = np.random.default_rng(3)
    return [plant(causes, rng, stray=stray) for _ in range(times)]


def test_all_causes_of_the_checklist_are_planted_and_every_pair_of_them() -> None:
    assert {hypothesis.code for hypothesis in load_checklist().hypotheses} == set(CAUSES) == set(SIGNS)
    assert len(PAIRS) == len(set(PAIRS)) == 10


def test_what_plants_does_not_read_the_table_that_judges() -> None:
    for name in ("causes.py", "workspace.py"):
        told = Path(pipeline.diagnosis.__path__[0], name).read_text(encoding="utf-8")
        assert "checklist import" not in told and "correcting" not in told, name


@pytest.mark.parametrize("cause", CAUSES)
def test_a_cause_shows_its_signs_nearly_always_and_those_of_the_others_now_and_then(cause: str) -> None:
    drawn = _drawn(cause)
    for other, signs in SIGNS.items():
        for sign in signs:
            share = fmean(sign(design) for design in drawn)
            if other == cause:
                assert share > 0.5
            else:
                assert share < 0.2


def test_a_sign_may_be_missing_and_a_stray_one_may_be_there() -> None:
    assert fmean(d.wiifm for d in _drawn("no_wiifm")) == pytest.approx(1 - SHOWN, abs=0.04)
    assert fmean(not d.wiifm for d in _drawn("elsewhere")) == pytest.approx(STRAY, abs=0.04)


@pytest.mark.parametrize("cause", CAUSES)
def test_with_strays_no_sign_gives_a_cause_away(cause: str) -> None:
    others = _drawn(next(other for other in CAUSES if other != cause), stray=True) + _drawn(stray=True)
    for sign in SIGNS[cause]:
        assert fmean(sign(design) for design in others) == pytest.approx(STRAY, abs=0.04)


@pytest.mark.parametrize("pair", PAIRS)
def test_two_causes_show_the_signs_of_both(pair: tuple[str, str]) -> None:
    drawn = _drawn(*pair)
    for cause in pair:
        assert all(fmean(sign(design) for design in drawn) > 0.5 for sign in SIGNS[cause])


def test_half_of_the_briefs_are_incomplete_and_any_line_may_be_left_out() -> None:
    drawn = _drawn()
    assert fmean(bool(d.left_out) for d in drawn) == pytest.approx(INCOMPLETE, abs=0.05)
    assert {line for d in drawn for line in d.left_out} == set(LINES)
