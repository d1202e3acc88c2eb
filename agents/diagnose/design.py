"""Evidence from the design: what the brief says, what is asked for, and for whom."""

from agents.diagnose.found import Found, plural
from agents.diagnose.subject import Subject
from schemas.asset import AssetType

RATING = frozenset({AssetType.THUMBS_UP, AssetType.POLL})
"""What tells the designer something."""

EXCHANGE = frozenset({AssetType.QUESTION, AssetType.DISCUSSION, AssetType.SHARE, AssetType.CHALLENGE})
"""What learners give to each other; an announcement is neither."""

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
    if subject.brief is None:
        return None
    named = bool((getattr(subject.brief, line) or "").strip())
    return Found(named, f"the brief {'names' if named else 'does not name'} {what}")


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
    """Whether those responded whom it was not for."""
    responders = {persona: n for persona, n in sorted(subject.verdict.responders_by_persona.items()) if n > 0}
    if not responders:
        return None  # nobody at all: that is the verdict, not a reason for it
    others = [f"{n} {persona}" for persona, n in responders.items() if persona not in subject.audience]
    if others:
        return Found(True, f"others than {subject.people} responded: {', '.join(others)}")
    return Found(False, f"only {subject.people} responded")
