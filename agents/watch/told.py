"""A verdict over several prompts: the latest one speaks for them."""

from agents.effects import Send
from schemas.outcome import Outcome
from schemas.topic import Topic
from schemas.verdict import HiddenPersona, Level, ReferenceSource, Verdict, VerdictKind


def told(
    outcome: Outcome,
    verdict: VerdictKind,
    level: Level,
    subject: str,
    *,
    version: int,
    e_value: float,
    prompts: int,
    assets: int = 1,
    channels: int = 1,
    reference: float | None = None,
    reference_by: ReferenceSource | None = None,
    hidden: HiddenPersona | None = None,
) -> Send:
    """Tell what has become known of a subject with an outcome; the fields are those of `Verdict`."""
    value = Verdict(
        verdict=verdict,
        level=level,
        subject=subject,
        time=outcome.told_at,
        told_at=outcome.told_at,
        version=version,
        prompt=outcome.prompt,
        expectation=outcome.expectation,
        responders=outcome.responders,
        responders_by_persona=outcome.responders_by_persona,
        e_value=e_value,
        prompts=max(prompts, 1),
        assets=max(assets, 1),
        channels=max(channels, 1),
        reference=reference,
        reference_by=reference_by,
        hidden=hidden,
    )
    return Send(Topic.VERDICTS, key=subject, value=value)
