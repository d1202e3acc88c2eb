"""An erased member is forgotten where agents remember members, and what they did still counts."""

from agents.effects import Record
from agents.knowledge import Knowledge
from agents.normalise import forget
from agents.profile import Profile
from agents.record import known
from agents.track import Track, TrackRules
from agents.track.presences import CHUNK, Presences
from models.expectations import Expectations
from schemas.directory import Member
from schemas.erasure import ERASED, Erased, digest
from schemas.event import Watermark
from schemas.observation import Activity
from schemas.topic import Topic
from tests.factories.records import START, Told, at, mark, post, react, records, tell
from tests.factories.taught import taught

ANN, BEN, DAN = (f"m_{n:020x}" for n in (0xA, 0xB, 0xD))
GONE = Erased(digest=digest(ANN), time=at(1.0))


def test_the_directory_forgets_them_and_an_older_file_does_not_bring_them_back() -> None:
    known = Knowledge()
    for record in (Member(member=ANN, persona="sales"), Member(member=BEN, persona="sales"), GONE):
        known.learn_directory(record)
    known.learn_directory(Member(member=ANN, persona="sales"))
    assert set(known.members) == {BEN}


def test_what_comes_later_happened_and_nobody_knows_who_it_was() -> None:
    event = react(ANN, 2.0)
    told = forget(event, {GONE.digest})
    assert told.author == ERASED
    assert ANN not in told.wire().decode()
    assert forget(react(BEN, 2.0), {GONE.digest}) == react(BEN, 2.0)


def test_what_was_under_way_is_recorded_without_the_name() -> None:
    [record] = records([react(ANN, 2.0)])
    [kept] = known([record], {GONE.digest})
    assert ANN.encode() not in kept.value
    assert ERASED.encode() in kept.value
    assert list(known([record], set())) == [record]


def test_two_erased_members_stay_two_responders() -> None:
    track = Track(0, taught(), TrackRules(every_root=True))
    story = [post(), react(ANN, 0.2), react(BEN, 0.3), react(DAN, 0.4), GONE]
    story += [Erased(digest=digest(BEN), time=at(1.0)), mark(2), mark(300)]
    kept: dict[str, bytes] = {}
    told = Told()
    for record in records(story):
        told.effects += track([record])
        for key, value in track.take_changes().items():
            kept.pop(key, None)
            if value is not None:
                kept[key] = value
        if record.offset == 5:
            assert not any(name.encode() in value for name in (ANN, BEN) for value in kept.values())
            assert any(DAN.encode() in value for value in kept.values())
    assert told.outcomes[-1].responders == 3


def test_a_tally_that_is_not_told_yet_leaves_them_out() -> None:
    profile = Profile(0)
    values = [post(author=ANN), post("q", author=BEN), GONE, Watermark(time=START + 3 * 3600)]
    batch = [Record(Topic.EVENTS, 0, offset, b"", value.wire()) for offset, value in enumerate(values)]
    told = tell(profile, batch).values
    [activity] = [value for value in told if isinstance(value, Activity)]
    assert set(activity.members) == {BEN}
    assert [value.digest for value in told if isinstance(value, Erased)] == [GONE.digest]


def test_what_was_learned_of_them_alone_goes() -> None:
    model = Expectations()
    for member in (ANN, BEN):
        model.personas.activity[member] = 3.0
        model.personas.labels[member] = "regular"
    model.forget(GONE.digest)
    assert set(model.personas.activity) == set(model.personas.labels) == {BEN}


def test_who_was_active_with_them_is_known_after_a_restore_too() -> None:
    presences, stored = Presences(), dict[str, bytes]()

    def write() -> None:
        for key, value in presences.take_changes().items():
            stored.pop(key, None)
            if value is not None:
                stored[key] = value

    others = [f"m_{n:020x}" for n in range(0x100, 0x100 + 3 * CHUNK)]
    for day in (1, 2):
        for n, member in enumerate([ANN, *others]):
            presences.see(f"C{n % 3}", member, day + n % 2)
        write()
    presences.forget_member(GONE.digest)
    write()
    presences.see("C1", BEN, 2)  # life goes on in the records that were written anew
    write()
    heir = Presences()
    for key, value in stored.items():
        heir.load_seen(key.removeprefix("seen "), value)
    heir.ready()
    assert heir.days == presences.days
    assert {member for known in heir.days.values() for member in known} == {BEN, *others}
    assert not any(ANN.encode() in value for value in stored.values())
