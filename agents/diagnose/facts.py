"""The facts that a next step may name: places, hours, people and lines of the brief, as people read them."""

from agents.diagnose.design import unsaid
from agents.diagnose.found import counted, plural, with_article
from agents.diagnose.hours import active_hours, active_when_posted, usual_week, weekday
from agents.diagnose.past import programme_prompts
from agents.diagnose.subject import Subject

HARDLY_ANYBODY = 0.25
"""Activity after the posting, measured by an average hour, below which it was posted outside their hours."""

CROWDED = 4
"""Other prompts in the day before from which on they are worth avoiding."""

LONGEST_QUOTE = 120
"""Characters of a line of the brief that is quoted; a longer one would drown the step."""


def facts(subject: Subject) -> dict[str, str]:
    """Return what a next step may name; what is not known is absent."""
    known = {
        "title": subject.title,
        "ask": with_article(subject.ask),
        "channel": subject.channel,
        "audience": subject.people,
    }
    parts = (_better_place, _hours, _brief, _better_persona, _crowd)
    for part in parts:
        known |= part(subject)
    return known


def _better_place(subject: Subject) -> dict[str, str]:
    places = subject.better_place
    if places is None:
        return {}
    return {
        "best_channel": places.best,
        "best_weekly": counted(places.best_weekly),
        "here_weekly": counted(places.here),
    }


def _hours(subject: Subject) -> dict[str, str]:
    """Say when they are usually active, and when it was posted if that was when hardly anybody is."""
    week, about = usual_week(subject), active_when_posted(subject)
    if week is None or about is None:
        return {}
    found = {"active_hours": active_hours(week)}
    if float(about.value) < HARDLY_ANYBODY:
        found["posted_off_hours"] = weekday(subject.prompt.posted_at)
    return found


def _brief(subject: Subject) -> dict[str, str]:
    """Say what is missing in the brief, what it says there is none of, and what it promises."""
    brief = subject.brief
    if brief is None:
        return {"missing_brief": "the brief (for whom, what is in it for them, which objective, why in public)"}
    reason = brief.public_reason
    target = [] if brief.personas else ["the persona it is for"]
    target += _lacking(brief.objective, "the performance objective it serves")
    lines = {
        "missing_wiifm": " ".join(_lacking(brief.wiifm, "what is in it for the learner")),
        "missing_target": " and ".join(target),
        "missing_reason": "the reason to answer in public and at any time (missing in the brief)" * (reason is None),
        "no_reason": "no reason to answer in public and at any time" * (reason is not None and not reason.strip()),
        "missing_lines": " and ".join(unsaid(brief)),
        "named_wiifm": _quotable(brief.wiifm),
    }
    return {name: line for name, line in lines.items() if line}


def _lacking(said: str | None, what: str) -> list[str]:
    if said is None:
        return [f"{what} (missing in the brief)"]
    return [] if said.strip() else [f"{what} (the brief says: none)"]


def _quotable(said: str | None) -> str:
    line = " ".join((said or "").split())
    return f'"{line}"' if line and len(line) <= LONGEST_QUOTE else ""


def _better_persona(subject: Subject) -> dict[str, str]:
    """Find the persona that answers this kind of prompt most, if it is clearly more than the audience does."""
    own = subject.silence("segment", subject.prompt.segment)
    if own is None:
        return {}
    silent: dict[str, tuple[float, float]] = {}
    for persona in subject.other_personas:
        rate = subject.silence("segment", f"{persona}/{subject.prompt.asset_type}")
        if rate and subject.group(persona) >= subject.smallest_group:
            silent[persona] = rate
    best = min(silent, key=lambda persona: (silent[persona][0], persona), default=None)
    if best is None or silent[best][0] > own[0] - 0.1:
        return {}
    return {
        "best_persona": best,
        "best_persona_answered": f"{1 - silent[best][0]:.0%}",
        "best_persona_prompts": counted(silent[best][1]),
        "audience_answered": f"{1 - own[0]:.0%}",
    }


def _crowd(subject: Subject) -> dict[str, str]:
    """Say how many could see it, what stood beside it, and how young the programme is."""
    reach, around = [n for n in subject.prompt.reach.values() if n > 0], subject.surroundings
    found = {}
    if subject.prompt.persona_given and len(reach) > 1:
        found["reached"] = f"{plural(sum(reach), 'member')} of {len(reach)} personas"
    if around is not None and around.competing_prompts >= CROWDED:
        found["competing"] = f"{around.competing_prompts} other prompts"
    if (programme := programme_prompts(subject)) is not None:
        found["prompts_so_far"] = counted(float(programme.value))
    return found
