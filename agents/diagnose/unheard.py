"""What is told of a prompt whose source delivered nothing: no hypothesis, but since when, and what to do."""

from datetime import UTC, datetime

from agents.diagnose.subject import Subject, anomaly_about
from schemas.anomaly import UNDETERMINED, Anomaly, Evidence

CODE = "source_silent"
"""Code of the sentence; the checklist does not weigh it."""


def unheard(subject: Subject) -> Anomaly:
    """Tell that nobody can know whether anybody came, since when that is so, and how to mend it."""
    verdict, source = subject.verdict, subject.prompt.source
    since, until = verdict.unseen_since, verdict.unseen_until
    if until is None:
        sentence = f"{source} has delivered nothing since {_moment(since)}, although it usually does."
        step = (
            f"Check that the event subscription of {source} is enabled and its token valid; then send what is missing:"
        )
    else:
        sentence = f"{source} delivered nothing from {_moment(since)} to {_moment(until)}; who came then was not seen."
        step = f"{source} delivers again; send what is missing:"
    return anomaly_about(
        subject,
        state="unknown",
        hypothesis=UNDETERMINED,
        probabilities={},
        evidence=(Evidence(code=CODE, value=since or 0.0, sentence=sentence),),
        next_step=f"{step} crickets backfill EXPORT.",
    )


def _moment(seconds: float | None) -> str:
    return f"{datetime.fromtimestamp(seconds or 0.0, UTC):%Y-%m-%d %H:%M} UTC"
