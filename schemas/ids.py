"""Ids: every one derives from the input, so that a replay finds the same ones again."""

import hashlib
import re

_NAME = re.compile(r"[a-z][a-z0-9_.-]*")


def prompt_id(source: str, conversation: str, message: str) -> str:
    """Name a prompt by where it stands.

    >>> prompt_id("slack", "C1", "1531431954.000073")
    'slack:C1:1531431954.000073'
    """
    return f"{source}:{conversation}:{message}"


def conversation_key(source: str, conversation: str) -> bytes:
    """Return the partition key of everything that happens in one conversation.

    >>> conversation_key("slack", "C1")
    b'slack:C1'
    """
    return f"{source}:{conversation}".encode()


def event_id(source: str, conversation: str, *natural: str) -> str:
    """Name an event by what happened, not by its delivery: the same message under two delivery ids is one event.

    >>> event_id("slack", "C1", "message", "1531431954.000073")
    'slack:C1:message:1531431954.000073'
    """
    return ":".join((source, conversation, *natural))


def source_key(source: str, workspace: str) -> str:
    """Name what may stop delivering: a source, by workspace.

    >>> source_key("slack", "T1")
    'slack|T1'
    """
    return f"{source}|{workspace}"


def placed_asset(source: str, workspace: str, asset: str) -> str:
    """Name an asset in its place: posted in two workspaces it may be dead in one and alive in the other.

    >>> placed_asset("slack", "T1", "podcast")
    'slack:T1/podcast'
    """
    return f"{source}:{workspace}/{asset}"


def anomaly_id(level: str, subject: str) -> str:
    """Name an anomaly by what is silent.

    >>> anomaly_id("prompt", "slack:C1:1.2")
    'prompt/slack:C1:1.2'
    """
    return f"{level}/{subject}"


def pseudonym(key: bytes, workspace: str, member: str) -> str:
    """Replace a member id by a keyed hash of it: equal within an installation, meaningless outside.

    Parameters
    ----------
    key
        Secret of the installation, 16 to 64 bytes; BLAKE2b is used in its keyed mode (RFC 7693).
    workspace, member
        What the source calls them.

    >>> pseudonym(b"0123456789abcdef", "T1", "U1")
    'm_0b20e38f47f84c69b86d'
    """
    digest = hashlib.blake2b(f"{workspace}\x00{member}".encode(), key=key, digest_size=10)
    return f"m_{digest.hexdigest()}"


def name_or_nothing(text: str, most: int = 60) -> str:
    """Return a text where it can be a name of a protocol's or of ours, else nothing: it may be what somebody wrote.

    What a webhook calls its type is told to people when nobody knows it. In a broken one anything may stand there, a
    sentence or the id of a member.

    >>> name_or_nothing("channel_shrugged")
    'channel_shrugged'
    >>> name_or_nothing("U024BE7LH"), name_or_nothing("who knows?"), name_or_nothing("a" * 61)
    ('', '', '')
    """
    return text if len(text) <= most and _NAME.fullmatch(text) else ""
