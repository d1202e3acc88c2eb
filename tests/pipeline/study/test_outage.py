"""A source delivers nothing for two days: nobody is called silent for it, and when what is missing comes, all is well.

Two workspaces live in one pipeline. From a Tuesday at 14:00 on one of them delivers nothing until Thursday, 14:00; in
the third life it sends what is missing on Friday.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cache

import pytest

from pipeline.in_memory import Evidence, InMemoryPipeline
from pipeline.settings import Settings
from pipeline.study.life import live_through
from pipeline.study.people import PERSONAS, Calendar
from pipeline.study.world import HORIZON, MONDAY, SOURCE, START, Plan, World
from pipeline.wiring import track_rules
from schemas.anomaly import Anomaly
from schemas.base import HOUR
from schemas.directory import Channel
from schemas.event import Event
from schemas.observation import OBSERVATION, HorizonReached
from schemas.outcome import Outcome
from schemas.source_health import SourceHealth

SETTINGS = Settings(_env_file=None)
DAY, WEEKS = 24 * HOUR, 14
CALENDAR = Calendar(everybody=frozenset(MONDAY + day for day in (30, 51, 52)))
"""Days off, on which designers post: so it is known how many events are left on them."""

DOWN = START + 71 * DAY + 14 * HOUR
BACK = DOWN + 2 * DAY
FILLED = BACK + DAY
OTHERS = replace(PERSONAS[3], from_week=0)
CUT = World(Plan(seed=7, weeks=WEEKS, every_days=2.0, personas=PERSONAS[:3], calendar=CALENDAR))
OTHER = World(Plan(seed=9, weeks=WEEKS, personas=(OTHERS,), calendar=CALENDAR))


@dataclass
class Life:
    """What was told."""

    outcomes: dict[str, list[Outcome]] = field(default_factory=dict)
    anomalies: dict[str, list[Anomaly]] = field(default_factory=dict)
    sources: list[SourceHealth] = field(default_factory=list)
    horizons: list[HorizonReached] = field(default_factory=list)

    def stages(self, prompt: str) -> list[str]:
        return [outcome.stage for outcome in self.outcomes[prompt]]

    def verdicts(self, prompt: str) -> list[str]:
        return [anomaly.verdict.verdict for anomaly in self.anomalies.get(f"prompt/{prompt}", ())]

    def end(self, prompt: str) -> str:
        return self.outcomes[prompt][-1].status if prompt in self.outcomes else "never seen"


def other() -> list[Event]:
    return [
        event.model_copy(update={"source": "other", "event_id": f"other {event.event_id}"}) for event in OTHER.events()
    ]


def live(events: Iterable[Event]) -> Life:
    life = Life()

    def observed(raw: bytes) -> None:
        value = OBSERVATION.validate_json(raw)
        if isinstance(value, HorizonReached):
            life.horizons.append(value)

    pipeline = InMemoryPipeline(
        SETTINGS,
        track_rules(SETTINGS),
        (0.3,),
        lambda _, outcome: life.outcomes.setdefault(outcome.prompt.prompt_id, []).append(outcome),
        observed,
        evidence=(Evidence(0.1),),
        anomaly=lambda anomaly: life.anomalies.setdefault(anomaly.anomaly_id, []).append(anomaly),
        health=life.sources.append,
    )
    for record in (*CUT.directory(), *OTHER.directory()):
        of_other = isinstance(record, Channel) and record.conversation.startswith(OTHERS.name)
        pipeline.knowledge.learn_directory(record.model_copy(update={"source": "other"}) if of_other else record)
    live_through(pipeline, events, CUT.plan.end, WEEKS, SETTINGS, lambda *_: None)
    return life


def missing(event: Event) -> bool:
    return DOWN <= event.time < BACK and event.source == SOURCE  # type: ignore[union-attr]


@cache
def everything() -> list[Event]:
    return sorted([*CUT.events(), *other()], key=lambda event: event.time)


@pytest.fixture(scope="module")
def whole() -> Life:
    return live(everything())


@pytest.fixture(scope="module")
def cut() -> Life:
    return live(event for event in everything() if not missing(event))


@pytest.fixture(scope="module")
def filled() -> Life:
    late = [event for event in everything() if missing(event)]
    before = [event for event in everything() if event.time < FILLED and not missing(event)]
    return live([*before, *late, *(event for event in everything() if event.time >= FILLED)])


def open_then(life: Life) -> list[str]:
    """Return the prompts of the source that were posted before it was down and open while it was."""
    return [
        prompt
        for prompt, outcomes in life.outcomes.items()
        if outcomes[0].prompt.source == SOURCE and DOWN - HORIZON < outcomes[0].prompt.posted_at < DOWN
    ]


def test_the_source_is_down_then_over_then_filled_and_the_other_one_never_is(cut: Life, filled: Life) -> None:
    assert [(told.source, told.state) for told in cut.sources] == [(SOURCE, "down"), (SOURCE, "over")]
    assert [told.state for told in filled.sources] == ["down", "over", "filled"]
    down, over = cut.sources
    assert down.since - HOUR < down.last_event < DOWN <= down.since < down.time < BACK <= over.time
    assert over.until is not None
    assert BACK <= over.until + HOUR <= BACK + 2 * HOUR


def test_nobody_is_called_silent_who_would_not_have_been(whole: Life, cut: Life) -> None:
    concerned = open_then(whole)
    assert len(concerned) > 30
    for prompt in concerned:
        if "silent" in cut.verdicts(prompt) or "expired" in cut.verdicts(prompt):
            assert {"silent", "expired"} & set(whole.verdicts(prompt))
    answered_unseen = [
        prompt
        for prompt in concerned
        if (first := whole.outcomes[prompt][-1].first_response_at) is not None and DOWN <= first < BACK
    ]
    assert len(answered_unseen) > 3
    assert not any("silent" in cut.verdicts(prompt) for prompt in answered_unseen)


def test_it_is_told_once_that_nobody_can_know_and_why(cut: Life) -> None:
    told = [anomalies for anomalies in cut.anomalies.values() if any(one.state == "unknown" for one in anomalies)]
    assert len(told) > 5
    for anomalies in told:
        unknown = [one for one in anomalies if one.state == "unknown"]
        assert len(unknown) == 1
        [one] = unknown
        assert (one.hypothesis, one.probabilities, one.verdict.verdict) == ("undetermined", {}, "unknown")
        assert "delivered nothing" in one.evidence[0].sentence and "2025-03-18 14:00 UTC" in one.evidence[0].sentence
        assert "crickets backfill" in one.next_step
        assert one.verdict.unseen_since == cut.sources[0].since
    ends = Counter(anomalies[-1].state for anomalies in told)
    assert ends["unknown"] > 3


def test_what_stays_unknown_has_no_outcome_and_is_not_learned_from(cut: Life) -> None:
    unknown = [prompt for prompt, outcomes in cut.outcomes.items() if outcomes[-1].status == "unknown"]
    assert unknown
    assert not {reached.prompt_id for reached in cut.horizons} & set(unknown)
    assert not any(outcome.closed for prompt in unknown for outcome in cut.outcomes[prompt])
    assert all(cut.verdicts(prompt) == ["unknown"] for prompt in unknown)


def test_filled_every_prompt_ends_as_if_nothing_had_been_missing(whole: Life, filled: Life) -> None:
    assert filled.outcomes.keys() == whole.outcomes.keys()
    for prompt in whole.outcomes:
        ends = {"answered": "came", "revived": "came"}
        assert ends.get(filled.end(prompt), "nobody") == ends.get(whole.end(prompt), "nobody"), prompt
    assert "unknown" not in {filled.end(prompt) for prompt in filled.outcomes}
    for prompt in open_then(whole):  # those posted in the hole are judged by what is known when they come
        first = whole.outcomes[prompt][-1].first_response_at
        if whole.end(prompt) == "revived" and first is not None and DOWN <= first < BACK:
            continue  # called silent and answered in the hole: who sees both at once may leave out the former
        assert filled.end(prompt) == whole.end(prompt), prompt


def test_filled_who_was_answered_in_the_hole_was_never_called_silent(whole: Life, filled: Life) -> None:
    answered_unseen = [
        prompt
        for prompt, outcomes in whole.outcomes.items()
        if outcomes[0].prompt.source == SOURCE
        and (first := outcomes[-1].first_response_at) is not None
        and DOWN <= first < BACK
        and not outcomes[-1].flagged
    ]
    assert len(answered_unseen) > 10
    for prompt in answered_unseen:
        assert set(filled.verdicts(prompt)) <= {"unknown", "revived"}
        assert filled.outcomes[prompt][-1].first_response_at == whole.outcomes[prompt][-1].first_response_at
    assert len({reached.prompt_id for reached in filled.horizons}) == len({r.prompt_id for r in whole.horizons})


def test_the_other_source_is_judged_as_if_nothing_had_happened(whole: Life, cut: Life) -> None:
    others = [prompt for prompt, outcomes in whole.outcomes.items() if outcomes[0].prompt.source == "other"]
    assert len(others) > 50
    assert all(
        cut.end(prompt).replace("revived", "answered") == whole.end(prompt).replace("revived", "answered")
        for prompt in others
    )
    differ = [prompt for prompt in others if cut.verdicts(prompt) != whole.verdicts(prompt)]
    assert len(differ) <= 0.02 * len(others), "what is learned is learned of both: one at the edge may be told, or not"
    assert not any("unknown" in cut.verdicts(prompt) for prompt in others)
