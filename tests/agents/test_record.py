from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.effects import Record
from agents.record import HISTORY, RECORDED, UnrecordedTopicError, rows
from agents.record.facts import moment
from agents.tables import COLUMNS
from models.expectations import Expectations
from schemas.anomaly import Anomaly, Evidence
from schemas.asset import AssetType
from schemas.base import Contract
from schemas.dead_letter import DeadLetter
from schemas.erasure import Erased
from schemas.event import (
    Event,
    MemberJoined,
    MemberLeft,
    MessageDeleted,
    MessageEdited,
    MessagePosted,
    MessageSeen,
    ReactionAdded,
    ReactionRemoved,
    Traits,
    Watermark,
)
from schemas.expectation import ClosedUntil, Expectation, ExpectationVersion
from schemas.outcome import Outcome, Outlook, Prompt, Surroundings
from schemas.source_health import SourceHealth
from schemas.topic import Topic
from schemas.verdict import Verdict

TIME = 1_748_253_600.000073
MOMENT = 1_748_253_600_000_073  # microseconds
BASE = {"event_id": "e", "source": "slack", "workspace": "T1", "conversation": "C1", "time": TIME}
AUTHORED = {**BASE, "author": "m_1"}


def facts_of(topic: str, value: Contract | bytes, key: bytes | None = b"slack:C1") -> list[tuple[str, dict[str, Any]]]:
    wire = value if isinstance(value, bytes) else value.wire()
    found = rows(Record(topic, 2, 7, key, wire))
    return [(table, dict(zip(COLUMNS[table], values, strict=True))) for table, values in found]


TRAITS = Traits(length=12, question=True, mentions=2, ask=AssetType.POLL)
EVENTS: list[tuple[Contract, dict[str, Any]]] = [
    (
        MessagePosted(**AUTHORED, message="1", thread="0", traits=TRAITS, asset_id="a"),
        {
            "kind": "message_posted",
            "author": "m_1",
            "message": "1",
            "thread": "0",
            "asset_id": "a",
            "length": 12,
            "question": True,
            "mentions": 2,
            "ask": "poll",
        },
    ),
    (
        MessagePosted(**AUTHORED, bot=True, message="1"),
        {"kind": "message_posted", "thread": None, "asset_id": "", "bot": True, "length": 0, "ask": ""},
    ),
    (MessageEdited(**AUTHORED, message="1", traits=TRAITS), {"kind": "message_edited", "length": 12, "message": "1"}),
    (MessageDeleted(**BASE, message="1", thread="0"), {"kind": "message_deleted", "author": "", "thread": "0"}),
    (ReactionAdded(**AUTHORED, message="1", reaction="+1"), {"kind": "reaction_added", "reaction": "+1"}),
    (ReactionRemoved(**AUTHORED, message="1", reaction="+1"), {"kind": "reaction_removed", "reaction": "+1"}),
    (MessageSeen(**AUTHORED, message="1"), {"kind": "message_seen", "author": "m_1", "message": "1", "reaction": ""}),
    (MemberJoined(**AUTHORED), {"kind": "member_joined", "author": "m_1", "message": "", "reaction": ""}),
    (MemberLeft(**AUTHORED), {"kind": "member_left", "author": "m_1", "bot": False}),
]


@pytest.mark.parametrize(("event", "expected"), EVENTS, ids=lambda value: getattr(value, "kind", ""))
def test_every_event_becomes_one_row_with_its_moment_in_microseconds(event: Contract, expected: dict[str, Any]) -> None:
    [(table, facts)] = facts_of(Topic.EVENTS, event)
    assert table == "events"
    assert facts["time"] == MOMENT
    assert (facts["event_id"], facts["source"], facts["workspace"], facts["conversation"]) == ("e", "slack", "T1", "C1")
    assert {name: facts[name] for name in expected} == expected


def test_no_kind_of_event_is_forgotten_here() -> None:
    kinds = {kind for kind in get_args(get_args(Event)[0]) if kind not in (Watermark, Erased)}
    assert kinds == {type(event) for event, _ in EVENTS}


