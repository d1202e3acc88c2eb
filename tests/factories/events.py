"""Canonical events for tests: a few members in a few conversations, seeded."""

from collections.abc import Iterator
from math import floor
from random import Random
from zlib import crc32

from schemas.event import Event, MessageDeleted, MessagePosted, ReactionAdded, ReactionRemoved, Traits, Watermark

HOUR = 3600.0
START = 1_767_571_200.0  # 2026-01-05 00:00 UTC, a Monday


def workspace(seed: int = 1, *, weeks: float = 2.0, conversations: int = 6, members: int = 12) -> list[Event]:
    """A workspace in which most roots are answered within hours and some never."""
    random = Random(seed)
    events: list[Event] = []
    end = START + weeks * 168 * HOUR
    for c in range(conversations):
        time = START + random.expovariate(1 / HOUR)
        number = 0
        while time < end:
            number += 1
            where = {"source": "test", "workspace": "T", "conversation": f"C{c}"}
            author = f"m{random.randrange(members)}"
            root = f"{c}.{number}"
            traits = Traits(length=random.randrange(400), question=random.random() < 0.4)
            events.append(
                MessagePosted(event_id=root, author=author, time=time, message=root, traits=traits,
                              asset_id=f"asset-{random.randrange(6)}" if random.random() < 0.5 else None, **where)
            )  # fmt: skip
            often = [0] + [3] * 30 if c % 2 else [0, 0, 1, 2, 4]  # lively, and not so lively
            for n in range(random.choice(often)):
                when = time + random.expovariate(1 / (3 * HOUR))
                who = f"m{random.randrange(members)}"
                if random.random() < 0.5:
                    reaction = ReactionAdded(event_id=f"{root}+{n}", author=who, time=when, message=root,
                                             reaction=f"emoji{n}", **where)  # fmt: skip
                    events.append(reaction)
                    if random.random() < 0.2:
                        events.append(ReactionRemoved(event_id=f"{root}-{n}", author=who, time=when + 60,
                                                      message=root, reaction=f"emoji{n}", **where))  # fmt: skip
                else:
                    reply = f"{root}.{n}"
                    events.append(MessagePosted(event_id=reply, author=who, time=when, message=reply, thread=root,
                                                **where))  # fmt: skip
                    if random.random() < 0.1:
                        events.append(MessageDeleted(event_id=f"-{reply}", time=when + 90, message=reply, thread=root,
                                                     **where))  # fmt: skip
            time += random.expovariate(1 / (5 * HOUR))
    return sorted(events, key=lambda e: (e.time, getattr(e, "event_id", "")))


def partition_of(event: Event, partitions: int) -> int:
    """Like a broker: the conversation decides."""
    return crc32(getattr(event, "conversation", "").encode()) % partitions


def with_marks(events: list[Event], partitions: int, *, horizon: float) -> Iterator[tuple[int, Event]]:
    """Yield (partition, event) with watermarks to all partitions at every epoch that has events, and at the end."""
    current = -1
    for event in events:
        if (index := floor(event.time / HOUR)) > current:
            current = index
            for p in range(partitions):
                yield p, Watermark(time=index * HOUR, partition=p)
        yield partition_of(event, partitions), event
    end = (floor((events[-1].time + horizon) / HOUR) + 2) * HOUR
    for p in range(partitions):
        yield p, Watermark(time=end, partition=p, observed_until=events[-1].time)
