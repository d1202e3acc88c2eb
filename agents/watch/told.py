"""Several prompts: which of their outcomes is silence, what it weighs, and how the latest one speaks for them."""

from agents.effects import Send
from schemas.outcome import Outcome
from schemas.topic import Topic
from schemas.verdict import HiddenPersona, Level, ReferenceSource, Verdict, VerdictKind


def is_silence(outcome: Outcome) -> bool:
    """Tell whether an outcome says that its prompt is silent; of each silent prompt one does.

    A deadline that passed does, and a horizon that no deadline came before; not so where nobody was there to come.
    """
    return (outcome.stage == "deadline" or outcome.status == "expired") and not outcome.unattended


def p_zero_before(outcome: Outcome, at_start: float) -> float:
    """Return p_zero of a silent prompt as it was before the models learned from the run of silence that it is part of.

    Parameters
    ----------
    outcome
        Of the prompt.
    at_start
        p_zero at the horizon that was expected when the run began; a deadline rests on alpha, whatever was learned.
    """
    if outcome.stage == "deadline":
        return outcome.expectation.p_zero
    return min(outcome.expectation.p_zero_horizon, at_start)


def told(
    outcome: Outcome,
    verdict: VerdictKind,
    level: Level,
    subject: str,
    *,
    time: float | None = None,
    version: int,
    e_value: float,
    prompts: int,
    assets: int = 1,
    channels: int = 1,
    reference: float | None = None,
    reference_by: ReferenceSource | None = None,
    hidden: HiddenPersona | None = None,
) -> Send:
    """Tell what became known of a subject with an outcome, or at a `time` after it; see `Verdict` for the fields."""
    time = outcome.told_at if time is None else time
    value = Verdict(
        verdict=verdict,
        level=level,
        subject=subject,
        time=time,
        told_at=time,
        version=version,
        prompt=outcome.prompt,
        expectation=outcome.expectation,
        responders=outcome.responders,
        responders_by_persona=outcome.responders_by_persona,
        viewers=outcome.viewers,
        e_value=e_value,
        prompts=max(prompts, 1),
        assets=max(assets, 1),
        channels=max(channels, 1),
        reference=reference,
        reference_by=reference_by,
        hidden=hidden,
    )
    return Send(Topic.VERDICTS, key=subject, value=value)
