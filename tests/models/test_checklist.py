"""The checklist as a classifier."""

import copy
import pickle
from math import exp, log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.checklist import Checklist
from models.checklist_file import ChecklistError, ChecklistFile, load_checklist
from schemas.anomaly import UNDETERMINED

FILE = load_checklist()

TWO = """
leading: {probability: 0.5, ratio: 2}
groups: {pair: 0.5}
hypotheses:
  - {code: a, question: A, finding: a, prior: 1, next_steps: [try]}
  - {code: b, question: B, finding: b, prior: 3, next_steps: [try]}
evidence:
  - {code: lone, question: Q, likelihood: {a: [8, 2], b: [2, 8]}}
  - {code: one, question: Q, group: pair, likelihood: {a: [9, 1], b: [3, 7]}}
  - {code: two, question: Q, group: pair, likelihood: {a: [9, 1], b: [3, 7]}}
  - {code: size, question: Q, edges: [1, 10], likelihood: {a: [1, 2, 7], b: [5, 3, 2]}}
"""


def values(item):
    if item.edges is None:
        return st.booleans()
    return st.floats(allow_nan=False) | st.integers(-5, 500) | st.sampled_from(item.edges)


WHOLE = {item.code: values(item) for item in FILE.evidence}
EVIDENCE = st.fixed_dictionaries({}, optional=WHOLE)


@pytest.fixture
def two() -> Checklist:
    return Checklist(ChecklistFile.parse(TWO))


@given(EVIDENCE, st.lists(st.tuples(EVIDENCE, st.sampled_from([h.code for h in FILE.hypotheses])), max_size=5))
def test_probabilities_sum_to_one_before_and_after_learning(evidence, cases):
    checklist = Checklist(FILE)
    for x, y in cases:
        checklist.learn_one(x, y)
    probabilities = checklist.predict_proba_one(evidence)
    assert list(probabilities) == [hypothesis.code for hypothesis in FILE.hypotheses]
    assert sum(probabilities.values()) == pytest.approx(1)
    assert all(0 < probability < 1 for probability in probabilities.values())


@given(EVIDENCE, st.sets(st.sampled_from(sorted(WHOLE))), st.sampled_from([None, float("nan")]))
def test_what_is_not_known_changes_nothing(evidence, names, unknown):
    checklist = Checklist(FILE)
    more = evidence | {name: unknown for name in names if name not in evidence and (unknown is None or is_number(name))}
    assert checklist.predict_proba_one(more | {"weather": "rain"}) == checklist.predict_proba_one(evidence)
    assert checklist.contributions(more) == checklist.contributions(evidence)
    taught, plainly = Checklist(FILE), Checklist(FILE)
    taught.learn_one(more, "no_need")
    plainly.learn_one(evidence, "no_need")
    assert taught.predict_proba_one(evidence) == plainly.predict_proba_one(evidence)


def is_number(code):
    return next(item for item in FILE.evidence if item.code == code).edges is not None


@given(EVIDENCE)
def test_what_is_for_one_is_against_another(evidence):
    for by_code in Checklist(FILE).contributions(evidence).values():
        signs = [ratio for ratio in by_code.values() if abs(ratio) > 1e-9]
        assert not signs or min(signs) < 0 < max(signs)


def test_one_item_is_bayes_rule_by_hand(two):
    assert two.predict_proba_one({"lone": True})["a"] == pytest.approx(0.25 * 0.8 / (0.25 * 0.8 + 0.75 * 0.2))
    assert two.contributions({"lone": True})["lone"] == pytest.approx({"a": log(4), "b": -log(4)})


def test_items_of_a_group_are_damped_and_others_are_not(two):
    odds = {name: two.contributions(dict.fromkeys(name.split(), True)) for name in ("one", "one two", "one lone")}
    assert odds["one"]["one"]["a"] == pytest.approx(log(3))
    assert odds["one two"]["one"]["a"] == pytest.approx(log(3)), "the first in full"
    assert odds["one two"]["two"]["a"] == pytest.approx(log(3) / 3), "the second by what it adds: 2 / 1.5 - 1"
    assert odds["one lone"]["one"]["a"] == odds["one"]["one"]["a"]
    together = two.predict_proba_one({"one": True, "two": True})
    assert together["a"] / together["b"] == pytest.approx(exp(2 * log(3) / 1.5) / 3)


