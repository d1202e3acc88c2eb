"""An erasure among everything else: in any order of work and after crashes the same is told, and nobody remembers."""

import re
from collections.abc import Iterable
from itertools import takewhile

import pytest

from agents.normalise import forget
from agents.sequenced import Sequenced
from agents.track import TrackRules
from schemas.base import HOUR
from schemas.erasure import ERASED, Erased, digest
from schemas.event import EVENT, Event, MessagePosted
from schemas.topic import Topic
from tests.factories.cluster import Cluster
from tests.factories.events import START, with_marks, workspace

PARTITIONS = 3
RULES = TrackRules(every_root=True)
TOLD = (Topic.OUTCOMES, Topic.VERDICTS, Topic.ANOMALIES, Topic.EXPECTATIONS)
WHEN = START + 9 * 24 * HOUR
ANN = f"m_{3:020x}"
GONE = Erased(digest=digest(ANN), time=WHEN)
Partitioned = list[tuple[int, Event]]


@pytest.fixture(scope="module")
def story() -> Partitioned:
    """Two weeks of members who have pseudonyms; one of them has an asset that nobody answers.

    When they are erased, three of its prompts have met silence, and that waits to be told until a fourth one does.
    """
    events = [named(event) for event in workspace(3, weeks=2.0, members=8)]
    events += [dead(hours) for hours in (12, 17, 60, 65)]
    events.sort(key=lambda event: event.time)
    return list(with_marks(events, PARTITIONS, horizon=RULES.responses.horizon))


def dead(hours: float) -> Event:
    where = {"source": "test", "workspace": "T", "conversation": "C1", "asset_id": "dead"}
    message = f"dead {hours:g}"
    return MessagePosted(event_id=message, author=ANN, time=START + hours * HOUR, message=message, **where)


def named(event: Event) -> Event:
    return EVENT.validate_json(re.sub(rb'"author":"m(\d)"', lambda m: b'"author":"m_%020x"' % int(m[1]), event.wire()))


class Played:
    """A cluster that is told a story with an erasure in it."""

    def __init__(self, *, seed: int, crash: float = 0.0, batch: int = 50) -> None:
        self.cluster = Cluster(RULES, partitions=PARTITIONS, seed=seed, crash=crash, batch=batch, fdr=0.1)

    def until(self, story: Partitioned, time: float, *, after: float = 0.0) -> None:
        """Let what happens after a moment and until another happen; behind the erasure nobody is named."""
        here = takewhile(lambda each: each[1].time <= time, story)
        self._happen(each for each in here if each[1].time > after)

    def rest(self, story: Partitioned, after: float) -> None:
        """Let the rest happen."""
        self._happen(each for each in story if each[1].time > after)

    def erase(self) -> None:
        """Erase a member in every partition."""
        for partition in range(PARTITIONS):
            self.cluster.write(Topic.EVENTS, GONE, partition=partition)

    def _happen(self, events: Iterable[tuple[int, Event]]) -> None:
        for partition, event in events:
            erased = {GONE.digest} if event.time > WHEN else set()
            self.cluster.write(Topic.EVENTS, forget(event, erased), partition=partition)

    def remembering(self) -> set[str]:
        """Return the agents in whose state the member is named."""
        found = set()
        for lane in self.cluster.lanes:
            lane.flush()
            kept = list(lane.changelog.values())
            if isinstance(lane.body, Sequenced):
                kept = [lane.body.dump()]  # packed in the changelog
            if any(ANN.encode() in value for value in kept):
                found.add(type(lane.body).__name__)
        return found


def play(story: Partitioned, **how: float) -> Played:
    played = Played(**how)  # type: ignore[arg-type]
    played.until(story, WHEN)
    played.erase()
    played.rest(story, WHEN)
    played.cluster.run()
    return played


@pytest.fixture(scope="module")
def undisturbed(story: Partitioned) -> Cluster:
    return play(story, seed=1).cluster


def test_an_epoch_later_no_agent_remembers_who_was_erased(story: Partitioned) -> None:
    played = Played(seed=1)
    played.until(story, WHEN)
    played.cluster.run()
    assert played.remembering() >= {"Track", "Learn", "Watch"}, "it would prove nothing"
    played.erase()
    played.until(story, WHEN + 12 * HOUR, after=WHEN)
    played.cluster.run()
    assert played.remembering() == set()
    assert ERASED.encode() in b"".join(played.cluster.latest(Topic.OUTCOMES).values())


@pytest.mark.parametrize(("seed", "crash", "batch"), [(2, 0.0, 1), (3, 0.0, 400), (4, 0.01, 50)])
def test_the_order_of_work_and_crashes_change_nothing(
    story: Partitioned, undisturbed: Cluster, seed: int, crash: float, batch: int
) -> None:
    other = play(story, seed=seed, crash=crash, batch=batch)
    assert (other.cluster.crashes > 3) == (crash > 0)
    assert other.remembering() == set()
    assert any(
        b'"level":"asset","subject":"test:T/dead"' in value for value in other.cluster.latest(Topic.VERDICTS).values()
    )
    for topic in TOLD:
        assert other.cluster.latest(topic) == undisturbed.latest(topic)
