"""What a chronic verdict rests on, as a person reads it: the finding itself, no reason for it."""

from agents.diagnose.found import plural
from agents.diagnose.subject import Subject
from schemas.anomaly import Evidence

CODE = "silent_in_a_row"
"""Code of the sentence; the checklist does not weigh it."""


def gap(subject: Subject) -> tuple[Evidence, ...]:
    """Say how long nobody has answered in a segment, and how much is answered where it is usual; else nothing."""
    verdict = subject.verdict
    if verdict.reference is None or verdict.reference_by is None:
        return ()
    answered = f"{1 - verdict.reference:.0%}"
    usual = {
        "other_personas": f"other personas answer {answered} of this asset type",
        "other_types": f"they answer {answered} of what else they are asked",
        "past": f"at their best they answered {answered}",
    }
    run = f"{plural(verdict.prompts, f'{subject.ask} prompt')} in a row without a response"
    return (Evidence(code=CODE, value=float(verdict.prompts), sentence=f"{run}; {usual[verdict.reference_by]}"),)
