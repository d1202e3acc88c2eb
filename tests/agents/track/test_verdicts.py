"""The life of one prompt, told event by event: what it is called, and when.

It is posted at hour 0 and its deadline is at hour DEADLINE, before the first hour is over; the horizon is hour 168.
"""

from dataclasses import dataclass

import pytest

from agents.knowledge import Knowledge
from agents.track import Track, TrackRules
from schemas.base import HOUR, Contract
from schemas.directory import Member
from schemas.event import MessageEdited, Traits, Watermark
from schemas.observation import BinPassed, HorizonReached
from schemas.response import ResponseRules
from tests.factories.records import START, WHERE, Told, at, delete, mark, post, react, records, reply, tell, unreact
from tests.factories.taught import knowing, taught

EVERY_ROOT = TrackRules(every_root=True)
INLINE = TrackRules(every_root=True, responses=ResponseRules(inline_answers=True))
END = mark(400)
DIRECTORY = Member(member="staff", staff=True), Member(member="robot", bot=True)
TAUGHT, UNTAUGHT = taught(*DIRECTORY), knowing(*DIRECTORY)


def play(*story: Contract, rules: TrackRules = EVERY_ROOT, known: Knowledge = TAUGHT) -> Told:
    return tell(Track(0, known, rules), records(story))


DEADLINE = ((play(post()).outcomes[0].expectation.deadline or 0) - START) / HOUR


def edit(message: str, hours: float) -> MessageEdited:
    return MessageEdited(event_id="e", author="ann", time=at(hours), message=message, traits=Traits(length=9), **WHERE)


@dataclass
class Case:
    law: str
    story: list[Contract]
    statuses: str  # after "open"
    judged: tuple[tuple[str, float], ...] = ()
    rules: TrackRules = EVERY_ROOT
    known: Knowledge = TAUGHT


SILENT = ("silent", DEADLINE)
MOMENTS_LATER = DEADLINE + 0.01  # less than the lateness that events are granted
CASES = [
    Case("before its deadline silence is none", [mark(DEADLINE - 0.01)], ""),
    Case("at its deadline it is", [mark(DEADLINE)], "silent", (SILENT,)),
    Case("time passes with the events of others, too", [post("q", hours=3)], "silent", (SILENT,)),
    Case("a late response revives", [react("ann", 5), END], "silent revived revived", (SILENT, ("revived", 5))),
    Case("also one that comes moments after the deadline", [react("ann", MOMENTS_LATER), END], "silent revived revived",
         (SILENT, ("revived", MOMENTS_LATER))),
    Case("not one that comes moments before", [react("ann", DEADLINE - 0.01), END], "answered answered"),
    Case("answered in time: never flagged", [reply("ann", 0.5), react("ben", 20), END], "answered answered answered"),
    Case("the author saves nothing", [react("designer", 0.5), END], "silent silent", (SILENT,)),
    Case("nor do staff", [reply("staff", 0.5), END], "silent silent", (SILENT,)),
    Case("nor a bot by the directory", [reply("robot", 0.5), END], "silent silent", (SILENT,)),
    Case("nor one by itself", [react("ann", 0.5, bot=True), END], "silent silent", (SILENT,)),
    Case("what nothing was expected of expires at the horizon", [END], "expired", (("expired", 168),), known=UNTAUGHT),
    Case("also when it was observed just so long", [mark(400, observed=168)], "expired", (("expired", 168),),
         known=UNTAUGHT),
    Case("not when an archive ended before", [mark(400, observed=100)], "censored", known=UNTAUGHT),
    Case("nor is it silent when it ended before its deadline", [mark(400, observed=DEADLINE / 2)], "censored"),
    Case("but when its deadline was observed", [mark(400, observed=100)], "silent silent", (SILENT,)),
    Case("deleted it is withdrawn, and stays so", [delete("p", 3), post(), react("ann", 4), END], "silent withdrawn",
         (SILENT, ("withdrawn", 3))),
    Case("also when it is deleted moments after the deadline", [delete("p", MOMENTS_LATER), END], "silent withdrawn",
         (SILENT, ("withdrawn", MOMENTS_LATER))),
    Case("deleted in time it is not judged", [delete("p", DEADLINE / 2), END], "withdrawn"),
    Case("a reply deleted in time is none", [reply("ann", 0.5), delete("r1", 0.6, thread="p"), END],
         "answered open silent silent", (SILENT,)),
    Case("also when the deletion names no thread", [reply("ann", 0.5), delete("r1", 0.6), END],
         "answered open silent silent", (SILENT,)),
    Case("deleted later it is silent there and then", [reply("ann", 0.5), delete("r1", 3, thread="p"), END],
         "answered silent silent", (("silent", 3),)),
    Case("also moments after the deadline", [reply("ann", 0.5), delete("r1", MOMENTS_LATER, thread="p"), END],
         "answered silent silent", (("silent", MOMENTS_LATER),)),
    Case("without a deadline it goes back to open", [reply("ann", 0.5), delete("r1", 3, thread="p"), END],
         "answered open expired", (("expired", 168),), known=UNTAUGHT),
    Case("taken back it is silent again, and may revive again",
         [react("ann", 5), unreact("ann", 6), react("ben", 7), END], "silent revived silent revived revived",
         (SILENT, ("revived", 5), ("silent", 6), ("revived", 7))),
    Case("nothing is taken back while one responder stands",
         [react("ann", 0.5), react("ben", 0.6), unreact("ann", 0.7), END], "answered answered"),
    Case("an edit is no response and changes none", [edit("p", 0.1), reply("ann", 5), edit("r1", 6), END],
         "silent revived revived", (SILENT, ("revived", 5))),
    Case("a root message is no answer where the rules do not say so", [post("q", "ann", 0.1), END], "silent silent",
         (SILENT,)),
    Case("where they do it is one", [post("q", "ann", 0.1), END], "answered answered", rules=INLINE),
    Case("for ten minutes", [post("q", "ann", 0.2), END], "silent silent", (SILENT,), rules=INLINE),
    Case("a reply that is also sent to the channel is a reply",
         [reply("ann", 0.5, traits=Traits(broadcast=True)), END], "answered answered", rules=INLINE),
    Case("a deleted inline answer is none", [post("q", "ann", 0.1), delete("q", 0.2), END],
         "answered open silent silent", (SILENT,), TrackRules(responses=INLINE.responses)),
]  # fmt: skip


