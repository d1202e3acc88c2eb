"""Feedback changes what was told, teaches the checklist, and can be taken back as if it had never been."""

import itertools
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.diagnose import Diagnose
from agents.effects import Effect, Record, Send
from agents.heed import Heed
from models.checklist import Checklist
from models.checklist_counts import SEEN
from schemas.anomaly import Anomaly
from schemas.dead_letter import DeadLetter
from schemas.feedback import Feedback, Heeded
from schemas.topic import Topic
from tests.agents.diagnose.conftest import POSTED, KnownFacts

ANN, BOB = f"m_{1:020x}", f"m_{2:020x}"
DAY = 86_400.0
TOLD = POSTED + 2 * DAY
PROMPT = "prompt/slack:C1:1.2"


def says(what: str, who: str = ANN, at: float = TOLD, about: str = PROMPT, **more: str) -> Feedback:
    said, _, cause = what.partition(":")
    return Feedback(anomaly_id=about, says=said, cause=cause, who=who, time=at, **more)  # type: ignore[arg-type]


class Told:
    """A body at work, and what it has told so far."""

    def __init__(self, known, checklist, mute_days: float = 28.0) -> None:
        self.body = Diagnose(partitions=1, known=known, checklist=checklist, mute_days=mute_days)
        self.offset = itertools.count().__next__
        self.sent: list[Send] = []

    def take(self, *values) -> list[Effect]:
        records = [
            Record(topic=Topic.VERDICTS, partition=0, offset=self.offset(), key=b"k", value=value.wire())
            for value in values
        ]
        effects = list(self.body(records))
        self.sent += [effect for effect in effects if isinstance(effect, Send)]
        return effects

    def all(self, kind: type) -> list:
        return [send.value for send in self.sent if isinstance(send.value, kind)]

    @property
    def last(self) -> Anomaly:
        return self.all(Anomaly)[-1]


@pytest.fixture
def told(known, checklist) -> Told:
    return Told(known, checklist)


@pytest.fixture
def rating(make_verdict) -> Callable[..., object]:
    """Give a verdict of a thumbs up, which the checklist takes for `no_wiifm` or leaves undetermined."""
    return lambda **more: make_verdict(asset_type="thumbs_up", **more)


def test_what_is_confirmed_is_learned_once_however_often_and_by_whomever_it_is_said(told, rating):
    told.take(rating())
    hypothesis = told.last.hypothesis
    before = _cases(told.body.checklist)
    told.take(says("wrong_cause:no_need"), says("confirmed", BOB, TOLD + 1), says("wrong_cause:no_need"))
    learned = _cases(told.body.checklist)
    assert before == {}
    expected = {} if hypothesis == "undetermined" else {hypothesis: 1}
    assert {code: items["cases"][0] for code, items in learned.items()} == expected
    assert [heeded.learned for heeded in told.all(Heeded)] == ["no_need", "" if not expected else hypothesis]


def test_the_corrected_cause_is_told_with_its_own_next_step_and_later_counts_for_more(told, rating):
    told.take(rating())
    first = told.last
    told.take(says("wrong_cause:no_need", note="nobody needs it"))
    assert (told.last.hypothesis, told.last.says, told.last.state) == ("no_need", "wrong_cause", "open")
    assert told.last.next_step != first.next_step
    assert told.last.revision == first.revision + 1
    assert told.last.probabilities == first.probabilities, "what the checklist thought of it then stays on record"
    told.take(rating(prompt_id="slack:C1:9.9", message="9.9", verdict={"subject": "slack:C1:9.9"}))
    assert told.last.probabilities["no_need"] > first.probabilities["no_need"]


@pytest.mark.parametrize("what", ["wrong_cause:no_need", "expected", "not_applicable", "false_alarm"])
def test_what_is_taken_back_leaves_no_trace(told, rating, what):
    told.take(rating())
    before = told.last
    told.take(says(what))
    assert told.last != before
    told.take(says("withdrawn", at=TOLD + 60))
    assert told.last.model_copy(update={"heeded": 0}) == before
    evidence = {item.code: item.value for item in before.evidence}
    assert told.body.checklist.predict_proba_one(evidence) == Checklist().predict_proba_one(evidence)
    assert told.all(Heeded)[-1].learned == ""


@pytest.mark.parametrize(("what", "state"), [("not_applicable", "dismissed"), ("false_alarm", "dismissed")])
def test_what_is_none_is_dismissed_and_teaches_no_cause(told, rating, what, state):
    told.take(rating(), says(what))
    assert (told.last.state, told.last.says) == (state, what)
    assert _cases(told.body.checklist) == {}
    told.take(rating(verdict={"version": 2, "verdict": "revived"}))
    assert told.last.state == "revived", "that somebody came is news of its own"
    told.take(rating(verdict={"version": 3}))
    assert told.last.state == state


