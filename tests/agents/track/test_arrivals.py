"""What arrives twice, too early or too late; and who came, however they came."""

from agents.track import Track, TrackRules
from schemas.base import Contract
from schemas.directory import Member
from schemas.event import Traits
from tests.factories.records import Told, at, delete, mark, post, react, records, reply, tell, unreact
from tests.factories.taught import taught

EVERY_ROOT = TrackRules(every_root=True)
END = mark(400)


def play(*story: Contract) -> Told:
    return tell(Track(0, taught(), EVERY_ROOT), records(story))


def test_two_deliveries_of_one_message_are_one_prompt() -> None:
    twin = post().model_copy(update={"traits": Traits(mentions=1)})  # app_mention beside message
    assert play(post(), twin, END).outcomes == play(post(), END).outcomes


def test_a_response_before_its_prompt_is_kept_aside_and_counts() -> None:
    told = play(reply("ann", 0.3), reply("ann", 0.3), post(), END)
    assert told.statuses() == ["open", "answered", "answered"]
    assert told.outcomes[-1].responses == 1


def test_what_was_kept_aside_is_dropped_after_an_hour() -> None:
    assert play(reply("ann", 0.3), mark(1.29), post(), END).statuses()[-1] == "answered"
    assert play(reply("ann", 0.3), mark(1.31), post(), END).statuses()[-1] == "silent"


def test_what_comes_when_its_prompt_was_closed_long_ago_is_ignored() -> None:
    told = play(mark(168), post(), react("ann", 0), post("q", hours=0.01), END)
    assert {outcome.prompt.message for outcome in told.outcomes} == {"q"}


def test_responders_are_counted_once_by_the_persona_they_had_when_they_came() -> None:
    known = taught(Member(member="sue", persona="sales"))
    track = Track(0, known, EVERY_ROOT)
    tell(track, records([post(), react("sue", 0.5)]))
    known.learn_directory(Member(member="sue", persona="managers"))
    closed = tell(track, records([react("sue", 0.6, reaction="eyes"), react("ben", 1), END], first=2)).outcomes[-1]
    assert (closed.responders, closed.responses) == (2, 3)
    assert closed.responders_by_persona == {"newcomer": 1, "sales": 1}
    assert (closed.first_response_at, closed.time, closed.closed) == (at(0.5), at(168), True)


def test_a_persona_that_the_directory_changes_holds_from_the_next_response_on() -> None:
    known = taught(Member(member="sue", persona="sales"))
    track = Track(0, known, EVERY_ROOT)
    tell(track, records([post(), react("sue", 0.1)]))
    known.learn_directory(Member(member="sue", persona="managers"))
    answered = tell(track, records([post("q", hours=0.2), react("sue", 0.3, message="q")], first=2)).outcomes[-1]
    assert answered.responders_by_persona == {"managers": 1}


def test_a_deletion_before_the_reply_that_it_deletes_takes_it_back() -> None:
    told = play(post(), delete("r1", 0.5, thread="p"), reply("ann", 0.4), END)
    assert told.statuses() == ["open", "silent", "silent"]


def test_more_that_came_is_told_once_an_hour_and_only_when_the_number_has_changed() -> None:
    told = play(post(), react("ann", 0.1), react("ben", 0.2), react("cyd", 0.3), react("dan", 1.5), mark(5))
    steps = [(outcome.stage, outcome.responders, outcome.time) for outcome in told.outcomes]
    assert steps == [
        ("posted", 0, at(0)),
        ("first_response", 1, at(0.1)),
        ("counted", 3, at(1)),
        ("counted", 4, at(2)),
    ]
    assert [outcome.version for outcome in told.outcomes] == [1, 2, 3, 4]


def test_what_came_and_went_within_the_hour_is_not_told() -> None:
    told = play(post(), react("ann", 0.1), react("ben", 0.2), unreact("ben", 0.3), mark(5))
    assert [outcome.stage for outcome in told.outcomes] == ["posted", "first_response"]
