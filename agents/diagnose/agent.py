"""The agent `diagnose`: a verdict becomes an anomaly, with the likely reason."""

from collections.abc import Iterator, Mapping, Sequence

from agents.decode import decode
from agents.diagnose.building import young_until
from agents.diagnose.channel import channel_run, channel_step
from agents.diagnose.chronic import gap
from agents.diagnose.evidence import SPEAKS, SPEAKS_CLEARLY, gather, weigh
from agents.diagnose.feedback import Feedbacks
from agents.diagnose.hidden import found as found_persona
from agents.diagnose.levels import Levels, settled
from agents.diagnose.next_step import next_steps
from agents.diagnose.subject import Subject, anomaly_about
from agents.diagnose.unheard import unheard
from agents.effects import Effect, Record, Send, WaitFor
from agents.known import Known
from models.checklist import Checklist
from schemas.anomaly import UNDETERMINED, Anomaly, AnomalyState
from schemas.event import Watermark
from schemas.feedback import Feedback
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
    young_prompts: float = 10.0,
    levels: Levels | None = None,
    feedbacks: Feedbacks | None = None,
) -> Iterator[Effect]:
    """Explain each verdict of a batch from what was known when it was told, so that a replay explains it alike.

    `levels` knows what else stands; nothing is explained by it when left out. Feedback changes what was told before,
    and what is told from then on; without `feedbacks` it is passed over.
    """
    for record in records:
        read = decode(VERDICT, record, STAGE)
        if isinstance(read, Send):
            yield read
        elif isinstance(read, Watermark):
            key = f"watermark:{read.stage}:{read.partition}"
            yield Send(Topic.ANOMALIES, key=key, value=read, partition=record.partition)
        elif isinstance(read, Feedback):
            if feedbacks is not None:
                yield from feedbacks.heed(read, record)
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
                young_prompts=young_prompts,
            )
            steps = next_steps(checklist.file, subject)
            anomaly = _told(subject, checklist, steps)
            if anomaly is None:
                continue
            if levels is not None:
                anomaly = levels.place(anomaly, settled(known, read.told_at))
            if feedbacks is not None:
                anomaly = feedbacks.told(anomaly, steps, record.offset)
            yield Send(Topic.ANOMALIES, key=anomaly.anomaly_id, value=anomaly, partition=record.partition)


def _told(subject: Subject, checklist: Checklist, steps: Mapping[str, str]) -> Anomaly | None:
    """Return what is told of a verdict; None: nothing."""
    if subject.verdict.hidden is not None:
        return found_persona(subject)
    return unheard(subject) if subject.verdict.verdict == "unknown" else explain(subject, checklist, steps)


def explain(subject: Subject, checklist: Checklist, steps: Mapping[str, str]) -> Anomaly:
    """Put verdict, likely reason, evidence and next step together; `steps` are those for each hypothesis."""
    verdict = subject.verdict
    found = gather(subject)
    predicted = checklist.predict_proba_one({code: item.value for code, item in found.items()})
    probabilities = {str(code): probability for code, probability in predicted.items()}
    likeliest = max(probabilities, key=lambda code: probabilities[code])
    evidence = weigh(found, checklist, likeliest)
    hypothesis, beside = leading(checklist, probabilities, [item.weights for item in evidence])
    young = young_until(subject, hypothesis, found)
    return anomaly_about(
        subject,
        state="building" if young else _state(verdict),
        young_until=young,
        hypothesis=hypothesis,
        beside=beside,
        checklist=checklist.file.digest,
        probabilities=probabilities,
        evidence=(*gap(subject), *channel_run(subject), *evidence),
        next_step=channel_step(subject) or steps[hypothesis],
    )


def leading(
    checklist: Checklist, probabilities: Mapping[str, float], weights: Sequence[Mapping[str, float]]
) -> tuple[str, str]:
    """Return the leading hypothesis and the one that leads beside it, or neither; `weights` are those of the evidence.

    A base rate is no finding: something must speak for a hypothesis, and clearly so for each where two lead.
    """

    def strongest(code: str) -> float:
        return max((item.get(code, 0.0) for item in weights), default=0.0)

    alone = checklist.leading(probabilities)
    if alone != UNDETERMINED and strongest(alone) >= SPEAKS:
        return alone, ""
    both = checklist.together(probabilities)
    if both is not None and all(strongest(code) >= SPEAKS_CLEARLY for code in both):
        return both
    return UNDETERMINED, ""


def _state(verdict: Verdict) -> AnomalyState:
    match verdict.verdict:
        case "revived":
            return "revived"
        case "withdrawn":
            return "withdrawn"
        case _:
            return "open"