def test_where_silence_is_expected_it_is_muted_for_a_while_elsewhere_it_is_not(told, rating):
    def again(number: int, at: float, **more: object) -> object:
        name = f"slack:C1:{number}"
        return rating(
            prompt_id=name, message=str(number), asset_id="podcast",
            **more, verdict={"subject": name, "time": at, "told_at": at},
        )  # fmt: skip

    told.take(again(1, TOLD), again(2, TOLD), says("expected", about="prompt/slack:C1:1"))
    assert [(anomaly.verdict.subject, anomaly.state) for anomaly in told.all(Anomaly)[2:]] == [
        ("slack:C1:1", "muted"),
        ("slack:C1:2", "muted"),
    ]
    told.take(again(3, TOLD + 27 * DAY), again(4, TOLD + 29 * DAY), again(5, TOLD + DAY, persona="engineers"))
    assert [anomaly.state for anomaly in told.all(Anomaly)[-3:]] == ["muted", "open", "open"]
    assert told.all(Anomaly)[-3].muted_until == TOLD + 28 * DAY
    told.take(says("withdrawn", at=TOLD + 2, about="prompt/slack:C1:1"))
    assert {anomaly.state for anomaly in told.all(Anomaly)[-3:]} == {"open"}


def test_of_another_asset_silence_is_not_expected_and_whoever_comes_revives_what_is_muted(told, rating):
    def of(asset: str, message: str, **verdict: object) -> object:
        name = f"slack:C1:{message}"
        return rating(prompt_id=name, message=message, asset_id=asset, verdict={"subject": name, **verdict})

    told.take(of("podcast", "1"), of("video", "2"), says("expected", about="prompt/slack:C1:1"))
    assert len(told.all(Anomaly)) == 3
    told.take(says("expected", BOB, about="prompt/slack:C1:1"))
    assert len(told.all(Anomaly)) == 3, "nothing new is told when nothing has changed"
    told.take(of("video", "3"), of("podcast", "1", version=2, verdict="revived"))
    assert [anomaly.state for anomaly in told.all(Anomaly)[-2:]] == ["open", "revived"]


def test_that_nothing_stood_out_can_be_confirmed_and_teaches_nothing(told, make_verdict):
    told.take(make_verdict())
    assert told.last.hypothesis == "undetermined"
    told.take(says("confirmed"))
    assert (told.last.says, _cases(told.body.checklist)) == ("confirmed", {})


def test_after_a_restart_the_oldest_is_still_forgotten_first(known, checklist, rating):
    def of(number: int) -> object:
        return rating(prompt_id=f"p{number}", verdict={"subject": f"p{number}"})

    told, again = Told(known, checklist), Told(known, checklist)
    told.take(*map(of, range(10, 7, -1)))
    again.body.load(dict(sorted(told.body.take_changes().items(), reverse=True)))
    again.body.ready()
    again.body.feedbacks.most, again.offset = 3, told.offset
    again.take(of(1))
    assert [key for key, value in again.body.take_changes().items() if value is None] == ["case prompt/p10"]


def test_a_checklist_that_goes_on_from_what_was_learned_judges_the_same():
    first, second = Checklist(), Checklist()
    evidence = {"rates_designer": True, "channel_used": 0.05}
    for _ in range(3):
        first.learn_one(evidence, "no_need")
    second.restore(first.learned)
    assert (
        second.predict_proba_one(evidence)
        == first.predict_proba_one(evidence)
        != Checklist().predict_proba_one(evidence)
    )
    second.restore({"no_such": {"cases": [1]}, "no_need": {"gone": [1, 2], "channel_used": [9]}})
    assert second.predict_proba_one(evidence) == Checklist().predict_proba_one(evidence)


def test_what_cannot_be_heeded_is_a_dead_letter_and_changes_nothing(told, rating):
    told.take(rating(), says("confirmed", about="prompt/never"), says("wrong_cause:no_such"))
    letters = told.all(DeadLetter)
    assert [letter.field for letter in letters] == ["anomaly_id", "cause"]
    assert "no_need" in letters[1].reason
    assert told.all(Heeded) == []


def test_after_a_restart_everything_goes_on_as_if_there_had_been_none(known, checklist, rating):
    values = [rating(), says("wrong_cause:no_need"), says("expected", BOB, TOLD + 5)]
    more = [rating(verdict={"version": 2}), says("withdrawn", BOB, TOLD + 9), says("withdrawn", ANN, TOLD + 9)]
    whole = Told(known, checklist)
    whole.take(*values, *more)
    first, second = Told(known, checklist), Told(known, checklist)
    changelog: dict[str, bytes | None] = {}
    for value in values:
        first.take(value)
        changelog |= first.body.take_changes()
    second.body.load(dict(sorted(changelog.items(), reverse=True)))
    second.body.ready()
    second.offset = first.offset
    second.take(*more)
    assert [send.value for send in first.sent + second.sent] == [send.value for send in whole.sent]
    assert second.body.checklist.learned == whole.body.checklist.learned


