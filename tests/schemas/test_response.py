"""What is a response: every case of the definition, one row each."""

from dataclasses import dataclass, field

import pytest

from schemas.event import MessageDeleted, MessagePosted, ReactionAdded, ReactionRemoved
from schemas.response import Asked, Responding, ResponseRules, Responses

HOUR = 3600.0
POSTED = 1_767_600_000.0
ASKED = Asked(message="m1", author="designer", posted_at=POSTED)
WHERE = {"source": "slack", "workspace": "T1", "conversation": "C1"}
STAFF = {"facilitator"}


def at(hours: float) -> float:
    return POSTED + hours * HOUR


def reply(author: str, hours: float, message: str = "r1", thread: str | None = "m1", event_id: str = "e1", **more):
    return MessagePosted(
        event_id=event_id, author=author, time=at(hours), message=message, thread=thread, **WHERE, **more
    )


def react(author: str, hours: float, reaction: str = "+1", message: str = "m1", **more):
    name = f"{author} {reaction} {hours}"
    return ReactionAdded(
        event_id=name, author=author, time=at(hours), message=message, reaction=reaction, **WHERE, **more
    )


def unreact(author: str, hours: float, reaction: str = "+1"):
    name = f"-{author} {reaction} {hours}"
    return ReactionRemoved(event_id=name, author=author, time=at(hours), message="m1", reaction=reaction, **WHERE)


def delete(hours: float, message: str = "r1"):
    return MessageDeleted(event_id=f"d {message}", time=at(hours), message=message, thread="m1", **WHERE)


@dataclass
class Case:
    law: str
    events: list[Responding]
    responders: set[str]
    first: float | None = None
    inline: bool = False
    refusals: list[str] = field(default_factory=list)


CASES = [
    Case("another member's reply counts", [reply("ann", 1)], {"ann"}, first=1),
    Case("another member's reaction counts", [react("ann", 2)], {"ann"}, first=2),
    Case("a bot does not", [reply("bot", 1, bot=True), react("bot", 1, bot=True)], set(), refusals=["bot", "bot"]),
    Case("the author does not", [reply("designer", 1), react("designer", 1)], set(), refusals=["self", "self"]),
    Case("staff do not", [reply("facilitator", 1), react("facilitator", 2)], set(), refusals=["staff", "staff"]),
    Case("a reaction that was removed is taken back", [react("ann", 1), unreact("ann", 2)], set()),
    Case("also when the removal arrives first", [unreact("ann", 2), react("ann", 1)], set()),
    Case("added again it stands again", [react("ann", 1), unreact("ann", 2), react("ann", 3)], {"ann"}, first=3),
    Case("removing one emoji leaves the other", [react("ann", 1), react("ann", 2, "eyes"), unreact("ann", 3)], {"ann"},
         first=2),
    Case("a reply that was deleted is taken back", [reply("ann", 1), delete(2)], set()),
    Case("also when the deletion arrives first", [delete(2), reply("ann", 1)], set()),
    Case("deleting one reply leaves the other", [reply("ann", 1), reply("ann", 2, "r2"), delete(3)], {"ann"}, first=2),
    Case("the same delivery twice is one response", [reply("ann", 1), reply("ann", 1)], {"ann"}, first=1),
    Case("the same message under two event ids is one response",
         [reply("ann", 1, event_id="Ev1"), reply("ann", 1, event_id="Ev2")], {"ann"}, first=1),
    Case("forty emoji of two people are two responders",
         [react(who, 1 + n / 100, f"emoji{n}") for n in range(20) for who in ("ann", "bob")], {"ann", "bob"}, first=1),
    Case("what is older than the prompt is no response", [reply("ann", -1)], set(), refusals=["before the prompt"]),
    Case("at the very moment of the prompt it is one", [react("ann", 0)], {"ann"}, first=0),
    Case("the last moment of the horizon counts", [reply("ann", 168)], {"ann"}, first=168),
    Case("after the horizon it is too late", [reply("ann", 168.01)], set(), refusals=["after the horizon"]),
    Case("taking back is never too late", [react("ann", 1), unreact("ann", 169)], set()),
    Case("a reply in another thread is none", [reply("ann", 1, thread="m2")], set(), refusals=["other message"]),
    Case("a reaction to a reply is none", [react("ann", 1, message="r1")], set(), refusals=["other message"]),
    Case("a thread broadcast is a reply", [reply("ann", 1, "r9")], {"ann"}, first=1),
    Case("a root message is no answer where the rules do not say so",
         [reply("ann", 0.1, thread=None)], set(), refusals=["not inline"]),
    Case("where they do, it is within ten minutes", [reply("ann", 0.1, thread=None)], {"ann"}, first=0.1, inline=True),
    Case("later it is not", [reply("ann", 0.2, thread=None)], set(), inline=True, refusals=["not inline"]),
    Case("the prompt does not answer itself", [reply("ann", 0, "m1", thread=None)], set(), inline=True,
         refusals=["not inline"]),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.law)
def test_response(case: Case) -> None:
    rules = ResponseRules(horizon_hours=168, inline_answers=case.inline)
    responses = Responses()

    refusals = [responses.apply(ASKED, e, staff=getattr(e, "author", "") in STAFF, rules=rules) for e in case.events]

    assert set(responses.responders) == case.responders
    assert [refusal for refusal in refusals if refusal] == case.refusals
    if case.first is not None:
        assert min(responses.responders.values()) == at(case.first)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.law)
def test_the_same_events_again_change_nothing(case: Case) -> None:
    rules = ResponseRules(horizon_hours=168, inline_answers=case.inline)
    once, twice = Responses(), Responses()
    for event in case.events:
        once.apply(ASKED, event, staff=getattr(event, "author", "") in STAFF, rules=rules)
    for event in [*case.events, *case.events]:
        twice.apply(ASKED, event, staff=getattr(event, "author", "") in STAFF, rules=rules)
    assert twice.responders == once.responders


def test_a_member_came_with_the_earliest_response_that_stands_whichever_was_told_of_first() -> None:
    responses = Responses()
    taken = react("ann", 0.5, "eyes")
    back = ReactionRemoved(**taken.model_dump(exclude={"kind", "time"}), time=at(4))
    for event in (react("ann", 3), reply("ann", 1), reply("ben", 2, message="r2"), taken, back):
        assert responses.apply(ASKED, event, staff=False, rules=ResponseRules()) is None
    assert responses.tally() == ({"ann": at(1), "ben": at(2)}, 3)
