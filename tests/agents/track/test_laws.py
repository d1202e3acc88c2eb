"""What holds for every story: versions, endings, what is learned, and waiting for the others."""

from collections import defaultdict

import pytest

from agents.effects import Send, WaitFor
from agents.knowledge import Knowledge
from agents.track import Track, TrackRules
from schemas.dead_letter import DeadLetter
from schemas.event import Watermark
from schemas.expectation import ClosedUntil
from schemas.observation import BinPassed, HorizonReached
from schemas.outcome import Outcome
from schemas.topic import Topic
from tests.factories import events as stories
from tests.factories.events import with_marks, workspace
from tests.factories.records import START, Told, at, mark, post, react, records, tell
from tests.factories.taught import taught

RULES = TrackRules(every_root=True)
DAY = 86_400
HORIZON = RULES.responses.horizon


@pytest.fixture(scope="module", params=[1, 2])
def told(request: pytest.FixtureRequest) -> Told:
    events = [event for _, event in with_marks(workspace(request.param, weeks=2), 1, horizon=HORIZON)]
    return tell(Track(0, taught(since=stories.START + 4 * DAY), RULES), records(events))


def lives(told: Told) -> list[list[Outcome]]:
    lives: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in told.outcomes:
        lives[outcome.prompt.prompt_id].append(outcome)
    return list(lives.values())


def test_versions_grow_by_one(told: Told) -> None:
    assert len(lives(told)) > 200
    for life in lives(told):
        assert [outcome.version for outcome in life] == list(range(1, len(life) + 1))
        assert [outcome.closed for outcome in life] == [False] * (len(life) - 1) + [True]


def test_a_verdict_has_the_version_of_its_outcome(told: Told) -> None:
    outcomes = {(outcome.prompt.prompt_id, outcome.version): outcome for outcome in told.outcomes}
    assert {"silent", "revived", "expired"} <= set(told.judged())
    for verdict in told.verdicts:
        assert outcomes[verdict.subject, verdict.version].status == verdict.verdict


def test_every_prompt_without_responders_ends_in_a_closed_outcome_that_says_so(told: Told) -> None:
    ends = [life[-1] for life in lives(told)]
    assert {"answered", "revived", "silent", "expired"} <= {end.status for end in ends}
    for end in ends:
        assert (end.responders == 0) is (end.status in {"silent", "expired", "censored"})
        assert end.flagged is (end.status in {"silent", "revived"})


def test_each_age_bin_and_each_horizon_is_told_once_and_at_most_one_bin_was_answered(told: Told) -> None:
    bins, answers, horizons = set(), set(), set()
    for value in told.values:
        if isinstance(value, BinPassed):
            assert value.id not in bins
            bins.add(value.id)
            prompt = value.id.rpartition("#")[0]
            assert prompt not in answers, "nothing is learned from the bins after the first answer"
            if value.answered:
                answers.add(prompt)
        elif isinstance(value, HorizonReached):
            assert value.prompt_id not in horizons
            horizons.add(value.prompt_id)
    assert answers and horizons


def test_nothing_is_told_before_what_was_promised(told: Told) -> None:
    promised = 0.0
    for value in told.values:
        if isinstance(value, Watermark):
            promised = max(promised, value.time)
        elif isinstance(value, BinPassed | HorizonReached):
            assert value.time >= promised
        elif isinstance(value, Outcome):
            assert value.told_at >= max(promised, value.time)


def test_a_late_event_teaches_in_an_epoch_that_is_still_open() -> None:
    story = [post("p"), mark(0.3), react("ann", 0.4), mark(3), post("late", "ben", hours=0.5), mark(200)]
    outcomes = tell(Track(0, taught(), RULES), records(story)).outcomes
    [posted] = [outcome for outcome in outcomes if outcome.prompt.message == "late" and outcome.stage == "posted"]
    assert (posted.time, posted.told_at) == (at(0.5), at(3))


def test_a_broken_record_becomes_one_dead_letter_and_the_next_one_is_read() -> None:
    track, log = Track(0, taught(), RULES), records([b"{}", post()])
    told = tell(track, log)
    assert [isinstance(value, DeadLetter) for value in told.values].count(True) == len(told.outcomes) == 1
    assert tell(track, log).effects == []
    assert track.durable == 1


def test_it_promises_before_it_waits_for_what_is_learned() -> None:
    known = Knowledge(lag_epochs=2)
    track = Track(0, known, RULES)
    body = track(records([post(hours=0.5), post("q", hours=0.6)]))
    before = list(zip(range(4), body, strict=False))
    assert [effect.topic for _, effect in before[:3] if isinstance(effect, Send)] == [
        Topic.OBSERVATIONS,
        Topic.OUTCOMES,
        Topic.VERDICTS,
    ]
    assert before[3][1] == WaitFor(START - 2 * 3600)
    known.apply(Topic.EXPECTATIONS, ClosedUntil(time=START - 2 * 3600, version=0).wire())
    rest = Told(list(body))
    assert [outcome.prompt.message for outcome in rest.outcomes] == ["p", "q"]
    assert rest.waits == []
