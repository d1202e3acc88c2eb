"""What people ask of the tables: dead assets, chronic segments, silence by segment, causes, how far it was judged."""

import dataclasses
import json
from dataclasses import dataclass, field
from datetime import date, datetime

from clickhouse_connect.driver.client import Client

from models.basis import basis
from pipeline.clickhouse.ask import ask
from pipeline.clickhouse.building import Building, read_building
from pipeline.clickhouse.dead_channels import PART_OF, DeadChannel, read_dead_channels
from pipeline.clickhouse.hidden_personas import HiddenPersona, read_hidden_personas
from pipeline.clickhouse.source_holes import SourceHole, read_source_holes
from pipeline.clickhouse.too_little import TooLittle, read_too_little
from schemas.expectation import BorrowedFrom
from schemas.topic import Topic


@dataclass(frozen=True)
class DeadAsset:
    """A row of `dead_assets`."""

    source: str
    workspace: str
    asset_id: str
    title: str
    level: str
    asset_type: str
    persona: str
    verdict: str
    hypothesis: str
    beside: str
    probability: float
    expected: float
    borrowed: float
    borrowed_from: BorrowedFrom
    p_zero: float
    e_value: float
    prompts: int
    since: datetime
    last_posted_at: datetime
    evidence: list[str]
    evidence_for: list[str]
    evidence_against: list[str]
    next_step: str
    part_of: str = ""

    @property
    def basis(self) -> str:
        """Return what the expectation is mostly borrowed from, in words; empty when it is not."""
        return basis(self.borrowed, self.borrowed_from)


@dataclass(frozen=True)
class ChronicSegment:
    """A row of `chronic_segments`."""

    source: str
    workspace: str
    persona: str
    asset_type: str
    since: datetime
    found_at: datetime
    prompts: int
    reference: float
    reference_by: str
    answered_expected: float
    expected: float
    e_value: float
    hypothesis: str
    beside: str
    probability: float
    evidence: list[str]
    next_step: str


@dataclass(frozen=True)
class Segment:
    """A row of `silence_by_segment`, over all weeks."""

    persona: str
    asset_type: str
    prompts: int
    closed: int
    silent_at_horizon: int
    too_little_to_tell: int
    flagged: int
    revived: int
    silent_share: float | None
    silent_share_expected: float | None
    expected_responders: float
    responders: int


@dataclass(frozen=True)
class WeekOfCauses:
    """A row of `hypotheses_by_week`."""

    week: date
    hypothesis: str
    anomalies: int
    assets: int
    open: int
    revived: int
    mean_probability: float


@dataclass(frozen=True)
class ReplaySummary:
    """The totals of a source: what was posted, what came, what was found."""

    prompts: int = 0
    responses: int = 0
    responders: int = 0
    silent_at_horizon: int = 0
    censored: int = 0
    flagged: int = 0
    revived: int = 0
    too_little_to_tell: int = 0
    silent_too_little_to_tell: int = 0
    dead_letters: int = 0


@dataclass(frozen=True)
class Progress:
    """How far a stage has come: the partition that is behind counts."""

    topic: str
    stage: str
    time: datetime
    observed_until: datetime | None


@dataclass(frozen=True)
class Report:
    """Everything that `crickets report` tells."""

    dead_assets: list[DeadAsset]
    dead_assets_total: int
    segments: list[Segment]
    too_little_to_tell: list[TooLittle]
    causes: list[WeekOfCauses]
    summary: ReplaySummary
    progress: list[Progress]
    chronic_segments: list[ChronicSegment] = field(default_factory=list)
    dead_channels: list[DeadChannel] = field(default_factory=list)
    building: list[Building] = field(default_factory=list)
    hidden_personas: list[HiddenPersona] = field(default_factory=list)
    source_holes: list[SourceHole] = field(default_factory=list)

    @property
    def judged_until(self) -> datetime | None:
        """Return the moment before which everything has been judged; None: nothing yet."""
        for topic in (Topic.ANOMALIES, Topic.OUTCOMES):
            if times := [stage.time for stage in self.progress if stage.topic == topic]:
                return min(times)
        return None


_HERE = (
    "({source:String} = '' OR source = {source:String}) AND ({workspace:String} = '' OR workspace = {workspace:String})"
)

_DEAD_ASSETS = f"""
SELECT d.* EXCEPT part_of, p.part_of AS part_of
FROM (SELECT * FROM {{database}}.dead_assets WHERE {_HERE}) AS d
LEFT JOIN (SELECT source, workspace, asset, {PART_OF} AS part_of FROM {{database}}.parts_now) AS p
    ON p.source = d.source AND p.workspace = d.workspace AND p.asset = d.asset_id
ORDER BY d.p_zero, d.expected DESC, d.asset_id
LIMIT {{limit:UInt32}}
"""

