"""The rows of prompts: where each stands, and how it was expected to go."""

from agents.record.facts import Facts, judged, moment, moment_or_none, prompt_facts
from schemas.outcome import Outcome, Outlook, Prompt


def outcome(told: Outcome) -> Facts:
    """Return the row of where a prompt stands."""
    prompt = told.prompt
    return "prompts", {
        **prompt_facts(prompt),
        **prompt.surroundings.model_dump(),
        **judged(told.expectation),
        "message": prompt.message,
        "author": prompt.author,
        "asset_type_from": prompt.asset_type_from,
        "views": told.expectation.views,
        "stage": told.stage,
        "status": told.status,
        "flagged": told.flagged,
        "responders": told.responders,
        "responses": told.responses,
        "responders_by_persona": told.responders_by_persona,
        "responders_by_bin": list(told.responders_by_bin),
        "first_response_at": moment_or_none(told.first_response_at),
        "closed": told.closed,
        "time": moment(told.time),
        "version": told.version,
    }


def outlook(prompt: Prompt, told: Outlook) -> Facts:
    """Return the row of how a prompt was expected to go."""
    return "outlooks", {
        "prompt_id": prompt.prompt_id,
        "source": prompt.source,
        "conversation": prompt.conversation,
        "posted_at": moment(prompt.posted_at),
        "ends": [moment(end) for end in told.ends],
        "p_zero": list(told.p_zero),
        "expected": list(told.expected),
    }
