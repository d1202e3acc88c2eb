"""Personas inferred from activity, where the directory gives none."""

from math import exp

from river import base

from models.days import Days
from models.part import Part

NEWCOMER, OCCASIONAL, REGULAR, CORE = "newcomer", "occasional", "regular", "core"
_FORGET = 0.05


class ActivityPersonas(base.Estimator):
    """Labels members by their messages and reactions of about the last four weeks.

    Activity is a sum that decays by exp(-1 / mean_days) a day, so a steady member's is `mean_days` times what they do
    in a day. Everybody is labelled anew when a day begins, so that who stays away sinks.

    Parameters
    ----------
    occasional, regular, core
        Activity from which the label holds; less than `occasional` is a newcomer.
    mean_days
        Mean life of an activity.
    max_members
        Bound of both parts.

    Attributes
    ----------
    labels
        What judging needs: member -> label. Newcomers are not written down: whoever is absent is one.
    activity
        Member -> decayed activity; of no use to judging.

    Examples
    --------
    >>> personas = ActivityPersonas()
    >>> personas.learn_one("m_1", 0.0, 15)
    >>> personas.label("m_1"), personas.label("m_2")
    ('regular', 'newcomer')
    >>> personas.learn_one("m_2", 60 * 86_400.0, 1)  # two months later
    >>> personas.label("m_1")
    'newcomer'
    """

    def __init__(
        self,
        occasional: float = 3.0,
        regular: float = 12.0,
        core: float = 40.0,
        mean_days: float = 28.0,
        max_members: int = 100_000,
    ) -> None:
        self.occasional = occasional
        self.regular = regular
        self.core = core
        self.mean_days = mean_days
        self.max_members = max_members
        self.labels: dict[str, str] = Part(max_keys=max_members)
        self.activity: Part[float] = Part(max_keys=max_members)
        self._days = Days()

    def label(self, member: str) -> str:
        """Return the persona of a member."""
        return self.labels.get(member, NEWCOMER)

    def learn_one(self, member: str, time_seconds: float, n: float = 1.0) -> None:
        """Count `n` activities of a member at a moment (seconds since 1970, UTC)."""
        self.pass_time(time_seconds)
        self.activity[member] = activity = self.activity.get(member, 0.0) + n
        self._relabel(member, activity)

    def pass_time(self, time_seconds: float) -> None:
        """Decay and label anew when a day has begun."""
        days = self._days.passed(time_seconds)
        if not days:
            return
        factor = exp(-days / self.mean_days)
        for member, activity in list(self.activity.items()):
            if activity * factor < _FORGET:
                del self.activity[member]
            else:
                self.activity[member] = activity * factor
        for member in list(self.labels):
            self._relabel(member, self.activity.get(member, 0.0))

    def forget(self, member: str) -> None:
        """Drop what was inferred of a member whose persona is given."""
        for part in (self.labels, self.activity):
            if member in part:
                del part[member]

    def _relabel(self, member: str, activity: float) -> None:
        if activity >= self.core:
            label = CORE
        elif activity >= self.regular:
            label = REGULAR
        else:
            label = OCCASIONAL if activity >= self.occasional else NEWCOMER
        if label != self.label(member):
            if label == NEWCOMER:
                del self.labels[member]
            else:
                self.labels[member] = label
