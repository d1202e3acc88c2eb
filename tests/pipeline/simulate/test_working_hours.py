"""Working time passes on working days, between opening and closing, in one's own zone."""

import pytest

from pipeline.simulate.story import STORY_START
from pipeline.simulate.working_hours import WorkingHours

HOUR = 3_600.0
DAY = 24 * HOUR
LONDON = WorkingHours(0.0, 9.0, 17.0)
NEW_YORK = WorkingHours(-5.0, 9.0, 17.0)
KOLKATA = WorkingHours(5.5, 9.0, 17.0)


@pytest.mark.parametrize(
    ("hours", "posted", "worked", "expected"),
    [
        (LONDON, 10 * HOUR, HOUR, 11 * HOUR),
        (LONDON, 6 * HOUR, HOUR, 10 * HOUR),
        (LONDON, 16.5 * HOUR, HOUR, DAY + 9.5 * HOUR),
        (LONDON, 4 * DAY + 20 * HOUR, HOUR, 7 * DAY + 10 * HOUR),
        (LONDON, 10 * HOUR, 9 * HOUR, DAY + 11 * HOUR),
        (NEW_YORK, 10 * HOUR, HOUR, 15 * HOUR),
        (KOLKATA, 0.0, HOUR, 4.5 * HOUR),
        (KOLKATA, 4 * DAY + 22 * HOUR, HOUR, 7 * DAY + 4.5 * HOUR),
    ],
)
def test_after(hours: WorkingHours, posted: float, worked: float, expected: float) -> None:
    assert hours.after(STORY_START + posted, worked) == STORY_START + expected
