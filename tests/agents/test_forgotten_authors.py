"""Authors of silent prompts, and who gives feedback, are kept nowhere for longer than they are needed."""

import json
from collections.abc import Iterable, Sequence

from agents.diagnose import Diagnose
from agents.effects import Record, Send
from agents.knowledge import Knowledge
from agents.learn import Learn
from agents.record import known, rows
from agents.track import Track, TrackRules
from agents.watch import Watch
from models.checklist import Checklist
from models.expectations import Expectations
from schemas.anomaly import ANOMALY, Anomaly
from schemas.base import Contract
from schemas.erasure import ERASED, Erased, digest
from schemas.feedback import Feedback, Heeded
from schemas.observation import Activity
from schemas.outcome import Outcome
from schemas.topic import Topic
from schemas.verdict import Verdict
from tests.factories.outcomes import outcome
from tests.factories.records import at, mark, post, records, tell
from tests.factories.taught import taught

ANN, BEN, DAN = (f"m_{n:020x}" for n in (0xA, 0xB, 0xD))
NOTE = "nobody needs it"
Changelog = dict[str, bytes]


def gone(hours: float, partition: int = 0) -> Erased:
    return Erased(digest=digest(ANN), time=at(hours), id=f"~erased:{digest(ANN)}@track:{partition}")


# ---- diagnose


def verdict(n: int = 0, author: str = ANN) -> Verdict:
    told = outcome(n, "expired", prompt={"author": author})
    subject, time = told.prompt.prompt_id, told.time
    return Verdict(
        verdict="expired", subject=subject, time=time, told_at=time, version=1,
        prompt=told.prompt, expectation=told.expectation,
    )  # fmt: skip


def says(what: str, hours: float, who: str = BEN, note: str = NOTE) -> Feedback:
    about = f"prompt/{verdict().subject}"
    return Feedback(anomaly_id=about, says=what, who=who, time=at(hours), note=note)  # type: ignore[arg-type]


def diagnose(changelog: Changelog | None = None) -> Diagnose:
    body = Diagnose(partitions=1, known=Knowledge(), checklist=Checklist.default())
    body.load(changelog or {})
    body.ready()
    return body


def take(body: Diagnose, values: Iterable[Contract], changelog: Changelog, first: int = 0) -> list[Contract]:
    """Let it work, keep what it writes, and return what it tells."""
    told = tell(body, records(values, Topic.VERDICTS, first)).values
    for key, value in body.take_changes().items():
        if value is None:
            changelog.pop(key, None)
        else:
            changelog[key] = value
    return told


def holds(changelog: Changelog, *said: str) -> list[str]:
    """Return what of it stands in a changelog."""
    everything = b"\n".join([*map(str.encode, changelog), *changelog.values()]).decode()
    return [each for each in said if each in everything]


def written_before(changelog: Changelog) -> Changelog:
    """Return a changelog as it was when authors, people and notes were remembered."""
    old = dict(changelog)
    for key, value in changelog.items():
        stored = json.loads(value)
        if key.startswith("case "):
            stored["anomaly"]["verdict"]["prompt"]["author"] = ANN
        elif key.startswith("heard "):
            stored["by"] = {BEN: json.loads(says("expected", 1.0).wire())}
        else:
            continue
        old[key] = json.dumps(stored).encode()
    return old


def test_an_anomaly_does_not_say_who_wrote_the_prompt_and_neither_does_one_from_before() -> None:
    [anomaly] = take(diagnose(), [verdict()], {})
    assert isinstance(anomaly, Anomaly)
    assert anomaly.verdict.prompt.author == ""
    before = json.loads(anomaly.wire())
    before["verdict"]["prompt"]["author"] = ANN
    assert ANOMALY.validate_json(json.dumps(before)) == anomaly


def test_the_silence_of_the_authors_other_prompts_is_evidence_unless_nobody_knows_whose_they_are() -> None:
    def rate(author: str) -> list[str]:
        model = taught()
        rates = {author: (9.0, 10.0)}
        model.silence_rate = lambda _, kind, key: rates.get(key, (0.5, 0.0)) if kind == "author" else (0.5, 0.0)  # type: ignore[method-assign]
        body = Diagnose(partitions=1, known=model, checklist=Checklist.default())
        [anomaly] = take(body, [verdict(author=author)], {})
        assert isinstance(anomaly, Anomaly)
        return [item.code for item in anomaly.evidence if item.code == "author_silence"]

    assert rate(ANN) == ["author_silence"]
    assert rate(ERASED) == [], "many are behind that name"


def test_neither_authors_nor_who_gives_feedback_nor_notes_are_remembered() -> None:
    changelog: Changelog = {}
    told = take(diagnose(), [verdict(), says("expected", 1.0)], changelog)
    assert [type(each) for each in told] == [Anomaly, Heeded, Anomaly]
    assert {key.partition(" ")[0] for key in changelog} == {"case", "heard", "learned", "explained"}
    assert holds(changelog, ANN, BEN, NOTE, digest(BEN)) == []
    assert holds(written_before(changelog), ANN, BEN, NOTE) == [ANN, BEN, NOTE], "it would prove nothing"


def test_what_was_remembered_with_names_goes_on_alike_and_is_written_without() -> None:
    changelog: Changelog = {}
    more = [says("withdrawn", 2.0), says("confirmed", 3.0, DAN), says("confirmed", 2.5, DAN), verdict(1)]
    body = diagnose()
    take(body, [verdict(), says("expected", 1.0)], changelog)
    old = written_before(changelog)
    whole, heir = take(body, more, changelog, 2), diagnose(old)
    assert take(heir, more[:1], old, 2) + take(heir, more[1:], old, 3) == whole
    assert any(isinstance(each, Heeded) and each.feedback.says == "withdrawn" for each in whole)
    assert old == changelog
    assert holds(old, ANN, BEN, DAN, NOTE) == []