_CHRONIC = f"""
SELECT * FROM {{database}}.chronic_segments WHERE {_HERE}
ORDER BY answered_expected DESC, persona, asset_type LIMIT {{limit:UInt32}}
"""

_SEGMENTS = f"""
SELECT
    s.persona AS persona, s.asset_type AS asset_type, sum(s.prompts) AS prompts, sum(s.closed) AS closed,
    sum(s.silent_at_horizon) AS silent_at_horizon, sum(s.too_little_to_tell) AS too_little_to_tell,
    sum(s.flagged) AS flagged, sum(s.revived) AS revived,
    silent_at_horizon / closed AS silent_share,
    sumIf(s.silent_share_expected * s.closed, s.closed > 0) / closed AS silent_share_expected,
    sum(s.expected_responders) AS expected_responders, sum(s.responders) AS responders
FROM {{database}}.silence_by_segment AS s
WHERE {_HERE}
GROUP BY persona, asset_type
ORDER BY prompts DESC, persona, asset_type
LIMIT {{limit:UInt32}}
"""

_CAUSES = f"""
SELECT
    c.week AS week, c.hypothesis AS hypothesis, sum(c.anomalies) AS anomalies, sum(c.assets) AS assets,
    sum(c.open) AS open, sum(c.revived) AS revived,
    sum(c.mean_probability * c.anomalies) / anomalies AS mean_probability
FROM {{database}}.hypotheses_by_week AS c
WHERE {_HERE}
GROUP BY week, hypothesis
ORDER BY week DESC, anomalies DESC, hypothesis
LIMIT {{limit:UInt32}}
"""

_SUMMARY = f"""
SELECT
    count() AS prompts, sum(p.responses) AS responses, sum(p.responders) AS responders,
    countIf(p.closed AND p.responders = 0) AS silent_at_horizon,
    countIf(p.status = 'censored') AS censored,
    countIf(p.flagged) AS flagged,
    countIf(p.flagged AND p.responders > 0) AS revived,
    countIf(p.too_little_to_tell) AS too_little_to_tell,
    countIf(p.too_little_to_tell AND p.closed AND p.responders = 0) AS silent_too_little_to_tell,
    (
        SELECT count() FROM {{database}}.dead_letters FINAL
        WHERE {{source:String}} = '' OR source = {{source:String}}
    ) AS dead_letters
FROM (SELECT * FROM {{database}}.prompts FINAL) AS p
WHERE p.status != 'withdrawn' AND {_HERE}
"""

_PROGRESS = """
SELECT w.topic AS topic, w.stage AS stage, min(w.time) AS time, max(w.observed_until) AS observed_until
FROM (SELECT * FROM {database}.watermarks FINAL) AS w
GROUP BY topic, stage
ORDER BY time DESC, topic, stage
"""


def read_report(client: Client, database: str, *, source: str = "", workspace: str = "", limit: int = 50) -> Report:
    """Ask the views; an empty source or workspace means all of them, `limit` bounds each table."""
    here = {"source": source, "workspace": workspace, "limit": limit}
    total = ask(client, database, f"SELECT count() AS total FROM {{database}}.dead_assets WHERE {_HERE}", here)
    return Report(
        dead_assets=[DeadAsset(**row) for row in ask(client, database, _DEAD_ASSETS, here)],
        dead_assets_total=total[0]["total"],
        segments=[Segment(**row) for row in ask(client, database, _SEGMENTS, here)],
        too_little_to_tell=read_too_little(client, database, here),
        causes=[WeekOfCauses(**row) for row in ask(client, database, _CAUSES, here)],
        summary=replay_summary(client, database, source=source, workspace=workspace),
        progress=[Progress(**row) for row in ask(client, database, _PROGRESS, {})],
        chronic_segments=[ChronicSegment(**row) for row in ask(client, database, _CHRONIC, here)],
        dead_channels=read_dead_channels(client, database, here),
        building=read_building(client, database, here),
        hidden_personas=read_hidden_personas(client, database, here),
        source_holes=read_source_holes(client, database, here),
    )


def replay_summary(client: Client, database: str, *, source: str = "", workspace: str = "") -> ReplaySummary:
    """Count what a replay found; dead letters do not know their workspace and are counted by source."""
    return ReplaySummary(**ask(client, database, _SUMMARY, {"source": source, "workspace": workspace})[0])


def to_json(report: Report) -> str:
    """Return the report for programs: moments in ISO 8601, UTC."""
    dead_assets = [dataclasses.asdict(asset) | {"basis": asset.basis} for asset in report.dead_assets]
    facts = dataclasses.asdict(report) | {"dead_assets": dead_assets, "judged_until": report.judged_until}
    return json.dumps(facts, default=lambda moment: moment.isoformat(), ensure_ascii=False, indent=2)