PROMPT = Prompt(
    prompt_id="slack:C1:1",
    source="slack",
    workspace="T1",
    conversation="C1",
    message="1",
    author="m_1",
    posted_at=TIME,
    asset_type=AssetType.QUESTION,
    persona="regular",
    persona_given=True,
    reach={"regular": 30, "core": 5},
    surroundings=Surroundings(active_members=9, competing_prompts=2),
)
EXPECTATION = Expectation(
    p_zero=0.05,
    p_zero_horizon=0.01,
    expected=4.5,
    borrowed=0.75,
    borrowed_from="prior",
    alpha=0.1,
    as_of=TIME,
    version=4,
)


def test_an_outcome_is_a_row_of_prompts_with_everything_it_says() -> None:
    outcome = Outcome(
        stage="first_response",
        time=TIME + 1,
        version=2,
        prompt=PROMPT,
        expectation=EXPECTATION,
        status="answered",
        responders=1,
        responses=3,
        responders_by_persona={"core": 1},
        first_response_at=TIME,
    )
    [(table, facts)] = facts_of(Topic.OUTCOMES, outcome)
    assert table == "prompts"
    assert facts["posted_at"] == MOMENT and facts["first_response_at"] == MOMENT and facts["deadline"] is None
    assert facts["reach"] == {"regular": 30, "core": 5} and facts["reach_total"] == 35
    assert facts["asset_id"] == "" and facts["asset"] == "slack:C1:1"
    assert facts["active_members"] == 9 and facts["competing_prompts"] == 2
    assert (facts["asset_type"], facts["persona_given"], facts["version"]) == ("question", True, 2)
    assert (facts["responders"], facts["responses"], facts["responders_by_persona"]) == (1, 3, {"core": 1})
    assert (facts["expectation_version"], facts["expected"], facts["closed"]) == (4, 4.5, False)


def test_the_outlook_of_a_new_prompt_is_a_row_of_its_own() -> None:
    told = Outcome(
        stage="posted",
        time=TIME,
        version=1,
        prompt=PROMPT,
        expectation=EXPECTATION,
        status="open",
        responders=0,
        responses=0,
        outlook=Outlook(ends=(TIME, TIME + 1), p_zero=(0.5, 0.01), expected=(1.0, 4.5)),
    )
    [(_, prompt), (table, outlook)] = facts_of(Topic.OUTCOMES, told)
    assert (table, outlook["prompt_id"], outlook["posted_at"]) == ("outlooks", "slack:C1:1", MOMENT)
    assert outlook["ends"] == [MOMENT, MOMENT + 1_000_000]
    assert (outlook["p_zero"], outlook["expected"]) == ((0.5, 0.01), (1.0, 4.5))
    assert prompt["responders_by_bin"] == ()
    later = told.model_copy(update={"outlook": None, "responders_by_bin": (0, 2)})
    [(table, prompt)] = facts_of(Topic.OUTCOMES, later)
    assert (table, prompt["responders_by_bin"]) == ("prompts", (0, 2))


@pytest.mark.parametrize(("deadline", "too_little"), [(None, True), (TIME + 60, False)])
def test_both_tables_say_what_is_borrowed_and_whether_too_little_is_expected_to_tell(
    deadline: float | None, too_little: bool
) -> None:
    expected = {"expectation": EXPECTATION.model_copy(update={"deadline": deadline})}
    told = anomaly("elsewhere")
    outcome = Outcome(stage="posted", time=TIME, version=1, prompt=PROMPT, **expected, status="open", responders=0,
                      responses=0)  # fmt: skip
    [(_, prompt)] = facts_of(Topic.OUTCOMES, outcome)
    [(_, found)] = facts_of(
        Topic.ANOMALIES, told.model_copy(update={"verdict": told.verdict.model_copy(update=expected)})
    )
    for facts in (prompt, found):
        assert (facts["borrowed"], facts["borrowed_from"]) == (0.75, "prior")
        assert facts["too_little_to_tell"] is too_little


