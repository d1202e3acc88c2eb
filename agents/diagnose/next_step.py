"""One cheap thing to try: the first template of the hypothesis whose facts are all known, filled with real things."""

from string import Formatter

from agents.diagnose.found import counted, with_article
from agents.diagnose.subject import Subject
from models.checklist_file import ChecklistFile


def next_step(checklist: ChecklistFile, hypothesis: str, subject: Subject) -> str:
    """Fill the first template that can be filled; the checklist guarantees that the last one can."""
    known = facts(subject)
    templates = {each.code: each.next_steps for each in checklist.hypotheses}
    for template in templates.get(hypothesis, checklist.undetermined):
        if all(name in known for _, name, _, _ in Formatter().parse(template) if name is not None):
            return template.format_map(known)
    return ""


def facts(subject: Subject) -> dict[str, str]:
    """Return what a next step may name; what is not known is absent."""
    known = {
        "title": subject.title,
        "ask": with_article(subject.ask),
        "channel": subject.channel,
        "audience": subject.people,
    }
    return known | _better_place(subject) | _missing_lines(subject) | _better_persona(subject)


def _better_place(subject: Subject) -> dict[str, str]:
    places = subject.places
    if places is None or places.best_weekly < subject.minimum_weekly or places.best_weekly <= places.here:
        return {}
    return {
        "best_channel": places.best,
        "best_weekly": counted(places.best_weekly),
        "here_weekly": counted(places.here),
    }


def _missing_lines(subject: Subject) -> dict[str, str]:
    brief = subject.brief
    if brief is None:
        return {"missing_brief": "the brief (for whom, what is in it for them, which objective, why in public)"}
    target = []
    if not brief.personas:
        target.append("the persona it is for")
    if not (brief.objective or "").strip():
        target.append("the performance objective it serves")
    lines = {
        "missing_wiifm": "" if (brief.wiifm or "").strip() else "what is in it for the learner (missing in the brief)",
        "missing_target": " and ".join(target),
        "missing_reason": ""
        if (brief.public_reason or "").strip()
        else "the reason to answer in public and at any time (missing in the brief)",
    }
    return {name: line for name, line in lines.items() if line}


def _better_persona(subject: Subject) -> dict[str, str]:
    """Find the persona that answers this kind of prompt most, if it is clearly more than the audience does."""
    own = subject.silence("segment", subject.prompt.segment)
    if own is None:
        return {}
    silent: dict[str, float] = {}
    for persona in subject.other_personas:
        if rate := subject.silence("segment", f"{persona}/{subject.prompt.asset_type}"):
            silent[persona] = rate[0]
    best = min(silent, key=lambda persona: (silent[persona], persona), default=None)
    if best is None or silent[best] > own[0] - 0.1:
        return {}
    return {
        "best_persona": best,
        "best_persona_answered": f"{1 - silent[best]:.0%}",
        "audience_answered": f"{1 - own[0]:.0%}",
    }