def test_who_crashes_between_telling_and_remembering_tells_the_same_again(known, checklist, rating):
    first, again = Told(known, checklist), Told(known, checklist)
    first.take(rating())
    again.body.load(first.body.take_changes())
    again.body.ready()
    again.offset = itertools.count(1).__next__
    said = says("wrong_cause:no_need"), says("expected", BOB, TOLD + 5)
    first.take(*said)  # some of it is told, and nothing is in the changelog
    again.take(*said)
    assert [send.value for send in again.sent] == [send.value for send in first.sent[1:]]
    assert again.body.take_changes() == first.body.take_changes()


def test_the_checklist_that_was_given_learns_nothing(told, checklist, rating):
    told.take(rating(), says("wrong_cause:no_need"))
    assert checklist.learned == {}


def test_of_old_anomalies_it_is_forgotten_what_was_told_but_not_what_was_learned(known, checklist, rating):
    told = Told(known, checklist)
    told.body.feedbacks.most = 3
    for number in range(5):
        name = f"slack:C1:{number}"
        told.take(rating(prompt_id=name, message=str(number), verdict={"subject": name}))
        told.take(says("wrong_cause:no_need", about=f"prompt/{name}"))
    changes = told.body.take_changes()
    assert {key for key, value in changes.items() if value is None} == {
        f"{kind} prompt/slack:C1:{number}" for kind in ("case", "heard") for number in (0, 1)
    }
    assert told.body.checklist.learned["no_need"]["cases"] == [5]
    told.take(says("withdrawn", at=TOLD + 1, about="prompt/slack:C1:0"))
    assert told.all(DeadLetter)[-1].field == "anomaly_id"


SAID = st.sampled_from(["confirmed", "wrong_cause:no_need", "wrong_cause:elsewhere", "expected", "withdrawn"])
FEEDBACK = st.lists(st.tuples(SAID, st.sampled_from([ANN, BOB]), st.integers(0, 5)), max_size=8)


@given(given=FEEDBACK, order=st.randoms(use_true_random=False), extra=st.integers(0, 3))
def test_in_any_order_and_any_of_it_twice_the_same_stands(given, order, extra):
    known, checklist = KnownFacts(sizes={"field_sales": 42, "engineers": 60}), Checklist()
    said = [says(what, who, TOLD + at) for what, who, at in given]
    shuffled = said + said[:extra]
    order.shuffle(shuffled)
    verdict = next(_verdicts())
    results = []
    for sequence in (said, shuffled):
        told = Told(known, checklist)
        told.take(verdict, *sequence)
        results.append((_cases(told.body.checklist), told.last.model_copy(update={"heeded": 0})))
    assert results[0] == results[1]


def _verdicts() -> Iterator[object]:
    from schemas.expectation import Expectation
    from schemas.outcome import Prompt
    from schemas.verdict import Verdict

    prompt = Prompt(
        prompt_id="slack:C1:1.2", source="slack", conversation="C1", message="1.2", author="m_a", posted_at=POSTED,
        asset_type="thumbs_up", persona="field_sales", persona_given=True, reach={"field_sales": 40},
    )  # fmt: skip
    yield Verdict(
        verdict="silent", subject=prompt.prompt_id, time=TOLD, told_at=TOLD, version=1, prompt=prompt,
        expectation=Expectation(p_zero=0.05, p_zero_horizon=0.02, expected=3.1, alpha=0.1),
    )  # fmt: skip


def test_heed_passes_feedback_on_once_and_puts_aside_what_is_broken():
    def record(offset: int, raw: bytes) -> Record:
        return Record(topic=Topic.FEEDBACK, partition=0, offset=offset, key=b"k", value=raw)

    good = says("confirmed")
    broken = {
        "who": good.model_copy(update={"who": "ann@example.com"}).wire(),
        "says": good.model_copy(update={"says": "nonsense"}).wire(),
        "note": good.model_copy(update={"note": "x" * 501}).wire(),
        "": good.model_copy(update={"says": "wrong_cause"}).wire(),
    }
    heed = Heed()
    records = [record(n, raw) for n, raw in enumerate([good.wire(), *broken.values()])]
    effects = list(heed(records))
    assert [effect.topic for effect in effects] == [Topic.VERDICTS, *[Topic.DEAD_LETTERS] * 4]
    assert effects[0].value == good
    assert [effect.value.field for effect in effects[1:]] == [*broken]
    assert not any("ann@example.com" in effect.value.wire().decode() for effect in effects[1:])
    again = Heed()
    again.load(heed.take_changes())
    assert list(again(records)) == []


def _cases(checklist: Checklist) -> dict[str, dict[str, list[int]]]:
    """Return what was learned from people, without what was taken back."""
    said = {code: items for code, items in checklist.learned.items() if code != SEEN}
    learned = {code: {item: n for item, n in items.items() if any(n)} for code, items in said.items()}
    return {code: items for code, items in learned.items() if items}
