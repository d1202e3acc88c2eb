"""Days of event time: what is decayed is decayed once a day."""

_DAY = 86_400.0


class Days:
    """Tells how many days went by since it was last asked; time that goes back passes no days.

    >>> days = Days()
    >>> days.passed(0.0), days.passed(90_000.0), days.passed(90_001.0), days.passed(0.0)
    (0, 1, 0, 0)
    """

    def __init__(self) -> None:
        self._day: int | None = None

    def passed(self, time_seconds: float) -> int:
        """Return how many UTC days have begun since the latest moment so far (seconds since 1970)."""
        day = int(time_seconds // _DAY)
        if self._day is None:
            self._day = day
        passed = max(day - self._day, 0)
        self._day += passed
        return passed