def test_what_was_remembered_with_names_is_written_without_though_nothing_of_it_changes() -> None:
    changelog: Changelog = {}
    take(diagnose(), [verdict(), says("expected", 1.0)], changelog)
    old = written_before(changelog)
    take(diagnose(old), [mark(5, stage="track")], old, 2)
    assert holds(old, ANN, BEN, NOTE) == []
    assert old.keys() == changelog.keys()
    heir = diagnose(old)
    tell(heir, records([mark(6, stage="track")], Topic.VERDICTS, 3))
    assert heir.take_changes().keys() == {"explained"}, "once is enough"


def test_a_key_that_was_removed_is_no_row_and_no_dead_letter() -> None:
    removed = Record(Topic.ANOMALIES, 0, 7, f"heeded:prompt/x:{ANN}".encode(), None)  # type: ignore[arg-type]
    assert rows(removed) == ()
    assert list(known([removed], {digest(ANN)})) == [removed]


# ---- track and watch


def test_whoever_reads_outcomes_is_told_that_no_later_one_names_the_member() -> None:
    track = Track(0, taught(), TrackRules(every_root=True))
    sent = tell(track, records([post(author=ANN), gone(1.0), post("q", author=BEN, hours=1.5), mark(300)])).effects
    outcomes = [effect.value for effect in sent if isinstance(effect, Send) and effect.topic == Topic.OUTCOMES]
    told = [each.kind if each.kind != "outcome" else each.prompt.author for each in outcomes]  # type: ignore[attr-defined]
    erased = told.index("erased")
    assert ANN in told[:erased]
    assert ANN not in told[erased:] and {ERASED, BEN} <= set(told[erased:])


def silent(asset: str, author: str, *hours: float) -> list[Outcome]:
    named = {"author": author, "message": asset}
    return [outcome(n, "expired", hours=n, asset=asset, prompt={**named, "prompt_id": f"{asset} {n}"}) for n in hours]


CROWD = [
    outcome(n, "answered", "first_response", hours=1, asset=f"lively {n}", responders=1, prompt={"prompt_id": f"l {n}"})
    for n in range(18)
]
WAITS = [*CROWD, *silent("quiz", ANN, 2, 3, 4, 5), *silent("poll", BEN, 2.1, 3.1, 4.1)]
"""Of `tests/agents/watch/test_cap.py`: so many are watched that one silent asset alone has to wait."""


def watch(changelog: Changelog | None = None, snapshot_every: int = 1) -> Watch:
    agent = Watch(partitions=1, epoch=3600.0, alpha=0.1, fdr=0.5, snapshot_every=snapshot_every)
    agent.load(changelog or {})
    agent.ready()
    return agent


def see(agent: Watch, outcomes: Sequence[Contract], until: float, first: int = 0) -> list[Verdict]:
    told = tell(agent, records([*outcomes, mark(until, stage="track")], Topic.OUTCOMES, first)).verdicts
    return [each for each in told if each.level == "asset"]


def test_who_wrote_what_waits_is_forgotten_and_it_is_told_without() -> None:
    agent = watch()
    assert see(agent, WAITS, 6) == []
    assert ANN.encode() in agent.dump() and BEN.encode() in agent.dump()
    assert see(agent, [gone(6.5)], 8, 100) == []
    assert ANN.encode() not in agent.dump() and BEN.encode() in agent.dump()
    told = see(agent, silent("poll", BEN, 9.1), 11, 200)
    assert {each.subject: each.prompt.author for each in told} == {"slack:/quiz": ERASED, "slack:/poll": BEN}


def test_but_for_the_name_the_same_is_told_in_any_order_and_after_a_restart() -> None:
    rest = silent("poll", BEN, 9.1)
    plain = see(watch(), [*WAITS, *rest], 11)
    whole = see(watch(), [*WAITS, gone(6.5), *rest], 11)
    assert [each.prompt.author for each in whole] == [ERASED if e.prompt.author == ANN else BEN for e in plain]
    assert [nameless(each) for each in whole] == [nameless(each) for each in plain] != []
    assert see(watch(), [*reversed(rest), gone(6.6, 1), gone(6.5), *reversed(WAITS)], 11) == whole
    first, changelog = watch(), dict[str, bytes]()
    see(first, [*WAITS, gone(6.5)], 8)
    changelog |= {key: value for key, value in first.take_changes().items() if value is not None}
    assert see(watch(changelog), rest, 11, 100) == whole


def nameless(told: Verdict) -> Verdict:
    return told.model_copy(update={"prompt": told.prompt.model_copy(update={"author": ""})})


def test_the_next_snapshot_of_learn_comes_at_once() -> None:
    agent = Learn(Knowledge(), Expectations(), partitions=1, snapshot_every=1000)

    def take(value: Contract, until: float, first: int) -> None:
        marks = [mark(until, stage=stage) for stage in ("track", "profile", "diagnose")]
        tell(agent, records([value, *marks], Topic.OBSERVATIONS, first))

    take(Activity(id="a", time=at(0), source="slack", conversation="C1", members={ANN: 20}), 1, 0)
    assert agent.take_changes() == {} and ANN.encode() in agent.dump()
    take(gone(1.5), 3, 10)
    assert "head" in agent.take_changes() and ANN.encode() not in agent.dump()


def test_the_next_snapshot_of_watch_comes_at_once() -> None:
    agent = watch(snapshot_every=1000)
    see(agent, WAITS, 6)
    assert agent.take_changes() == {}
    see(agent, [gone(6.5)], 8, 100)
    assert "head" in agent.take_changes()
