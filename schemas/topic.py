"""Names of the topics, without the prefix that the settings put before them."""

from enum import StrEnum


class Topic(StrEnum):
    """Every topic, in the order in which the data passes."""

    WEBHOOKS = "webhooks"
    EVENTS = "events"
    DIRECTORY = "directory"
    OBSERVATIONS = "observations"
    EXPECTATIONS = "expectations"
    OUTCOMES = "outcomes"
    FEEDBACK = "feedback"
    VERDICTS = "verdicts"
    ANOMALIES = "anomalies"
    DEAD_LETTERS = "dead-letters"
