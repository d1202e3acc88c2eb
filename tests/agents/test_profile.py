"""Who is active where: counted an epoch at a time, told once, and never after it was promised."""

from agents.profile import Profile
from schemas.base import Contract
from schemas.event import Watermark
from schemas.observation import Activity
from tests.factories.records import START, Told, delete, mark, post, react, records, reply, tell, unreact

HOUR = 3600


def told(*story: Contract | bytes, profile: Profile | None = None) -> Told:
    return tell(profile or Profile(0), records(story))


def activities(said: Told) -> list[tuple[str, float, dict[str, int]]]:
    found = [value for value in said.values if isinstance(value, Activity)]
    return [(value.conversation, (value.time - START) / HOUR, value.members) for value in found]


def promises(said: Told) -> list[float]:
    found = [value for value in said.values if isinstance(value, Watermark)]
    assert {(mark.stage, mark.partition) for mark in found} <= {("profile", 0)}
    return [(mark.time - START) / HOUR for mark in found]


def test_messages_replies_and_reactions_count_and_nothing_else() -> None:
    story = [post("p", "ann"), reply("ben", 0.1), react("ann", 0.2), unreact("ann", 0.3), delete("r1", 0.4)]
    robot = post("q", "robot", 0.5, bot=True)
    assert activities(told(*story, robot, mark(1))) == [("C1", 0, {"ann": 2, "ben": 1})]


def test_each_conversation_and_each_epoch_is_told_once_in_order() -> None:
    story = [post("a", "ann"), post("b", "ben", 0.1, conversation="C0"), post("c", "cyd", 2.1), mark(2), mark(4)]
    said = told(*story)
    assert activities(said) == [("C0", 0, {"ben": 1}), ("C1", 0, {"ann": 1}), ("C1", 2, {"cyd": 1})]
    assert promises(said) == [-1, 0, 2, 4]
    ids = [value.id for value in said.values if isinstance(value, Activity)]
    assert len(set(ids)) == 3


def test_an_epoch_is_over_a_little_after_its_end_since_events_may_come_late() -> None:
    assert promises(told(post("p", "ann"), post("q", "ben", 1 + 59 / HOUR))) == [-1, 0]
    said = told(post("p", "ann"), post("q", "ben", 1 + 59 / HOUR), post("late", "cyd", 0.99), post("r", "ben", 1.1))
    assert promises(said) == [-1, 0, 1]
    assert activities(said) == [("C1", 0, {"ann": 1, "cyd": 1})]


def test_what_comes_after_its_epoch_was_told_is_told_in_the_next_one_as_late_unless_it_is_very_old() -> None:
    story = [post("p", "ann"), mark(1), post("late", "cyd", 0.5), post("later", "cyd", -3), post("old", "cyd", -1441)]
    said = told(*story, mark(9))
    found = [value for value in said.values if isinstance(value, Activity)]
    assert activities(said) == [("C1", 0, {"ann": 1}), ("C1", 1, {"cyd": 1}), ("C1", 1, {"cyd": 1})]
    assert [value.late_for for value in found] == [None, START - 3 * HOUR, START]
    assert [value.epoch - START for value in found] == [0, -3 * HOUR, 0]
    assert len({value.id for value in found}) == 3


def test_whatever_the_source_delivers_is_counted_with_the_moment_of_the_last() -> None:
    story = [post("p", "ann"), post("q", "robot", 0.5, bot=True), delete("r1", 0.4), unreact("ann", 0.3)]
    [activity] = [value for value in told(*story, mark(1)).values if isinstance(value, Activity)]
    assert (activity.events, activity.latest, activity.members) == (4, START + 0.5 * HOUR, {"ann": 1})


def test_the_same_event_again_and_the_same_offset_again_count_once() -> None:
    profile = Profile(0)
    log = records([post("p", "ann"), post("p", "ann"), mark(1)])
    tell(profile, log[:2])
    assert activities(tell(profile, log)) == [("C1", 0, {"ann": 1})]
    tell(profile, log[:1])
    assert profile.durable == 2


def test_broken_records_are_passed_over_in_silence() -> None:
    profile = Profile(0)
    assert told(b"{}", profile=profile).values == []
    assert profile.durable == 0


STORY = [post(str(n), f"m{n % 3}", n / 7, conversation=f"C{n % 2} x") for n in range(40)]


def test_a_restored_profile_goes_on_alike_at_any_cut() -> None:
    log = records([*STORY, mark(9)])
    whole = tell(Profile(0), log).values
    for cut in range(1, len(log)):
        first, second = Profile(0), Profile(0)
        said = tell(first, log[:cut]).values
        second.load({key: value for key, value in first.take_changes().items() if value is not None})
        second.ready()
        assert second.durable == cut - 1
        assert second.take_changes() == {}
        assert said + tell(second, log[cut:]).values == whole


def test_told_epochs_leave_the_changelog() -> None:
    profile = Profile(0)
    told(post("p", "ann"), profile=profile)
    [tally, clock] = sorted(profile.take_changes(), reverse=True)
    assert clock == "clock"
    tell(profile, records([mark(1)], first=1))
    assert profile.take_changes()[tally] is None