def anomaly(hypothesis: str) -> Anomaly:
    verdict = Verdict(
        verdict="silent",
        subject="slack:C1:1",
        time=TIME,
        told_at=TIME,
        version=1,
        prompt=PROMPT,
        expectation=EXPECTATION,
    )
    return Anomaly(
        anomaly_id="prompt/slack:C1:1",
        state="open",
        time=TIME,
        version=1,
        title="T",
        verdict=verdict,
        hypothesis=hypothesis,
        probabilities={"no_need": 0.4, "elsewhere": 0.35},
        evidence=(
            Evidence(code="a", value=True, sentence="A.", for_=("no_need", "elsewhere"), weights={"no_need": 0.5}),
            Evidence(code="b", value=0.25, sentence="B.", against=("no_need",)),
            Evidence(code="c", value="text", sentence="C."),
        ),
    )


def test_evidence_stands_in_parallel_columns() -> None:
    [(table, facts)] = facts_of(Topic.ANOMALIES, anomaly("elsewhere"))
    assert table == "anomalies"
    assert facts["evidence.code"] == ["a", "b", "c"]
    assert facts["evidence.value"] == ["true", "0.25", "text"]
    assert facts["evidence.for"] == [["no_need", "elsewhere"], [], []]
    assert facts["evidence.against"] == [[], ["no_need"], []]
    assert facts["evidence.weights"] == [{"no_need": 0.5}, {}, {}]


def test_two_leading_causes_and_the_checklist_are_recorded() -> None:
    two = anomaly("no_need").model_copy(update={"beside": "elsewhere", "checklist": "0123abcd"})
    found = [facts_of(Topic.ANOMALIES, each)[0][1] for each in (anomaly("no_need"), two)]
    assert [(facts["beside"], facts["checklist"]) for facts in found] == [("", ""), ("elsewhere", "0123abcd")]


def test_a_reference_is_recorded_where_there_is_one() -> None:
    alone = anomaly("elsewhere")
    chronic = {"verdict": "chronic", "level": "segment", "reference": 0.19, "reference_by": "past"}
    segment = alone.model_copy(update={"verdict": alone.verdict.model_copy(update=chronic)})
    found = [facts_of(Topic.ANOMALIES, each)[0][1] for each in (alone, segment)]
    assert [(facts["reference"], facts["reference_by"]) for facts in found] == [(None, ""), (0.19, "past")]
    assert (found[1]["verdict"], found[1]["level"]) == ("chronic", "segment")


@pytest.mark.parametrize(("hypothesis", "probability"), [("elsewhere", 0.35), ("undetermined", 0.4), ("other", 0.0)])
def test_the_probability_is_that_of_the_leading_hypothesis(hypothesis: str, probability: float) -> None:
    [(_, facts)] = facts_of(Topic.ANOMALIES, anomaly(hypothesis))
    assert facts["probability"] == probability


@pytest.mark.parametrize("topic", [topic for topic in RECORDED if topic != Topic.DEAD_LETTERS])
def test_a_watermark_in_any_topic_is_a_row_of_watermarks(topic: str) -> None:
    mark = Watermark(time=TIME, stage="track", partition=3, observed_until=TIME)
    expected = {"topic": topic, "stage": "track", "partition": 3, "time": MOMENT, "observed_until": MOMENT}
    assert facts_of(topic, mark) == [("watermarks", expected)]


def test_learned_values_are_one_row_each_and_a_removed_one_says_so() -> None:
    learned = ExpectationVersion(version=5, as_of=TIME, full=False, values={"bins": {"a": [1, 2.5], "b": None}})
    common = {"version": 5, "as_of": MOMENT, "complete": False, "part": "bins"}
    assert facts_of(Topic.EXPECTATIONS, learned) == [
        ("expectations", {**common, "key": "a", "value": "[1, 2.5]"}),
        ("expectations", {**common, "key": "b", "value": "null"}),
    ]


