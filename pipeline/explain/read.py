"""Read the story of one prompt out of the tables."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import accumulate
from typing import Any

from clickhouse_connect.driver.client import Client

from models.checklist_file import ChecklistFile
from pipeline.clickhouse.ask import ask
from pipeline.clickhouse.dead_channels import PART_OF
from pipeline.clickhouse.hidden_personas import read_found
from pipeline.explain.find import UnknownPromptError
from pipeline.explain.story import (
    SMALL_GROUPS,
    SMALLEST_GROUP,
    Came,
    Cause,
    Chronic,
    Diagnosis,
    Evidence,
    Expected,
    OverPrompts,
    Posted,
    Posting,
    Said,
    Stage,
    Story,
    without_small_groups,
)
from schemas.ids import anomaly_id, placed_asset

Row = dict[str, Any]

_PROMPT = "SELECT * FROM {database}.prompts FINAL WHERE prompt_id = {prompt_id:String}"
_OUTLOOK = "SELECT ends, p_zero, expected FROM {database}.outlooks FINAL WHERE prompt_id = {prompt_id:String}"
_ANOMALIES = """
SELECT * FROM {database}.anomalies FINAL
WHERE source = {source:String} AND workspace = {workspace:String}
    AND ((level = 'prompt' AND subject = {prompt_id:String}) OR (level = 'asset' AND subject = {placed:String}))
"""
_SAID = """
SELECT splitByChar('/', anomaly_id, 2)[1] AS level, says, cause, note, time, people
FROM {database}.feedback_now
WHERE anomaly_id IN {about:Array(String)}
ORDER BY time
"""
_TITLE = """
SELECT argMax(title, time) AS title FROM {database}.anomalies FINAL
WHERE source = {source:String} AND workspace = {workspace:String} AND asset = {asset:String} AND level != 'segment'
"""
_HISTORY = """
SELECT prompt_id, posted_at, conversation, status, responders, expected_horizon, deadline IS NULL AS too_little
FROM {database}.prompts FINAL
WHERE source = {source:String} AND workspace = {workspace:String} AND asset = {asset:String}
ORDER BY posted_at DESC, prompt_id DESC
"""
_CHRONIC = """
SELECT since, found_at, prompts, reference, reference_by FROM {database}.chronic_segments
WHERE source = {source:String} AND workspace = {workspace:String} AND persona = {persona:String}
    AND asset_type = {asset_type:String}
"""
_KNOWN = """
SELECT min(time) AS time, max(observed_until) AS observed_until
FROM {database}.watermarks FINAL WHERE topic = 'outcomes' AND stage = 'track'
HAVING count() > 0
"""


_PART_OF = f"""
SELECT {PART_OF} AS part_of
FROM
(
    SELECT
        level, anomaly_id AS cause, time AS since,
        if(level = 'segment' AND reach[persona] < 5, concat(asset_type, ' prompts to a small group'), title) AS title
    FROM {{database}}.anomalies FINAL
    WHERE state = 'open' AND source = {{source:String}} AND workspace = {{workspace:String}} AND (
        (level = 'channel' AND conversation = {{conversation:String}})
        OR (level = 'segment' AND persona = {{persona:String}} AND asset_type = {{asset_type:String}})
    )
)
ORDER BY level
LIMIT 1
"""


def read_story(client: Client, database: str, prompt_id: str, checklist: ChecklistFile) -> Story:
    """Return the story as it is known now, causes in the words of the checklist.

    Raises
    ------
    UnknownPromptError
        There is no such prompt (any more).
    """
    rows = ask(client, database, _PROMPT, {"prompt_id": prompt_id})
    if not rows:
        msg = f"there is no prompt {prompt_id}"
        raise UnknownPromptError(msg)
    row = rows[0]
    names = {name: row[name] for name in ("prompt_id", "source", "workspace", "asset")}
    names["placed"] = placed_asset(row["source"], row["workspace"], row["asset"])
    history = [Posting(**posting) for posting in ask(client, database, _HISTORY, names)]
    by_level = {anomaly["level"]: anomaly for anomaly in ask(client, database, _ANOMALIES, names)}
    [titled] = ask(client, database, _TITLE, names)
    outlooks = ask(client, database, _OUTLOOK, names)
    marks = ask(client, database, _KNOWN, {})
    horizon = outlooks[0]["ends"][-1] if outlooks and outlooks[0]["ends"] else None
    about = [anomaly_id("prompt", row["prompt_id"]), anomaly_id("asset", names["placed"])]
    said = [Said(**rest) for rest in ask(client, database, _SAID, {"about": about})]
    came = _came(row, marks[0] if marks else None, by_level.get("prompt"))
    over_prompts, of_asset = _over_prompts(row, by_level.get("asset"), history)
    return Story(
        posted=_posted(row, titled["title"] or ""),
        expected=_expected(row, horizon),
        came=came,
        course=_course(row, outlooks[0], came.known_until) if horizon else [],
        over_prompts=over_prompts,
        diagnosis=_diagnosis(row, by_level.get("prompt"), of_asset, checklist),
        history=history if row["asset_id"] else [],
        said=said,
        chronic=_chronic(client, database, row),
        part_of=_part_of(client, database, row),
        hidden_personas=read_found(client, database, row["source"], row["workspace"], row["asset_id"]),
    )


def _part_of(client: Client, database: str, row: Row) -> str:
    """Say whether a channel or a segment is silent, if the prompt is."""
    if row["responders"] or row["status"] == "open":
        return ""
    names = ("source", "workspace", "conversation", "persona", "asset_type")
    found = ask(client, database, _PART_OF, {name: row[name] for name in names})
    return str(found[0]["part_of"]) if found else ""


def _posted(row: Row, title: str) -> Posted:
    same = (
        *("prompt_id", "source", "workspace", "conversation", "author", "posted_at", "asset_id", "asset_type"),
        *("asset_type_from", "persona_given", "reach_total", "active_members", "competing_prompts", "earlier_prompts"),
    )
    persona = row["persona"] if row["reach"].get(row["persona"], 0) >= SMALLEST_GROUP else SMALL_GROUPS
    reach = without_small_groups(row["reach"], row["reach"])
    return Posted(**{name: row[name] for name in same}, title=title, persona=persona, reach=reach)


def _expected(row: Row, horizon: datetime | None) -> Expected:
    if horizon is None and row["stage"] == "closed" and row["status"] != "withdrawn":
        horizon = row["time"]
    return Expected(
        responders=row["expected"],
        responders_horizon=row["expected_horizon"],
        p_zero=row["p_zero"],
        p_zero_horizon=row["p_zero_horizon"],
        deadline=row["deadline"],
        alpha=row["alpha"],
        horizon=horizon,
        views=dict(sorted(row["views"].items())),
        as_of=row["expectation_as_of"],
        version=row["expectation_version"],
        borrowed=row["borrowed"],
        borrowed_from=row["borrowed_from"],
    )


def _chronic(client: Client, database: str, row: Row) -> Chronic | None:
    """Return what the view says of the prompt's segment; of small groups it names none."""
    segment = {name: row[name] for name in ("source", "workspace", "persona", "asset_type")}
    if row["reach"].get(row["persona"], 0) < SMALLEST_GROUP:
        return None
    found = ask(client, database, _CHRONIC, segment)
    return Chronic(**found[0]) if found else None


