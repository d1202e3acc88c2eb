"""What is done to the workers and brokers of a round: drawn from the seed, so that a round can be played again."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from random import Random
from typing import Literal

Deed = Literal["kill worker", "kill both workers", "kill broker", "restart broker", "zombie", "leave", "join"]

POINTS = (
    "before send",
    "after send",
    "within changelog",
    "before commit",
    "after changelog",
    "before offsets",
    "before insert",
    "after insert",
    "revoked",
    "assigned",
    "recovering",
)
"""Where a worker can be met, as a batch passes; then while partitions move, then while state is read back.

before send: nothing of the batch is out. after send: its outputs are out, its changelog is not. within changelog: a
part of it is out. before commit: all is out, the transaction is open. after changelog: durable, not acknowledged.
before offsets: acknowledged, not committed. before and after insert: of rows into ClickHouse.
"""

_MOST = {"revoked": 1, "assigned": 1, "recovering": 6, "before offsets": 2, "before insert": 4, "after insert": 4}
"""How often a point is passed before, at most: some come round seldom; 12 for the others."""

MOVING = frozenset({"revoked", "assigned", "recovering"})
"""Points that are passed only when partitions move: somebody has to join for it."""

NODES = 3
SINGLE_EVERY = 5
"""Every so many rounds there is one broker alone, and it is killed."""

LATE_SHARE = 0.6
"""Of the zombies."""

CLUSTER_SHARE = 0.3
"""Of the other rounds: those that harm no broker run as well on one of them, at half the cost."""


@dataclass(frozen=True)
class Step:
    """One disturbance."""

    deed: Deed
    point: str = ""
    """Where the worker is met; empty: at a random moment."""
    nth: int = 1
    """How often it may pass the point before."""
    number: int = 0
    """Which worker or broker, modulo their number."""
    pause: float = 0.0
    """Seconds before it, and before what was killed comes back."""
    late: bool = False
    """Of a zombie: it goes on only when all is worked through, so that nothing comes after its stale state."""

    def __str__(self) -> str:
        where = f" {self.point} #{self.nth}" if self.point else ""
        return f"{'late ' if self.late else ''}{self.deed} {self.number}{where}"


@dataclass(frozen=True)
class Plan:
    """The disturbances of one round."""

    brokers: Literal["cluster", "node"]
    steps: tuple[Step, ...]

    def __str__(self) -> str:
        return f"{self.brokers}: " + (", ".join(map(str, self.steps)) or "undisturbed")


CARDS: tuple[tuple[Deed, str], ...] = (
    *[("kill worker", point) for point in ("", *POINTS)],
    *[("zombie", point) for point in ("within changelog", "within changelog", "after send", "before send", "")],
    *[("zombie", point) for point in ("within changelog", "before commit", "after changelog", "before insert")],
    *[("kill both workers", point) for point in ("", "after send", "within changelog")],
    *[("kill broker", "")] * 4,
    ("restart broker", ""),
    ("leave", ""),
    ("join", ""),
)
"""Every deed with its points; what matters most is there more than once."""


def deal(seed: int) -> Iterator[Step]:
    """Deal the cards for ever: all of them, shuffled, before any comes again."""
    chance = Random(f"{seed}/plan")
    while True:
        for deed, point in chance.sample(CARDS, len(CARDS)):
            nth = chance.randint(1, _MOST.get(point, 12))
            number, pause = chance.randrange(NODES), round(chance.uniform(0.1, 1.0), 1)
            yield Step(deed, point, nth, number, pause, late=deed == "zombie" and chance.random() < LATE_SHARE)


def plans(seed: int, rounds: int, steps: int = 2) -> list[Plan]:
    """Return the plans of all rounds."""
    cards = deal(seed)
    chance = Random(f"{seed}/brokers")
    found = []
    for number in range(1, rounds + 1):
        if number % SINGLE_EVERY == 0:
            killed = Step("kill broker", pause=round(chance.uniform(0.1, 1.0), 1))
            found.append(Plan("node", (*islice(cards, steps - 1), killed)))
        else:
            dealt = tuple(islice(cards, steps))
            lot = chance.random() < CLUSTER_SHARE
            found.append(Plan("cluster" if lot or any("broker" in step.deed for step in dealt) else "node", dealt))
    return found
