"""What a round plays: webhooks of some weeks, some of them late, doubled or broken, with a ledger of every event."""

import json
from collections import Counter
from dataclasses import dataclass
from math import floor
from random import Random

from agents.effects import Record, Send
from agents.normalise import SlackTranslator, normalise
from pipeline.simulate import Simulation, simulate
from pipeline.simulate.journal import Delivery
from schemas.base import HOUR
from schemas.dead_letter import DeadLetter
from schemas.directory import DirectoryRecord
from schemas.event import Watermark
from schemas.topic import Topic
from schemas.webhook import Webhook

KEY = "chaos-0123456789abcdef"
"""Of the pseudonyms: equal rows need equal keys."""

EPOCH_HOURS = 12
LATE, DOUBLED = 0.02, 0.02
"""Shares of the deliveries, beside those that the simulation itself repeats and delays."""

_LATEST = 5 * HOUR


@dataclass(frozen=True)
class Fed:
    """One record of the input."""

    topic: str
    partition: int
    key: bytes
    value: bytes


@dataclass(frozen=True)
class Entry:
    """Where an event of the ledger came from: its first record."""

    topic: str
    partition: int
    offset: int

    def __str__(self) -> str:
        return f"{self.topic}[{self.partition}]@{self.offset}"


@dataclass(frozen=True)
class Story:
    """The input of a round, in the order in which it is fed."""

    fed: tuple[Fed, ...]
    ledger: dict[str, Entry]
    """Event id -> where it came from; what became of it must stand in the table of events."""
    letters: dict[str, Entry]
    """Id of a dead letter -> the broken record."""
    directory: tuple[DirectoryRecord, ...]
    until: float
    """The last watermark: once everything before it was judged, the round is over."""


def tell(seed: int, partitions: int, weeks: int = 3) -> Story:
    """Tell the story of a seed, the same every time.

    It ends before the horizon of its latest prompts, so that there are closed and open prompts to compare.
    """
    simulation = simulate(seed=seed, weeks=weeks)
    chance = Random(f"{seed}/chaos")
    places = _places(simulation, partitions)
    fed: list[Fed] = []
    epoch, current = EPOCH_HOURS * HOUR, -1
    for time, partition, key, value in _arriving(simulation, places, chance):
        if (index := floor(time / epoch)) > current:
            current = index
            fed += _watermarks(index * epoch, partitions)
        fed.append(Fed(Topic.WEBHOOKS, partition, key, value))
    until = (floor(simulation.end / epoch) + 3) * epoch
    fed += _watermarks(until, partitions)
    ledger, letters = _ledger(fed)
    return Story(tuple(fed), ledger, letters, tuple(simulation.directory(KEY.encode())), until)


def _places(simulation: Simulation, partitions: int) -> dict[str, int]:
    """Share the conversations, so that every partition has work."""
    counts = Counter(delivery.conversation for delivery in simulation)
    return {conversation: n % partitions for n, (conversation, _) in enumerate(counts.most_common())}


Arriving = tuple[float, int, bytes, bytes]
"""Time, partition, key, value."""


def _arriving(simulation: Simulation, places: dict[str, int], chance: Random) -> list[Arriving]:
    arriving: list[tuple[float, Delivery]] = []
    for delivery in simulation:
        lot = chance.random()
        late = min(delivery.time + chance.uniform(120.0, _LATEST), simulation.end)
        arriving.append((late if lot < LATE else delivery.time, delivery))
        if LATE <= lot < LATE + DOUBLED:
            arriving.append((late, delivery))
    records = [
        (time, places[delivery.conversation], f"slack:{delivery.conversation}".encode(), _webhook(time, delivery))
        for time, delivery in arriving
    ]
    span = simulation.end - simulation.start
    for broken in BROKEN:
        time = simulation.start + chance.uniform(0.05, 0.95) * span
        value = broken if broken.startswith(b"{") else Webhook(source="slack", received_at=time, body="").wire()
        records.append((time, chance.choice(sorted(places.values())), b"broken", value))
    return sorted(records, key=lambda record: record[0])


BROKEN = (
    b"{no JSON at all",
    b'{"kind": "webhook", "source": "slack", "received_at": "yesterday", "body": "{}"}',
    b'{"kind": "webhook", "source": "nobody", "received_at": 1768000000.0, "body": "{}"}',
    b'{"kind": "webhook", "source": "slack", "received_at": 1768000000.0, "body": "[1, 2"}',
    b'{"kind": "webhook", "source": "slack", "received_at": 1768000000.0, "body": "{\\"type\\": \\"shrug\\"}"}',
    b'{"kind": "shrug"}',
    b"",
)
"""Records that are nobody's fault and must end as one dead letter each."""


def _webhook(time: float, delivery: Delivery) -> bytes:
    body = json.dumps(delivery.payload, separators=(",", ":"))
    return Webhook(source="slack", received_at=time, headers={"content-type": "application/json"}, body=body).wire()


def _watermarks(time: float, partitions: int) -> list[Fed]:
    return [
        Fed(Topic.WEBHOOKS, partition, b"watermark", Watermark(time=time, partition=partition).wire())
        for partition in range(partitions)
    ]


def _ledger(fed: list[Fed]) -> tuple[dict[str, Entry], dict[str, Entry]]:
    """Let the translator say what each record must become; offsets follow from the order of feeding."""
    translators = {"slack": SlackTranslator(KEY.encode())}
    ends: Counter[int] = Counter()
    ledger: dict[str, Entry] = {}
    letters: dict[str, Entry] = {}
    for one in fed:
        offset = ends[one.partition]
        ends[one.partition] += 1
        record = Record(one.topic, one.partition, offset, one.key, one.value)
        entry = Entry(one.topic, one.partition, offset)
        for effect in normalise([record], translators=translators):
            assert isinstance(effect, Send)
            if isinstance(effect.value, DeadLetter):
                letters[effect.value.dead_letter_id] = entry
            elif not isinstance(effect.value, Watermark):
                ledger.setdefault(getattr(effect.value, "event_id"), entry)  # noqa: B009 - every kind but Watermark
    return ledger, letters
