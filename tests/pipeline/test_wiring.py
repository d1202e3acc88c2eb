"""What the wiring adds to the agents."""

from collections.abc import Sequence

import pytest

from agents.effects import Record, Send
from agents.normalise import SlackTranslator
from pipeline.wiring import Normalise
from schemas.topic import Topic
from tests.chaos.story import KEY, tell


@pytest.fixture(scope="module")
def webhooks() -> list[Record]:
    fed = tell(1, partitions=1).fed[:40]
    return [Record(one.topic, 0, offset, one.key, one.value) for offset, one in enumerate(fed)]


def normalise() -> Normalise:
    return Normalise({"slack": SlackTranslator(KEY.encode())}, set())


def events(body: Normalise, records: Sequence[Record]) -> list[bytes]:
    return [
        effect.value.wire() for effect in body(records) if isinstance(effect, Send) and effect.topic == Topic.EVENTS
    ]


def test_webhooks_that_come_again_after_a_crash_are_not_sent_again(webhooks: list[Record]) -> None:
    undisturbed = events(normalise(), webhooks)
    assert len(undisturbed) > 30
    before = normalise()
    first = events(before, webhooks[:25])
    after = normalise()
    after.load(before.take_changes())
    after.ready()
    assert after.durable == 24
    assert first + events(after, webhooks) == undisturbed
    assert events(after, webhooks) == []


def test_how_far_it_has_come_is_written_once(webhooks: list[Record]) -> None:
    body = normalise()
    assert body.take_changes() == {}
    events(body, webhooks[:5])
    assert body.take_changes() == {"offset": b"4"}
    assert body.take_changes() == {}
