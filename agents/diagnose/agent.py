"""The agent `diagnose`: a verdict becomes an anomaly, with the likely reason."""

from collections.abc import Iterator, Sequence
from typing import Literal

from agents.decode import decode
from agents.diagnose.chronic import gap
from agents.diagnose.evidence import gather, weigh
from agents.diagnose.next_step import next_step
from agents.diagnose.subject import Subject
from agents.diagnose.unheard import unheard
from agents.effects import Effect, Record, Send, WaitFor
from agents.known import Known
from models.checklist import Checklist
from schemas.anomaly import UNDETERMINED, Anomaly, Evidence
from schemas.event import Watermark
from schemas.ids import anomaly_id
from schemas.topic import Topic
from schemas.verdict import VERDICT, Verdict

STAGE = "diagnose"


def diagnose(
    records: Sequence[Record],
    *,
    known: Known,
    checklist: Checklist,
    minimum_prompts: float = 3.0,
    minimum_weekly: float = 1.0,
    smallest_group: int = 5,
) -> Iterator[Effect]:
    """Explain each verdict of a batch from what was known when it was told, so that a replay explains it alike."""
    for record in records:
        read = decode(VERDICT, record, STAGE)
        if isinstance(read, Send):
            yield read
        elif isinstance(read, Watermark):
            key = f"watermark:{read.stage}:{read.partition}"
            yield Send(Topic.ANOMALIES, key=key, value=read, partition=record.partition)
        else:
            as_of = known.as_of_for(read.told_at)
            yield WaitFor(as_of)
            subject = Subject(
                verdict=read,
                known=known,
                as_of=as_of,
                minimum_prompts=minimum_prompts,
                minimum_weekly=minimum_weekly,
                smallest_group=smallest_group,
            )
            anomaly = unheard(subject) if read.verdict == "unknown" else explain(subject, checklist)
            yield Send(Topic.ANOMALIES, key=anomaly.anomaly_id, value=anomaly, partition=record.partition)


def explain(subject: Subject, checklist: Checklist) -> Anomaly:
    """Put verdict, likely reason, evidence and next step together."""
    verdict = subject.verdict
    found = gather(subject)
    predicted = checklist.predict_proba_one({code: item.value for code, item in found.items()})
    probabilities = {str(code): probability for code, probability in predicted.items()}
    likeliest = max(probabilities, key=lambda code: probabilities[code])
    evidence = weigh(found, checklist, likeliest)
    hypothesis = _supported(checklist.leading(probabilities), evidence)
    return Anomaly(
        anomaly_id=anomaly_id(verdict.level, verdict.subject),
        state=_state(verdict),
        time=verdict.time,
        version=verdict.version,
        title=subject.title,
        verdict=verdict,
        hypothesis=hypothesis,
        probabilities=probabilities,
        evidence=(*gap(subject), *evidence),
        next_step=next_step(checklist.file, hypothesis, subject),
    )


def _supported(hypothesis: str, evidence: Sequence[Evidence]) -> str:
    """Refuse a hypothesis that leads by being common alone: a base rate is no finding."""
    return hypothesis if any(hypothesis in item.for_ for item in evidence) else UNDETERMINED


def _state(verdict: Verdict) -> Literal["open", "revived", "withdrawn"]:
    match verdict.verdict:
        case "revived":
            return "revived"
        case "withdrawn":
            return "withdrawn"
        case _:
            return "open"