def _came(row: Row, mark: Row | None, anomaly: Row | None) -> Came:
    until = row["time"]
    if not row["closed"] and mark:
        until = max(until, mark["time"])
    if row["status"] == "censored" and mark and mark["observed_until"]:
        until = min(until, mark["observed_until"])
    same = ("status", "flagged", "closed", "responders", "responses", "first_response_at", "time")
    by_persona = without_small_groups(row["responders_by_persona"], row["reach"])
    silent_at = anomaly["time"] if anomaly and anomaly["verdict"] == "silent" else None
    return Came(**{name: row[name] for name in same}, by_persona=by_persona, known_until=until, silent_at=silent_at)


def _course(row: Row, outlook: Row, known_until: datetime) -> list[Stage]:
    ends: Sequence[datetime] = outlook["ends"]
    came: list[int] | None = list(accumulate(row["responders_by_bin"])) or None
    if not row["responders"]:
        came = [0] * len(ends)
    posted_at: datetime = row["posted_at"]
    starts = [posted_at, *ends[:-1]]
    return [
        Stage(
            until=end,
            hours=(end - posted_at) / timedelta(hours=1),
            p_zero=p_zero,
            expected=expected,
            came=came[number] if came and starts[number] < known_until else None,
        )
        for number, (end, p_zero, expected) in enumerate(zip(ends, outlook["p_zero"], outlook["expected"], strict=True))
    ]


def _over_prompts(row: Row, anomaly: Row | None, history: Iterable[Posting]) -> tuple[OverPrompts | None, Row | None]:
    """Return what the asset's prompts say together, if this one is among those that say it."""
    if anomaly is None:
        return None, None
    answered_it = anomaly["state"] == "revived"
    run = [
        posting.prompt_id
        for posting in history
        if posting.posted_at <= anomaly["posted_at"]
        and posting.status != "withdrawn"
        and (posting.responders == 0 or posting.prompt_id == anomaly["prompt_id"])
    ]
    if row["prompt_id"] not in run[: anomaly["prompts"] + answered_it]:
        return None, None
    return OverPrompts(
        state=anomaly["state"],
        time=anomaly["time"],
        prompts=anomaly["prompts"],
        e_value=anomaly["e_value"],
        limit=1.0 / anomaly["alpha"],
    ), anomaly


def _diagnosis(row: Row, of_prompt: Row | None, of_asset: Row | None, checklist: ChecklistFile) -> Diagnosis | None:
    """Return the one that rests on most: the asset's where it speaks of this prompt, then the prompt's own."""
    judged = of_prompt is not None and of_prompt["verdict"] != "expired"
    if of_asset is not None and (not judged or of_asset["prompt_id"] == row["prompt_id"]):
        return _explained(of_asset, checklist)
    return _explained(of_prompt, checklist) if of_prompt is not None else None


def _explained(anomaly: Row, checklist: ChecklistFile) -> Diagnosis:
    known = {hypothesis.code: hypothesis for hypothesis in checklist.hypotheses}
    probabilities: Mapping[str, float] = anomaly["probabilities"]
    ordered = sorted(probabilities, key=lambda code: (-probabilities[code], code))
    causes = [
        Cause(
            code=code,
            probability=probabilities[code],
            question=known[code].question if code in known else "",
            finding=known[code].finding if code in known else "",
        )
        for code in ordered
    ]
    columns = (anomaly[f"evidence.{name}"] for name in ("code", "value", "sentence", "weights", "for", "against"))
    evidence = [Evidence(*item) for item in zip(*columns, strict=True)]
    if causes:
        evidence.sort(key=lambda item: -abs(item.weights.get(causes[0].code, 0.0)))
    same = ("state", "level", "verdict", "time", "hypothesis", "beside", "next_step", "checklist")
    return Diagnosis(**{name: anomaly[name] for name in same}, causes=causes, evidence=evidence)
