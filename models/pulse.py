"""The pulse of a conversation: how lively it was when a prompt was posted there."""

from typing import NamedTuple


class Pulse(NamedTuple):
    """What was heard in a conversation before a prompt; of bots nothing is heard.

    Attributes
    ----------
    quiet_minutes
        Since somebody was heard there, to the minute; None: nobody was yet, or it is not known.
    lively_minutes
        In how many minutes somebody was heard there, each counted as exp(-age / 1 h).
    members_lately
        Distinct members active there on the day of posting or the one before (UTC), the author left out.
    away_days
        Since the author was active there, in days; None: not in the weeks that are remembered.

    Examples
    --------
    >>> Pulse()
    Pulse(quiet_minutes=None, lively_minutes=0.0, members_lately=0, away_days=None)
    """

    quiet_minutes: float | None = None
    lively_minutes: float = 0.0
    members_lately: int = 0
    away_days: int | None = None


UNKNOWN = Pulse()
"""Where nothing is known, nothing is said of it."""
