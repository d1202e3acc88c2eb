"""The story of a seed, and its ledger."""

from collections import Counter

import pytest

from schemas.topic import Topic
from tests.chaos.story import BROKEN, Story, tell


@pytest.fixture(scope="module")
def story() -> Story:
    return tell(7, partitions=4)


def test_the_same_seed_tells_the_same_story_and_another_one_another(story: Story) -> None:
    assert tell(7, partitions=4) == story
    assert tell(8, partitions=4).fed != story.fed


def test_every_partition_has_work_until_the_end_and_a_last_watermark(story: Story) -> None:
    assert {one.partition for one in story.fed[-1000:] if one.key != b"watermark"} == {0, 1, 2, 3}
    assert [(one.partition, one.key) for one in story.fed[-4:]] == [(n, b"watermark") for n in range(4)]


def test_the_ledger_names_the_record_of_every_event_and_every_dead_letter(story: Story) -> None:
    places: Counter[int] = Counter()
    found = set()
    for one in story.fed:
        found.add((one.partition, places[one.partition], one.key == b"broken"))
        places[one.partition] += 1
    assert all((entry.partition, entry.offset, False) in found for entry in story.ledger.values())
    assert all((entry.partition, entry.offset, True) in found for entry in story.letters.values())
    assert {entry.topic for entry in story.ledger.values()} == {Topic.WEBHOOKS}
    assert len(story.letters) == len(BROKEN)
    assert len(story.ledger) > 4_000


def test_some_records_are_doubled(story: Story) -> None:
    webhooks = [one for one in story.fed if one.key not in (b"watermark", b"broken")]
    assert len(webhooks) > len(story.ledger)
