"""Reach: who could see a prompt when it was posted."""

from collections import Counter
from collections.abc import Mapping

from agents.knowledge import Knowledge

DAY = 86_400.0


def audience(
    knowledge: Knowledge, source: str, conversation: str, active: set[str], joined: Mapping[str, bool]
) -> tuple[set[str], int]:
    """Return the members who can see what is posted, and how many they are by the directory (0: it does not know).

    The directory's members of the channel, or else whoever was active there lately; those who joined (True) and not
    those who left (False).
    """
    channel = knowledge.channel(source, conversation)
    known = set(channel.members) if channel else set()
    members = known or active
    if joined:
        members = members | {member for member, came in joined.items() if came}
        members -= {member for member, came in joined.items() if not came}
    return members, len(members) if known else 0


def reach_by_persona(
    knowledge: Knowledge, members: set[str], author: str, personas: Mapping[str, str]
) -> dict[str, int]:
    """Count the audience by persona; author, staff and bots are left out; never empty, never 0.

    Where nobody is known yet, one newcomer is assumed: somebody must be there, else nobody would have posted.
    """
    listed = knowledge.members
    apart = {m for m in members & listed.keys() if listed[m].staff or listed[m].bot}
    counts = Counter(map(personas.__getitem__, members - apart - {author}))
    return dict(sorted(counts.items())) or {"newcomer": 1}


def leading_persona(reach: dict[str, int], targeted: tuple[str, ...]) -> str:
    """Return the persona that names the segment: the largest of the targeted ones reached, else the largest."""
    among = {persona: n for persona, n in reach.items() if persona in targeted} or reach
    return min(among, key=lambda persona: (-among[persona], persona))