def test_of_what_was_learned_only_what_people_read_is_recorded() -> None:
    parts = set(Expectations().parts())
    assert parts > HISTORY, "or they have other names by now"
    learned = ExpectationVersion(version=5, as_of=TIME, full=True, values={part: {"key": [1, 2]} for part in parts})
    recorded = {facts["part"] for _, facts in facts_of(Topic.EXPECTATIONS, learned)}
    assert recorded == HISTORY and not recorded & {"rates.author", "personas"}


def test_a_closed_epoch_tells_how_far_learning_has_come() -> None:
    [(table, facts)] = facts_of(Topic.EXPECTATIONS, ClosedUntil(time=TIME, version=5))
    assert (table, facts["stage"], facts["time"]) == ("watermarks", "learn", MOMENT)


def test_a_dead_letter_keeps_its_pointer() -> None:
    letter = DeadLetter(stage="normalise", source="slack", reason="no ts", topic="webhooks", partition=1, offset=9)
    [(table, facts)] = facts_of(Topic.DEAD_LETTERS, letter)
    assert (table, facts["dead_letter_id"]) == ("dead_letters", "normalise/webhooks/1/9")
    assert facts["time"] == 0
    assert (facts["tries"], facts["traceback"]) == (1, "")


def test_a_poisoned_record_keeps_its_tries_and_where_the_agent_raised() -> None:
    letter = DeadLetter(stage="track", reason="it raised", tries=3, traceback="agents/x.py:1 in f\nKeyError")
    [(_, facts)] = facts_of(Topic.DEAD_LETTERS, letter)
    assert (facts["tries"], facts["traceback"]) == (3, "agents/x.py:1 in f\nKeyError")


UNREADABLE = [
    b"not json at all: secret words",
    b'{"kind": "secret words"}',
    MessagePosted(**AUTHORED, message="1").wire().replace(b'"m_1"', b'{"text": "secret words"}'),
    MemberJoined(**{**AUTHORED, "time": 1e12}).wire(),
    MemberJoined(**{**AUTHORED, "time": 1e300}).wire(),
]


@pytest.mark.parametrize("wire", UNREADABLE)
def test_what_cannot_be_understood_is_a_pointer_without_its_content(wire: bytes) -> None:
    [(table, facts)] = facts_of(Topic.EVENTS, wire)
    assert (table, facts["dead_letter_id"]) == ("dead_letters", "record/events/2/7")
    assert facts["source"] == "slack" and facts["reason"] and facts["error"]
    assert "secret words" not in repr(facts)


def test_the_key_names_the_source_of_events_alone() -> None:
    assert facts_of(Topic.EVENTS, b"x", key=None)[0][1]["source"] == ""
    assert facts_of(Topic.OUTCOMES, b"x", key=b"T1")[0][1]["source"] == ""


def test_a_topic_without_a_table_is_a_mistake_of_the_wiring() -> None:
    with pytest.raises(UnrecordedTopicError, match="verdicts"):
        rows(Record("verdicts", 0, 0, None, b"{}"))


def test_a_hole_of_a_source_is_a_row_of_its_health() -> None:
    hole = SourceHealth(
        source="slack", workspace="T1", since=TIME, until=TIME, state="over", time=TIME, last_event=TIME, usual=3.5,
        p_zero=0.0004, version=2,
    )  # fmt: skip
    [(table, facts)] = facts_of(Topic.EXPECTATIONS, hole)
    assert (table, facts) == (
        "source_health",
        {
            "source": "slack",
            "workspace": "T1",
            **dict.fromkeys(("since", "until", "time", "last_event"), MOMENT),
            "state": "over",
            "usual": 3.5,
            "p_zero": 0.0004,
            "version": 2,
        },
    )
    [(_, facts)] = facts_of(Topic.EXPECTATIONS, hole.model_copy(update={"until": None}))
    assert facts["until"] is None


@given(st.floats(min_value=0, max_value=10_413_705_600, exclude_max=True))
def test_a_moment_is_rounded_as_datetime_does_it(seconds: float) -> None:
    since = datetime.fromtimestamp(seconds, UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    assert moment(seconds) == since // timedelta(microseconds=1)