def tagged(case: Case) -> list[Contract]:
    return [post(asset_id="quiz"), *case.story]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.law)
def test_life(case: Case) -> None:
    told = play(*tagged(case), rules=case.rules, known=case.known)
    verdicts = [(v.verdict, v.time) for v in told.verdicts if v.prompt.message == "p"]
    assert " ".join(told.statuses()) == f"open {case.statuses}".strip()
    assert verdicts == [(verdict, at(hours)) for verdict, hours in case.judged]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.law)
def test_the_same_events_and_the_same_offsets_again_change_nothing(case: Case) -> None:
    log = records(tagged(case))
    told = tell(Track(0, case.known, case.rules), log).outcomes
    for again in ([event for event in tagged(case) for _ in range(2)], tagged(case) * 2):
        assert play(*again, rules=case.rules, known=case.known).outcomes == told
    track = Track(0, case.known, case.rules)
    assert [o for batch in (log[:2], log[:2], log[1:], log) for o in tell(track, batch).outcomes] == told


def test_what_is_learned_at_the_horizon_says_who_responded() -> None:
    values = play(post(), react("sales1", hours=1), react("boss1", hours=2), mark(400)).values
    [label] = [value for value in values if isinstance(value, HorizonReached)]
    assert sum(label.responders_by_persona.values()) == label.responders == 2
    [closed] = [
        outcome
        for outcome in play(post(), react("sales1", hours=1), react("boss1", hours=2), mark(400)).outcomes
        if outcome.stage == "closed"
    ]
    assert label.responders_by_persona == closed.responders_by_persona


@pytest.mark.parametrize("observed", [DEADLINE, 100, 168, 200])
def test_nothing_is_learned_from_what_was_not_observed(observed: float) -> None:
    values = play(post(), mark(400, observed=observed)).values
    assert any(isinstance(value, HorizonReached) for value in values) is (observed >= 168)
    bins = [value.time for value in values if isinstance(value, BinPassed)]
    assert bins and max(bins) <= at(observed)


@pytest.mark.parametrize(("observed", "closed_in_sight"), [(100, False), (168, True), (None, True)])
def test_a_flagged_prompt_says_whether_it_was_observed_to_its_end(
    observed: float | None, closed_in_sight: bool
) -> None:
    told = [(outcome.status, outcome.observed) for outcome in play(post(), mark(400, observed=observed)).outcomes]
    assert told == [("open", True), ("silent", True), ("silent", closed_in_sight)]


def test_another_source_with_the_same_conversation_id_answers_nothing() -> None:
    other = post("o", "zoe", 0.1, source="teams")
    assert play(post(), other, END, rules=INLINE).statuses() == ["open", "silent", "silent"]


def test_a_deleted_prompt_that_was_an_inline_answer_is_taken_back() -> None:
    told = play(post(), post("q", "ann", 0.1), delete("q", 0.2), END, rules=INLINE)
    of_the_first = [outcome.status for outcome in told.outcomes if outcome.prompt.message == "p"]
    assert of_the_first == ["open", "answered", "open", "silent", "silent"]


@pytest.mark.parametrize("end", [mark(400), mark(400, observed=300)])
def test_what_comes_after_an_archive_is_observed_again(end: Watermark) -> None:
    assert play(mark(10, observed=1), post(hours=20), end).statuses() == ["open", "silent", "silent"]


def test_a_deletion_may_come_before_what_it_deletes() -> None:
    assert play(delete("p", 0.1), post(), END).statuses() == ["open", "withdrawn"]
    told = play(reply("ann", 0.1), delete("r1", 0.2, thread="p"), post(), END)
    assert told.statuses()[-1] == "silent"


def test_a_bot_by_the_directory_opens_no_prompt() -> None:
    assert play(post(author="robot"), END).outcomes == []
