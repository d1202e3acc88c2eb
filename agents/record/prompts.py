"""The rows of prompts: where each stands, and how it was expected to go."""

from agents.record.facts import moment, moment_or_none, of_expectation, of_prompt
from agents.tables import Row
from schemas.outcome import Outcome, Outlook, Prompt


def outcome(told: Outcome) -> Row:
    """Return the row of where a prompt stands."""
    prompt, around = told.prompt, told.prompt.surroundings
    return (
        "prompts",
        (
            *of_prompt(prompt),
            prompt.message, prompt.author, prompt.asset_type_from,
            around.active_members, around.channel_members, around.channel_age_hours,
            around.competing_prompts, around.earlier_prompts,
            *of_expectation(told.expectation),
            told.expectation.views, told.stage, told.status, told.flagged, told.responders, told.responses,
            told.responders_by_persona, told.responders_by_bin,
            moment_or_none(told.first_response_at), told.closed, told.observed, moment(told.time), told.version,
        ),
    )  # fmt: skip


def outlook(prompt: Prompt, told: Outlook) -> Row:
    """Return the row of how a prompt was expected to go."""
    return (
        "outlooks",
        (
            prompt.prompt_id, prompt.source, prompt.conversation, moment(prompt.posted_at),
            [moment(end) for end in told.ends], told.p_zero, told.expected,
        ),
    )  # fmt: skip
