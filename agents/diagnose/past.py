"""Evidence from the past: how the same people, and others, met prompts like this one."""

from collections.abc import Iterable

from agents.diagnose.found import Found, counted, plural
from agents.diagnose.subject import Subject
from models.features import programme_key
from schemas.erasure import ERASED


def against_personas(subject: Subject) -> Found | None:
    """How this segment's silence stands against the same ask to other personas."""
    asked = subject.prompt.asset_type
    return _against(
        subject,
        subject.pooled_silence(f"{persona}/{asked}" for persona in subject.other_personas),
        "such prompts to other personas",
    )


def against_types(subject: Subject) -> Found | None:
    """How this segment's silence stands against other asks to the same persona."""
    return _against(
        subject,
        subject.pooled_silence(subject.other_segments),
        "prompts of other kinds to them",
    )


def _against(subject: Subject, peers: tuple[float, float] | None, of_what: str) -> Found | None:
    own = subject.silence("segment", subject.prompt.segment)
    if own is None or peers is None:
        return None
    return Found(
        own[0] - peers[0],
        f"{own[0]:.0%} of {plural(own[1], f'{subject.ask} prompt')} to {subject.prompt.persona} met silence; "
        f"of {counted(peers[1])} {of_what} {peers[0]:.0%} did",
    )


def asset_silence(subject: Subject) -> Found | None:
    """How often this asset met silence before."""
    return _rate(subject, "asset", subject.prompt.asset_id, "earlier prompts of this asset")


def channel_silence(subject: Subject) -> Found | None:
    """How often prompts in this channel meet silence."""
    key = f"{subject.prompt.source}:{subject.prompt.conversation}"
    return _rate(subject, "channel", key, f"earlier prompts in {subject.channel}")


def author_silence(subject: Subject) -> Found | None:
    """How often this author's prompts meet silence."""
    author = subject.prompt.author
    return _rate(subject, "author", "" if author == ERASED else author, "the author's earlier prompts")


def _rate(subject: Subject, kind: str, key: str, what: str) -> Found | None:
    past = subject.silence(kind, key) if key else None
    return past and Found(past[0], f"{past[0]:.0%} of {what} met silence (of about {past[1]:.0f})")


def asset_postings(subject: Subject) -> Found | None:
    """How many prompts of this asset there have been."""
    if not subject.prompt.asset_id:
        return None
    of_the_asset = 1 if subject.verdict.level == "segment" else subject.verdict.prompts
    postings = max(of_the_asset, subject.prompt.surroundings.earlier_prompts + 1)
    if postings == 1:
        return Found(1.0, "it is the first prompt of this asset")
    return Found(float(postings), f"there have been {postings} prompts of this asset")


def programme_prompts(subject: Subject) -> Found | None:
    """How young the programme is for those it is for: a culture is a group's own, however old the next one's is."""
    asked = dict.fromkeys((*subject.audience, subject.prompt.persona))
    own = _ended(subject, asked)
    if own >= 1:
        return Found(own, f"about {plural(own, 'prompt')} to {subject.people} had run their course before")
    if _ended(subject, subject.other_personas) < 1:
        return None  # nothing has run its course yet, wherever it was: young, or just not seen
    return Found(0.0, f"no prompt to {subject.people} had run its course before, while others' had")


def _ended(subject: Subject, personas: Iterable[str]) -> float:
    """Return how many prompts to these personas have run their course in this workspace; older ones count less."""
    keys = [programme_key(subject.prompt.place, persona) for persona in personas]
    return sum(subject.known.silence_rate(subject.as_of, "programme", key)[1] for key in keys)
