"""The journal gives every message an id of its own and leaves out what is beyond its end."""

from pipeline.simulate.journal import Journal
from pipeline.simulate.story import STORY_START


def _journal() -> Journal:
    return Journal(1, STORY_START, STORY_START + 3600)


def test_two_messages_at_one_moment_have_two_ids_in_a_channel() -> None:
    journal = _journal()
    moments = [journal.post(STORY_START + 1.5, channel, "U1", "Hello") for channel in ("C1", "C1", "C2")]
    assert [(message.conversation, message.ts) for message in moments] == [
        ("C1", "1767571201.500000"),
        ("C1", "1767571201.500001"),
        ("C2", "1767571201.500000"),
    ]


def test_what_happens_outside_the_story_is_not_delivered() -> None:
    journal = _journal()
    for time in (STORY_START - 1, STORY_START, STORY_START + 3599, STORY_START + 3600):
        journal.post(time, "C1", "U1", "Hello")
    told = journal.deliveries(repeated=0.0, delayed=0.0)
    assert [delivery.time for delivery in told] == [STORY_START, STORY_START + 3599]


def test_repeated_and_delayed_deliveries_follow_their_shares() -> None:
    journal = _journal()
    for second in range(1000):
        journal.post(STORY_START + second, "C1", "U1", "Hello")
    assert len(journal.deliveries(repeated=1.0, delayed=0.0)) == 2000
    late = journal.deliveries(repeated=0.0, delayed=1.0)
    assert len(late) == 1000
    assert all(3 <= delivery.time - float(delivery.payload["event"]["event_ts"]) <= 45 for delivery in late)
