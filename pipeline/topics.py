"""The one list of topics."""

from dataclasses import dataclass

from schemas.topic import Topic


@dataclass(frozen=True)
class TopicSpec:
    """How a topic is created."""

    topic: str
    wide: bool  # as many partitions as the setting says, else one
    config: dict[str, str]


def _days(days: int) -> dict[str, str]:
    return {"cleanup.policy": "delete", "retention.ms": str(days * 86_400_000)}


_COMPACT = {"cleanup.policy": "compact"}
_LARGE = {"max.message.bytes": "10000000"}  # a version of the expectations that says everything

TOPICS: tuple[TopicSpec, ...] = (
    TopicSpec(Topic.WEBHOOKS, wide=True, config=_days(7)),
    TopicSpec(Topic.EVENTS, wide=True, config=_days(7)),
    TopicSpec(Topic.DIRECTORY, wide=False, config=_COMPACT),
    TopicSpec(Topic.OBSERVATIONS, wide=False, config=_days(7)),
    TopicSpec(Topic.EXPECTATIONS, wide=False, config=_COMPACT | _LARGE),
    TopicSpec(Topic.OUTCOMES, wide=False, config=_days(7)),
    TopicSpec(Topic.FEEDBACK, wide=False, config=_COMPACT),
    TopicSpec(Topic.VERDICTS, wide=False, config=_days(7)),
    TopicSpec(Topic.ANOMALIES, wide=False, config=_COMPACT),
    TopicSpec(Topic.DEAD_LETTERS, wide=False, config=_days(30)),
    TopicSpec("changelog-normalise", wide=True, config=_COMPACT),
    TopicSpec("changelog-track", wide=True, config=_COMPACT),
    TopicSpec("changelog-profile", wide=True, config=_COMPACT),
    TopicSpec("changelog-learn", wide=False, config=_COMPACT),
    TopicSpec("changelog-watch", wide=False, config=_COMPACT),
    TopicSpec("changelog-heed", wide=False, config=_COMPACT),
    TopicSpec("changelog-diagnose", wide=False, config=_COMPACT),
)
"""Whoever adds a topic adds it here; `crickets topics` creates what is missing."""

BROADCAST: tuple[str, ...] = (Topic.DIRECTORY, Topic.EXPECTATIONS)
"""Topics that every worker reads whole."""
