"""The evidence: one small function an item, registered here under the code by which the checklist weighs it."""

from collections.abc import Callable, Mapping

from agents.diagnose import design, hours, past, whereabouts
from agents.diagnose.channel import applies
from agents.diagnose.found import Found
from agents.diagnose.subject import Subject
from models.checklist import Checklist
from schemas.anomaly import Evidence

EVIDENCE: Mapping[str, Callable[[Subject], Found | None]] = {
    "wiifm_named": design.wiifm_named,
    "objective_named": design.objective_named,
    "public_reason_named": design.public_reason_named,
    "brief_lines_missing": design.brief_lines_missing,
    "rates_designer": design.rates_designer,
    "targets_share": design.targets_share,
    "reach_targeted": design.reach_targeted,
    "personas_reached": design.personas_reached,
    "others_responded": design.others_responded,
    "active_here": whereabouts.active_here,
    "busy_elsewhere": whereabouts.busy_elsewhere,
    "activity_each": whereabouts.activity_each,
    "active_when_posted": hours.active_when_posted,
    "seen_share": whereabouts.seen_share,
    "channel_age_days": whereabouts.channel_age_days,
    "channel_used": whereabouts.channel_used,
    "competing_prompts": whereabouts.competing_prompts,
    "against_personas": past.against_personas,
    "against_types": past.against_types,
    "asset_silence": past.asset_silence,
    "channel_silence": past.channel_silence,
    "author_silence": past.author_silence,
    "asset_postings": past.asset_postings,
    "programme_prompts": past.programme_prompts,
}
"""Code -> what computes it, None where it is not known; whoever adds an item adds it here and in the checklist."""

SPEAKS = 0.2
"""Log likelihood ratio (damped, nats) from which an item speaks for or against a hypothesis: odds of about 1.2."""

SPEAKS_CLEARLY = 0.5
"""What the strongest item must say for each of two hypotheses that are to lead together: odds of about 1.6."""


def gather(subject: Subject) -> dict[str, Found]:
    """Compute what can be computed; an item that is not known is absent."""
    found = {code: compute(subject) for code, compute in EVIDENCE.items() if applies(code, subject.verdict.level)}
    return {code: item for code, item in found.items() if item is not None}


def weigh(found: Mapping[str, Found], checklist: Checklist, code: str) -> tuple[Evidence, ...]:
    """Say for each item what it speaks for and against; what matters most for `code` comes first."""
    ratios = checklist.contributions({item: value for item, (value, _) in found.items()})
    items = sorted(found, key=lambda item: -abs(ratios.get(item, {}).get(code, 0.0)))
    return tuple(
        Evidence(
            code=item,
            value=found[item].value,
            sentence=found[item].sentence,
            for_=_beyond(ratios.get(item, {}), 1),
            against=_beyond(ratios.get(item, {}), -1),
            weights={by: round(ratio, 4) for by, ratio in ratios.get(item, {}).items()},
        )
        for item in items
    )


def _beyond(by_code: Mapping[str, float], sign: int) -> tuple[str, ...]:
    speaking = [code for code, ratio in by_code.items() if sign * ratio >= SPEAKS]
    return tuple(sorted(speaking, key=lambda code: -sign * by_code[code]))