def test_sharpness_multiplies_what_the_evidence_says_and_not_the_priors(two):
    sharp = Checklist(ChecklistFile.parse("sharpness: 1.5\n" + TWO))
    known = {"one": True, "two": True, "lone": False}
    said = two.contributions(known)
    assert sharp.contributions(known) == {
        item: pytest.approx({code: 1.5 * ratio for code, ratio in by_code.items()}) for item, by_code in said.items()
    }
    odds = sum(by_code["a"] for by_code in said.values())
    answers = sharp.predict_proba_one(known)
    assert answers["a"] / answers["b"] == pytest.approx(exp(1.5 * odds) / 3)
    assert sharp.predict_proba_one({}) == pytest.approx({"a": 0.25, "b": 0.75})


@pytest.mark.parametrize(("correlation", "worth"), [(0, 2.0), (1, 1.0)])
def test_what_always_comes_together_counts_once_and_what_does_not_twice(correlation, worth):
    checklist = Checklist(ChecklistFile.parse(TWO.replace("pair: 0.5", f"pair: {correlation}")))
    together = checklist.predict_proba_one({"one": True, "two": True})
    assert together["a"] / together["b"] == pytest.approx(exp(worth * log(3)) / 3)


def test_what_tells_more_comes_first_and_loses_nothing_by_what_tells_less():
    weaker = TWO.replace(
        "code: one, question: Q, group: pair, likelihood: {a: [9, 1], b: [3, 7]}",
        "code: one, question: Q, group: pair, likelihood: {a: [5, 5], b: [4, 6]}",
    )
    third = "  - {code: three, question: Q, group: pair, likelihood: {a: [7, 3], b: [4, 6]}}\n"
    checklist = Checklist(ChecklistFile.parse(weaker.replace("  - {code: size", f"{third}  - {{code: size")))
    said = checklist.contributions({"one": True, "two": True, "three": True})
    assert said["two"]["a"] == pytest.approx(log(3))
    assert said["three"]["a"] == pytest.approx(log(7 / 4) * (2 / 1.5 - 1))
    assert said["one"]["a"] == pytest.approx(log(5 / 4) * (3 / 2 - 2 / 1.5))


@given(EVIDENCE)
def test_another_item_that_is_known_never_takes_from_what_is_told_by_one_that_tells_more(evidence):
    checklist = Checklist(FILE)
    said = checklist.contributions(evidence)
    for code, by_code in said.items():
        alone = checklist.contributions({code: evidence[code]})[code]
        for name, ratio in by_code.items():
            assert abs(ratio) <= abs(alone[name]) + 1e-12
    for group in FILE.groups:
        items = [item.code for item in FILE.evidence if item.group == group and item.code in said]
        assert not items or any(said[code] == checklist.contributions({code: evidence[code]})[code] for code in items)


@pytest.mark.parametrize(
    ("size", "likelihood"), [(-5, 0.1), (0.999, 0.1), (1, 0.2), (9.9, 0.2), (10, 0.7), (1e9, 0.7), (float("inf"), 0.7)]
)
def test_an_edge_belongs_to_the_bucket_above_it(two, size, likelihood):
    other = {0.1: 0.5, 0.2: 0.3, 0.7: 0.2}[likelihood]
    assert two.contributions({"size": size})["size"]["a"] == pytest.approx(log(likelihood / other))


def test_learning_counts_the_case_but_not_how_often_people_speak_of_a_cause(two):
    two.learn_one({"lone": False}, "a")
    assert two.predict_proba_one({})["a"] == pytest.approx(1 / 4)
    lone = two.predict_proba_one({"lone": True})
    assert lone["a"] / lone["b"] == pytest.approx((1 / 4 * 8 / 11) / (3 / 4 * 2 / 10))


def test_what_is_usual_here_speaks_less_for_what_is_corrected_the_more_was_seen(two):
    for lone in (True, True, True, False):
        two.see_one({"lone": lone})
    untaught = Checklist(two.file).predict_proba_one({"lone": True})
    assert two.predict_proba_one({"lone": True}) == untaught, "without feedback nothing moves"
    for _ in range(10):
        two.learn_one({"lone": True}, "a")
    usual = [1 / 4 * 8 / 10 + 3 / 4 * 2 / 10, 1 / 4 * 2 / 10 + 3 / 4 * 8 / 10]
    here = [0.5 * usual[0] + 0.5 * 3 / 4, 0.5 * usual[1] + 0.5 * 1 / 4]
    leanings = {
        code: [starts[v] / usual[v] * here[v] for v in (0, 1)] for code, starts in (("a", (8, 2)), ("b", (2, 8)))
    }
    moved = {code: 10 * each[0] / sum(each) for code, each in leanings.items()}
    lone = two.predict_proba_one({"lone": True})
    assert lone["a"] / lone["b"] == pytest.approx((1 / 4 * (moved["a"] + 10) / 20) / (3 / 4 * moved["b"] / 10))


