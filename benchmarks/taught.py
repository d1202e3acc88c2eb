"""What the worker needs to know before it judges: a taught model, and how far everything has been learned from."""

from pipeline.settings import Settings
from pipeline.wiring import new_knowledge
from schemas.expectation import ClosedUntil
from tests.factories.taught import EVER, lessons, version


def lesson() -> bytes:
    """Return a published version that gives prompts a deadline."""
    return version(1, 3600.0, values=lessons())


def gate(settings: Settings, time: float) -> ClosedUntil:
    """Return what lets everything before `time` be judged, and nothing at or after it: there the worker waits."""
    knowledge = new_knowledge(settings)
    return ClosedUntil(time=knowledge.as_of_for(time - 1.0), version=1)


def opened() -> ClosedUntil:
    """Return what lets everything be judged."""
    return ClosedUntil(time=EVER, version=1)
