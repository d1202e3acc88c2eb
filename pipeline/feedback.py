"""Feedback from the command line: which anomaly is meant, and the record that says what it was."""

from dataclasses import dataclass
from typing import Any, cast, get_args

from clickhouse_connect.driver.client import Client
from pydantic import ValidationError

from agents.decode import explain
from pipeline.clickhouse.ask import ask
from pipeline.explain import find
from pipeline.explain.find import read_permalink
from pipeline.kafka import BulkProducer
from pipeline.settings import Settings
from schemas.errors import CricketsError
from schemas.feedback import NOTE_LENGTH, Feedback, Says, feedback_key
from schemas.topic import Topic

_BY_ID = """
SELECT anomaly_id, title, hypothesis FROM {database}.anomalies FINAL WHERE anomaly_id = {asked:String}
"""
_BY_PROMPT = """
SELECT a.anomaly_id AS anomaly_id, a.title AS title, a.hypothesis AS hypothesis
FROM (SELECT * FROM {database}.prompts FINAL WHERE prompt_id = {prompt_id:String}) AS p
INNER JOIN (SELECT * FROM {database}.anomalies FINAL) AS a
    ON a.source = p.source AND a.workspace = p.workspace AND a.asset = p.asset
WHERE (a.level = 'prompt' AND a.subject = p.prompt_id)
    OR (a.level = 'asset' AND a.subject = concat(p.source, ':', p.workspace, '/', p.asset))
ORDER BY a.level = {level:String} DESC
"""


class FeedbackError(CricketsError):
    """What was said cannot be taken in; the text says why, and what may be said."""


@dataclass(frozen=True)
class Found:
    """The anomaly that is meant; `note` says why it is another one than was named."""

    anomaly_id: str
    title: str
    hypothesis: str
    note: str = ""


def read_says(text: str) -> tuple[Says, str]:
    """Return what is said, and the cause.

    >>> read_says("wrong_cause:no_need")
    ('wrong_cause', 'no_need')

    Raises
    ------
    FeedbackError
        It cannot be said.
    """
    says, _, cause = text.strip().partition(":")
    if says not in get_args(Says):
        msg = f"{text!r} cannot be said; say one of {', '.join(get_args(Says))} (wrong_cause:no_need)"
        raise FeedbackError(msg)
    if (says == "wrong_cause") != bool(cause):
        msg = "wrong_cause needs the right one (wrong_cause:no_need), and nothing else may name one"
        raise FeedbackError(msg)
    return cast(Says, says), cause


def find_anomaly(client: Client, database: str, asked: str, *, source: str = "", workspace: str = "") -> Found:
    """Return the anomaly that is meant: by its id, else that of a prompt, else of an asset.

    Raises
    ------
    FeedbackError
        The prompt or asset has none.
    UnknownPromptError, SeveralPromptsError
        Nothing is called like that, or several things are.
    """
    if rows := ask(client, database, _BY_ID, {"asked": asked.strip()}):
        return Found(**rows[0])
    meant = find(client, database, asked, source=source, workspace=workspace)
    level = "prompt" if meant.prompt_id == asked.strip() or read_permalink(asked.strip()) else "asset"
    rows = ask(client, database, _BY_PROMPT, {"prompt_id": meant.prompt_id, "level": level})
    if not rows:
        msg = f"nothing was told of {asked}: it is no anomaly. What was told: crickets report"
        raise FeedbackError(msg)
    return Found(**rows[0], note=meant.note)


def send(settings: Settings, anomaly_id: str, says: Says, cause: str, *, who: str, at: float, note: str) -> Feedback:
    """Write feedback to its topic, and return it.

    Raises
    ------
    FeedbackError
        The note is too long, or a cause is no code.
    """
    fields: dict[str, Any] = {"says": says, "cause": cause, "who": who, "time": at, "note": note}
    try:
        given = Feedback(anomaly_id=anomaly_id, **fields)
    except ValidationError as error:
        reason, field, _ = explain(error)
        msg = f"{field or 'feedback'}: {reason} (a note has up to {NOTE_LENGTH} characters)"
        raise FeedbackError(msg) from error
    with BulkProducer(settings.kafka) as producer:
        producer.send(Topic.FEEDBACK, feedback_key(given).encode(), given.wire())
    return given
