"""What becomes known of prompts, as `track` tells it."""

from collections.abc import Iterator
from typing import Any

from schemas.expectation import Expectation
from schemas.outcome import Outcome, Prompt
from tests.factories.records import at

NOBODY = {"responders": 0, "responses": 0}


def outcome(n: int, status: str, stage: str = "closed", *, asset: str = "quiz", **more: Any) -> Outcome:
    """What became known of the n-th prompt, in hour n unless said otherwise."""
    time = at(more.pop("hours", n))
    p_zero, horizon = more.pop("p_zero", 0.5), more.pop("p_zero_horizon", 0.5)
    deadline = more.pop("deadline", None)
    who = {"author": "designer", "persona": "sales", "reach": {"sales": 9}, "posted_at": at(0), "asset_type": "poll"}
    what = {"prompt_id": f"slack:C1:{n}", "source": "slack", "conversation": "C1", "message": str(n)}
    return Outcome(
        prompt=Prompt(asset_id=asset, **who | what | more.pop("prompt", {})),
        expectation=Expectation(p_zero=p_zero, p_zero_horizon=horizon, expected=1, alpha=0.1, deadline=deadline),
        **{"stage": stage, "status": status, "time": time, "told_at": time, "version": 2} | NOBODY | more,
    )


def life(segment: str, ends: str, *, start: float = 0.0, every: float = 24.0) -> Iterator[Outcome]:
    """A segment's prompts, the n-th `every` * (start + n) hours in: `.` silent, `x` answered at once, closed in a week.

    Others end in other ways: `w` withdrawn, `c` censored, `u` called silent and not observed to the end, `h` silent
    since nobody was there until the horizon.
    """
    persona, asset_type = segment.split("/")
    for n, end in enumerate(ends):
        posted = every * (start + n)
        name = f"{segment}:{posted:g}"
        prompt = {"persona": persona, "asset_type": asset_type, "posted_at": at(posted), "prompt_id": name}
        about: dict[str, Any] = {"asset": "", "prompt": prompt}
        some = {"responders": 2, "responses": 3}
        if end == "x":
            yield outcome(n, "answered", "first_response", hours=posted + 1, **about, **some)
        if end in ".u" and n % 2:  # every other one was called silent at its deadline
            yield outcome(n, "silent", "deadline", hours=posted + 24, **about)
        status = {"x": "answered", "w": "withdrawn", "c": "censored", "h": "expired"}.get(
            end, "silent" if n % 2 else "expired"
        )
        closed: dict[str, Any] = {"hours": posted + 168, "version": 3, "observed": end not in "cu"}
        if end == "h":
            closed["deadline"] = at(posted + 168)
        yield outcome(n, status, **about, **closed, **(some if end == "x" else {}))