def test_corrections_move_the_answer():
    checklist = Checklist(FILE)
    evidence = {"wiifm_named": False, "rates_designer": True, "channel_used": 0.5}
    assert checklist.leading(checklist.predict_proba_one(evidence)) == "no_wiifm"
    for _ in range(60):
        checklist.learn_one(evidence, "no_need")
    assert checklist.leading(checklist.predict_proba_one(evidence)) == "no_need"


@pytest.mark.parametrize(
    ("a", "b", "expected"), [(0.5, 0.25, "a"), (0.5, 0.26, UNDETERMINED), (0.49, 0.1, UNDETERMINED), (0.1, 0.9, "b")]
)
def test_a_hypothesis_leads_when_it_stands_out(two, a, b, expected):
    assert two.leading({"a": a, "b": b}) == expected


THREE = ChecklistFile.parse(
    TWO.replace("ratio: 2}", "ratio: 2, together: 0.8}")
    .replace("evidence:", "  - {code: c, question: C, finding: c, prior: 1, next_steps: [try]}\nevidence:")
    .replace("}}", ", c: [1, 1, 1]}}").replace("[1, 1, 1]", "[1, 1]", 3)
)  # fmt: skip


@pytest.mark.parametrize(
    ("probabilities", "expected"),
    [
        ({"a": 0.42, "b": 0.40, "c": 0.18}, ("a", "b")),
        ({"a": 0.18, "b": 0.40, "c": 0.42}, ("c", "b")),
        ({"a": 0.42, "b": 0.37, "c": 0.21}, None),
        ({"a": 0.56, "b": 0.24, "c": 0.20}, None),
        ({"a": 0.54, "b": 0.31, "c": 0.15}, ("a", "b")),
    ],
    ids=["both", "in their order", "not probable enough", "the second is hardly ahead of the third", "unequal"],
)
def test_two_stand_out_together_where_each_keeps_the_other_from_it(probabilities, expected):
    assert Checklist(THREE).together(probabilities) == expected


def test_of_two_hypotheses_both_together_say_all(two):
    assert two.together({"a": 0.4, "b": 0.6}) == ("b", "a")


def test_nothing_known_is_undetermined():
    checklist = Checklist()
    assert checklist.leading(checklist.predict_proba_one({})) == UNDETERMINED
    asked = checklist.predict_proba_one({"rates_designer": True})
    assert checklist.leading(asked) == UNDETERMINED, "what it asks for is not enough to tell"


@pytest.mark.parametrize(
    ("evidence", "code", "reason"),
    [
        ({}, "boredom", "no hypothesis is called `boredom`; known: a, b"),
        ({"size": 3, "lone": 1.0}, "a", "`lone` is true or false, not 1.0"),
        ({"lone": True, "size": True}, "a", "`size` is a number, not True"),
        ({"lone": True, "size": "big"}, "a", "`size` is a number, not 'big'"),
    ],
)
def test_what_makes_no_sense_is_refused_and_nothing_is_learned(two, evidence, code, reason):
    before = two.predict_proba_one({"lone": True, "size": 3})
    with pytest.raises(ChecklistError, match=reason):
        two.learn_one(evidence, code)
    assert two.predict_proba_one({"lone": True, "size": 3}) == before


def test_pickled_and_copied_it_keeps_what_it_learned_and_a_clone_starts_afresh(two):
    fresh = two.predict_proba_one({"one": True})
    two.learn_one({"one": True}, "a")
    taught = two.predict_proba_one({"one": True})
    assert taught != fresh
    assert pickle.loads(pickle.dumps(two)).predict_proba_one({"one": True}) == taught
    other = copy.deepcopy(two)
    other.learn_one({"one": True}, "a")
    assert two.predict_proba_one({"one": True}) == taught
    assert two.clone().predict_proba_one({"one": True}) == fresh
