"""Learning: an epoch is a version; the same epochs give the same versions, after a crash and in any order."""

from collections.abc import Iterable
from random import Random

from agents.knowledge import Knowledge
from agents.learn import FULL_EVERY, Learn
from models.expectations import Expectations
from schemas.base import Contract
from schemas.directory import Member
from schemas.event import Watermark
from schemas.expectation import ClosedUntil, ExpectationVersion
from schemas.observation import Activity, BinPassed
from schemas.topic import Topic
from tests.factories.records import at, mark, records, tell

STAGES = ("track", "profile", "diagnose")


def marks(hours: float) -> list[Watermark]:
    return [mark(hours, stage=stage) for stage in STAGES]


def passed(n: int, hours: float) -> BinPassed:
    return BinPassed(id=f"p{n}#0", time=at(hours), bin=0, answered=n % 2 == 0, features={"bias": 1.0})


def active(hours: float, **members: int) -> Activity:
    return Activity(id=f"a{hours}", time=at(hours), source="slack", conversation="C1", members=members)


def learn(known: Knowledge | None = None) -> Learn:
    return Learn(known or Knowledge(), Expectations(), partitions=1, snapshot_every=1)


def published(agent: Learn, story: Iterable[Contract], first: int = 0) -> list[ExpectationVersion | ClosedUntil]:
    """Let it learn, and let everybody know."""
    values = tell(agent, records(story, Topic.OBSERVATIONS, first)).values
    for value in values:
        agent.knowledge.apply(Topic.EXPECTATIONS, value.wire())
    return [value for value in values if isinstance(value, ExpectationVersion | ClosedUntil)]


STORY = [passed(1, 0.1), passed(2, 0.2), active(0.0, ann=20), *marks(1), passed(3, 3.5), *marks(5)]


def test_every_epoch_that_taught_something_is_a_version_and_then_it_is_closed() -> None:
    versions = published(learn(), STORY)
    assert [(v.version, v.as_of) for v in versions if isinstance(v, ExpectationVersion)] == [(1, at(1)), (2, at(4))]
    assert versions[-1] == ClosedUntil(time=at(5), version=2)


def test_nothing_is_closed_before_all_sources_have_passed_it() -> None:
    for missing in ("track", "profile"):
        story = [passed(1, 0.1), *(m for m in marks(3) if m.stage != missing)]
        assert published(learn(), story) == []


def test_learning_does_not_run_far_ahead_of_the_explanations() -> None:
    agent = learn()
    far = 40 + agent.knowledge.ahead
    wide = [mark(200, stage=stage) for stage in ("track", "profile")]
    story = [passed(1, far + 0.1), *wide, mark(40, stage="diagnose")]
    assert published(agent, story) == [ClosedUntil(time=at(far), version=0)]
    assert published(agent, [mark(41, stage="diagnose")], first=4)[-1] == ClosedUntil(time=at(far + 1), version=1)


def test_the_first_version_says_everything_and_the_next_what_changed() -> None:
    first, second = (v for v in published(learn(), STORY) if isinstance(v, ExpectationVersion))
    assert (first.full, second.full) == (True, False)
    assert first.values["personas"] == {"ann": "regular"}
    assert set(second.values) == {"hazard", "bins"}


def test_now_and_then_a_version_says_everything_so_that_one_may_start_late() -> None:
    agent = learn()
    story = (value for n in range(FULL_EVERY + 2) for value in (passed(n, n + 0.5), *marks(n + 1)))
    versions = [v for v in published(agent, story) if isinstance(v, ExpectationVersion)]
    assert [v.version for v in versions if v.full] == [1, FULL_EVERY + 1]
    late = Knowledge()
    for version in versions[10:]:
        late.apply(Topic.EXPECTATIONS, version.wire())
    assert late.latest.version == agent.knowledge.latest.version == FULL_EVERY + 2
    assert late.latest.values == agent.knowledge.latest.values


def test_what_is_published_judges_like_the_model_itself() -> None:
    agent = learn()
    published(agent, STORY)
    values = {part: v for part, v in agent.knowledge.latest.values.items() if v}
    assert values == {part: dict(v) for part, v in agent.model.everything().items() if v}


def test_the_order_of_arrival_and_doublets_change_nothing() -> None:
    plain = published(learn(), STORY)
    for seed in range(5):
        epoch = STORY[:3] * 2
        Random(seed).shuffle(epoch)
        assert published(learn(), [*epoch, *STORY[3:]]) == plain


def test_given_personas_come_before_inferred_ones() -> None:
    known = Knowledge()
    known.learn_directory(Member(member="ann", persona="sales"))
    published(learn(known), STORY)
    assert known.places(at(1)) == {"sales|slack:C1": 20.0}
    assert known.at(at(1)).values["personas"] == {}


def test_after_a_crash_versions_are_not_told_again_and_the_next_are_the_same() -> None:
    agent, more = learn(), [active(5.5, ben=4), passed(4, 5.6), *marks(6)]
    published(agent, STORY)
    following = published(agent, more, first=len(STORY))
    assert [value.version for value in following] == [3, 3]
    for cut in (1, 4, 7, len(STORY)):
        first = learn()
        published(first, STORY[:cut])
        changelog = {key: value for key, value in first.take_changes().items() if value is not None}
        published(first, STORY[cut:], first=cut)  # told, but not in the changelog
        heir, again = learn(first.knowledge), first.durable + 1
        heir.load(changelog)
        heir.ready()
        assert published(heir, STORY[again:], first=again) == []
        assert published(heir, more, first=len(STORY)) == following


def test_places_and_rhythms_are_those_of_learners() -> None:
    known = Knowledge()
    for member in (
        Member(member="sue", persona="sales"),
        Member(member="fac", staff=True),
        Member(member="bot", bot=True),
    ):
        known.learn_directory(member)
    agent = learn(known)
    published(agent, [active(0.0, sue=3, fac=50, bot=70), *marks(2)])
    assert dict(agent.model.places.counts) == {"sales|slack:C1": 3.0}
