"""The tables as the recorder sees them: which columns are written, and in what order."""

from collections.abc import Callable
from operator import itemgetter
from typing import Any

_PROMPT = (
    "prompt_id source workspace conversation posted_at asset_id asset asset_type persona persona_given "
    "reach reach_total"
)
_JUDGED = (
    "p_zero p_zero_horizon expected expected_horizon borrowed borrowed_from deadline too_little_to_tell alpha "
    "expectation_as_of expectation_version"
)
PROMPT, JUDGED = tuple(_PROMPT.split()), tuple(_JUDGED.split())
"""The columns that several tables have: of a prompt's facts, and of what was expected of it."""
COLUMNS: dict[str, tuple[str, ...]] = {
    table: tuple(" ".join(columns).split())
    for table, columns in {
        "events": (
            "event_id kind source workspace conversation time author bot message thread reaction asset_id ask",
            "length question broadcast mentions link code file",
        ),
        "prompts": (
            _PROMPT,
            "message author asset_type_from active_members channel_members channel_age_hours competing_prompts",
            "earlier_prompts",
            _JUDGED,
            "views stage status flagged responders responses responders_by_persona responders_by_bin",
            "first_response_at closed observed time version",
        ),
        "outlooks": ("prompt_id source conversation posted_at ends p_zero expected",),
        "anomalies": (
            "anomaly_id level subject state verdict time version says muted_until title",
            _PROMPT,
            "hypothesis beside probability probabilities evidence.code evidence.value evidence.sentence evidence.for",
            "evidence.against evidence.weights next_step checklist",
            _JUDGED,
            "e_value reference reference_by prompts responders responders_by_persona explained_by young_until",
            "found_persona found_came found_expected found_answered found_reached",
        ),
        "feedback": (
            "anomaly_id who says cause note time version told probability learned source workspace asset segment",
            "told_at",
        ),
        "expectations": ("version as_of complete part key value",),
        "dead_letters": ("dead_letter_id stage source reason field error time topic partition offset tries traceback",),
        "source_health": ("source workspace since until state time last_event usual p_zero version",),
        "watermarks": ("topic stage partition time observed_until",),
    }.items()
}
"""The columns of each table that are written, in the order of a row's values."""
_IN_ORDER: dict[str, Callable[[dict[str, Any]], tuple[Any, ...]]] = {
    table: itemgetter(*columns) for table, columns in COLUMNS.items()
}


Row = tuple[str, tuple[Any, ...]]
"""One row: its table, and its values in the order of the table's COLUMNS. No class: there is one for every event."""


def row(table: str, facts: dict[str, Any]) -> Row:
    """Put facts into the order of the table's columns; a missing one is an error, what is not asked for is left out."""
    return table, _IN_ORDER[table](facts)
