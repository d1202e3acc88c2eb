"""The rows of anomalies, and of what people say of them."""

import json
from typing import Any

from agents.record.facts import moment, moment_or_none, of_expectation, of_prompt
from agents.tables import JUDGED, PROMPT, Row, row
from schemas.anomaly import Anomaly
from schemas.feedback import Heeded
from schemas.verdict import HiddenPersona


def anomaly(told: Anomaly) -> Row:
    """Return the row of an anomaly."""
    verdict, evidence = told.verdict, told.evidence
    return row(
        "anomalies",
        {
            **dict(zip(PROMPT, of_prompt(verdict.prompt), strict=True)),
            **dict(zip(JUDGED, of_expectation(verdict.expectation), strict=True)),
            "anomaly_id": told.anomaly_id,
            "level": verdict.level,
            "subject": verdict.subject,
            "state": told.state,
            "verdict": verdict.verdict,
            "time": moment(told.time),
            "version": told.revision,
            "says": told.says or "",
            "muted_until": moment_or_none(told.muted_until),
            "title": told.title,
            "hypothesis": told.hypothesis,
            "beside": told.beside,
            "probability": told.probability,
            "probabilities": told.probabilities,
            "evidence.code": [item.code for item in evidence],
            "evidence.value": [
                item.value if isinstance(item.value, str) else json.dumps(item.value) for item in evidence
            ],
            "evidence.sentence": [item.sentence for item in evidence],
            "evidence.for": [list(item.for_) for item in evidence],
            "evidence.against": [list(item.against) for item in evidence],
            "evidence.weights": [item.weights for item in evidence],
            "next_step": told.next_step,
            "checklist": told.checklist,
            "e_value": verdict.e_value,
            "reference": verdict.reference,
            "reference_by": verdict.reference_by or "",
            "prompts": verdict.prompts,
            "responders": verdict.responders,
            "responders_by_persona": verdict.responders_by_persona,
            "explained_by": told.explained_by,
            "young_until": told.young_until,
            **_found(verdict.hidden),
        },
    )


def _found(hidden: HiddenPersona | None) -> dict[str, Any]:
    return {
        "found_persona": hidden.persona if hidden else "",
        "found_came": hidden.came if hidden else 0,
        "found_expected": hidden.expected if hidden else 0.0,
        "found_answered": hidden.answered if hidden else 0,
        "found_reached": hidden.reached if hidden else 0,
    }


def heeded(given: Heeded) -> Row:
    """Return the row of feedback."""
    said = given.feedback
    return row(
        "feedback",
        {
            "anomaly_id": said.anomaly_id,
            "who": said.who,
            "says": said.says,
            "cause": said.cause,
            "note": said.note,
            "time": moment(said.time),
            "version": given.version,
            "told": given.told,
            "probability": given.probability,
            "learned": given.learned,
            "source": given.source,
            "workspace": given.workspace,
            "asset": given.asset,
            "segment": given.segment,
            "told_at": moment(given.told_at),
        },
    )
