"""Evidence from the design: what the brief says, what is asked for, and for whom."""

from agents.diagnose.found import Found, plural
from agents.diagnose.subject import Subject
from schemas.asset import AssetType
from schemas.directory import Brief

RATING = frozenset({AssetType.THUMBS_UP, AssetType.POLL})
"""What tells the designer something."""

EXCHANGE = frozenset({AssetType.QUESTION, AssetType.DISCUSSION, AssetType.SHARE, AssetType.CHALLENGE})
"""What learners give to each other; an announcement is neither."""

LINES = {
    "wiifm": "what is in it for the learner",
    "objective": "the performance objective",
    "public_reason": "why in public and at any time",
    "personas": "for whom it is",
}
"""What a brief should say, and how that is called."""

MOSTLY = 0.5
"""Share of the responders from which on they are mostly others."""

SMALLEST_CROWD = 20
"""Members who could see it, below which its composition is chance."""


def wiifm_named(subject: Subject) -> Found | None:
    """Whether the brief names what is in it for the learner."""
    return _named(subject, "wiifm", "what is in it for the learner")


def objective_named(subject: Subject) -> Found | None:
    """Whether the brief names a performance objective."""
    return _named(subject, "objective", "a performance objective")


def public_reason_named(subject: Subject) -> Found | None:
    """Whether the brief says why in public and asynchronously."""
    return _named(subject, "public_reason", "why to answer in public and at any time")


def _named(subject: Subject, line: str, what: str) -> Found | None:
    said: str | None = getattr(subject.brief, line, None)
    if said is None:
        return None
    return (
        Found(True, f"the brief names {what}")
        if said.strip()
        else Found(False, f"the brief says that there is none: {what}")
    )


def brief_lines_missing(subject: Subject) -> Found | None:
    """How many of the lines that matter the brief leaves out, without saying that there is nothing to say."""
    if subject.brief is None:
        return None
    missing = unsaid(subject.brief)
    if not missing:
        return Found(0.0, "the brief is complete")
    return Found(float(len(missing)), f"the brief leaves out {', '.join(missing)}")


def unsaid(brief: Brief) -> list[str]:
    """Return what a brief leaves out, in words."""
    return [words for line, words in LINES.items() if getattr(brief, line) in (None, ())]


def rates_designer(subject: Subject) -> Found | None:
    """Whether the ask serves L&D or an exchange among peers."""
    asked = subject.prompt.asset_type
    if asked in RATING:
        return Found(True, f"it asks for a {subject.ask}: that rates the designer's work and gives the learner nothing")
    if asked in EXCHANGE:
        return Found(False, f"it asks for an exchange among peers ({subject.ask})")
    return None


def targets_share(subject: Subject) -> Found | None:
    """How many of the personas it is for."""
    everybody = set(subject.known.personas()) | set(subject.targets)
    if not subject.targets or len(everybody) < 2:
        return None
    share = len(subject.targets) / len(everybody)
    return Found(share, f"the brief targets {len(subject.targets)} of {len(everybody)} personas ({subject.people})")


def reach_targeted(subject: Subject) -> Found | None:
    """How many of those who could see it it is for; of what is for everybody that says nothing."""
    reach = sum(subject.prompt.reach.values())
    if not subject.targets or not subject.other_personas or not subject.prompt.persona_given or reach < SMALLEST_CROWD:
        return None
    targeted = sum(subject.prompt.reach.get(persona, 0) for persona in subject.targets)
    return Found(targeted / reach, f"{targeted} of the {reach} members who could see it are {subject.people}")


def personas_reached(subject: Subject) -> Found | None:
    """How many personas could see it."""
    reached = [count for count in subject.prompt.reach.values() if count > 0]
    if not subject.prompt.persona_given or sum(reached) < SMALLEST_CROWD:
        return None
    return Found(
        float(len(reached)), f"{plural(sum(reached), 'member')} of {plural(len(reached), 'persona')} could see it"
    )


def others_responded(subject: Subject) -> Found | None:
    """Whether those who responded to the asset so far are mostly others than it was for; fewer than three are chance.

    Nobody at all responds to a prompt that is silent, so the asset's earlier prompts are asked; what is for everybody
    has no others.
    """
    if not subject.targets or not subject.other_personas:
        return None
    came = dict(subject.known.responders_by_persona(subject.as_of, subject.prompt.asset_id))
    for persona, number in subject.verdict.responders_by_persona.items():
        came[persona] = came.get(persona, 0.0) + number
    total = sum(came.values())
    if total < subject.minimum_prompts:
        return None
    others = {persona: n for persona, n in sorted(came.items()) if persona not in subject.audience}
    share = sum(others.values()) / total
    named = [persona for persona, n in others.items() if n >= 0.5 and subject.group(persona) >= subject.smallest_group]
    who = f" ({', '.join(named)})" if named else ""
    counted_all = f"of about {plural(total, 'response')} to it so far"
    return Found(share >= MOSTLY, f"{counted_all} {share:.0%} came from others than {subject.people}{who}")
