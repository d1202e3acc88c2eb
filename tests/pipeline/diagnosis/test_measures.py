"""What was told, counted: on cases made by hand."""

import pytest

from pipeline.diagnosis.life import Case
from pipeline.diagnosis.measures import by_chance, confusion, measure, reliability

A, B, C, D = "no_wiifm", "elsewhere", "no_need", "slow_build"


def _case(planted: tuple[str, ...], told: str | None, *ranked: str, top: float = 0.6) -> Case:
    """Return a case: probabilities fall in the order of `ranked`, the first has `top`."""
    return Case(planted, told, {code: top - 0.1 * n for n, code in enumerate(ranked)})


CASES = [
    _case((A,), A, A, B, top=0.9),
    _case((A,), "undetermined", A, B, top=0.5),
    _case((A,), "undetermined", B, A, top=0.5),
    _case((B,), C, C, B, top=0.9),
    _case((B,), None),
    _case((A, B), A, A, C, B),
    _case((A, C), C, C, B, D, A),
    _case((A, C), D, D, A, C),
    _case((), B, B, A),
    _case((), None),
]


def test_one_cause_leads_only_if_it_stands_out() -> None:
    found = measure(CASES, [])
    assert (found.planted, found.told) == (8, 7)
    assert found.leading_right == 1 / 4
    assert found.likeliest_right == 2 / 4
    assert (found.undetermined, found.wrong) == (2 / 4, 1 / 4)
    assert found.right_by_cause == {A: pytest.approx(1 / 3), B: 0.0}


def test_a_cause_that_is_named_beside_another_does_not_lead_but_is_named() -> None:
    beside = Case((B,), A, {A: 0.45, B: 0.4}, beside=B)
    found = measure([*CASES, beside], [])
    assert (found.leading_right, found.named, found.wrong) == (1 / 5, 2 / 5, 2 / 5)
    assert measure(CASES, []).named == 1 / 4


def test_of_two_causes_one_leads_and_both_are_among_the_first_three() -> None:
    found = measure(CASES, [])
    assert found.pairs_leading == pytest.approx(2 / 3)
    assert found.pairs_in_three == pytest.approx(2 / 3)


def test_where_evidence_was_withheld_undetermined_right_and_wrong_are_told_apart() -> None:
    withheld = measure([], CASES).withheld
    assert withheld.cases == 7
    assert (withheld.undetermined, withheld.right, withheld.wrong) == pytest.approx((2 / 7, 3 / 7, 2 / 7))
    assert withheld.rather_undetermined == 1 / 2


def test_the_calibration_error_is_that_of_the_most_probable_cause() -> None:
    found = measure(CASES, [])
    assert [(b.cases, b.predicted, b.right) for b in found.reliability] == [(2, 0.5, 0.5), (2, 0.9, 0.5)]
    assert found.ece == pytest.approx(0.2)


def test_bins_have_both_ends() -> None:
    bins = reliability([_case((A,), A, A, top=top) for top in (1.0, 0.8, 0.79)])
    assert [b.cases for b in bins] == [1, 2]


def test_few_cases_are_off_by_chance_and_many_are_not() -> None:
    few, many = by_chance([0.5] * 10), by_chance([0.5] * 4_000)
    assert few is not None and many is not None
    assert 0.1 < few < 0.16 and many < 0.01
    assert by_chance([]) is None


def test_healthy_and_untold_assets_stand_apart_in_the_confusion_matrix() -> None:
    assert confusion(CASES) == {
        A: {A: 1, "undetermined": 2},
        B: {C: 1, "not_told": 1},
        f"{A}+{B}": {A: 1},
        f"{A}+{C}": {C: 1, D: 1},
        "healthy": {B: 1, "not_told": 1},
    }


def test_nothing_to_measure_is_no_figure() -> None:
    found = measure([], [])
    assert found.leading_right is found.ece is found.withheld.undetermined is found.pairs_leading is None
