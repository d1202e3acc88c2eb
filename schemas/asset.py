"""Assets: what a designer publishes and what it asks of people."""

from enum import StrEnum


class AssetType(StrEnum):
    """What a social asset asks for."""

    THUMBS_UP = "thumbs_up"
    QUESTION = "question"
    POLL = "poll"
    DISCUSSION = "discussion"
    SHARE = "share"
    CHALLENGE = "challenge"
    ANNOUNCEMENT = "announcement"
