"""Places: where each persona is active."""

from math import exp

from river import base

from models.days import Days
from models.part import Part

_FORGET = 0.25


class Places(base.Estimator):
    """Messages and reactions of a persona in a conversation, of about the last week.

    Parameters
    ----------
    mean_days
        Mean life of an activity; at 7 the sum of a steady persona is what it does in a week.
    max_places
        Bound of `counts`.

    Attributes
    ----------
    counts
        "persona|conversation" -> decayed count; decayed once a day of event time.

    Examples
    --------
    >>> places = Places()
    >>> places.learn_one("sales", "slack:C1", 0.0, 20)
    >>> places.learn_one("sales", "slack:C2", 7 * 86_400.0, 5)
    >>> {place: round(count, 1) for place, count in places.counts.items()}
    {'sales|slack:C1': 7.4, 'sales|slack:C2': 5.0}
    """

    def __init__(self, mean_days: float = 7.0, max_places: int = 20_000) -> None:
        self.mean_days = mean_days
        self.max_places = max_places
        self.counts: dict[str, float] = Part(max_keys=max_places)
        self._days = Days()

    def learn_one(self, persona: str, conversation: str, time_seconds: float, n: float = 1.0) -> None:
        """Count `n` activities at a moment (seconds since 1970, UTC)."""
        if days := self._days.passed(time_seconds):
            self._decay(exp(-days / self.mean_days))
        key = f"{persona}|{conversation}"
        self.counts[key] = self.counts.get(key, 0.0) + n

    def _decay(self, factor: float) -> None:
        for key, count in list(self.counts.items()):
            if count * factor < _FORGET:
                del self.counts[key]
            else:
                self.counts[key] = count * factor
