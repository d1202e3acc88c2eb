"""A hidden persona, as a person reads it: who comes though nobody designed it for them, and what to do with that."""

from agents.diagnose.found import counted, plural
from agents.diagnose.subject import Subject, anomaly_about
from schemas.anomaly import Anomaly, Evidence

HIDDEN = "hidden_persona"
"""Stands in place of a hypothesis: it is a finding of its own."""


def found(subject: Subject) -> Anomaly | None:
    """Return the finding; None: the brief does name the persona, so there is nothing hidden about it."""
    verdict, hidden = subject.verdict, subject.verdict.hidden
    if hidden is None or hidden.persona in subject.targets:
        return None
    sentence = (
        f"nobody designed it for them, but {hidden.persona} came {plural(hidden.came, 'time')} to {hidden.answered} of "
        f"{plural(verdict.prompts, 'prompt')} of {subject.prompt.asset_id}, which {hidden.reached} of them could see; "
        f"by what they do otherwise {counted(hidden.expected)} were to be expected"
    )
    return anomaly_about(
        subject,
        state="found",
        hypothesis=HIDDEN,
        probabilities={},
        evidence=(Evidence(code=HIDDEN, value=float(hidden.came), sentence=sentence),),
        next_step=f"Offer {subject.title} to {hidden.persona}; ask one of them what they get out of it.",
    )
