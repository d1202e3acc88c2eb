"""The views for people: what they call dead, and what they count."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client

from agents.effects import Record
from models.responders import Responders
from models.segment_rate import SegmentRate
from pipeline.clickhouse.sink import Sink
from schemas.base import Contract
from schemas.expectation import ExpectationVersion
from schemas.outcome import Outcome
from schemas.topic import Topic

Make = Callable[..., Any]


@dataclass
class Posting:
    """One posting of the asset `podcast`: its prompt's status and, if any, the verdict about it."""

    day: float
    status: str
    verdict: str = ""
    changes: dict[str, Any] = field(default_factory=dict)


@dataclass
class Tables:
    """Writes outcomes and anomalies the way the worker does, and reads views."""

    sink: Sink
    client: Client
    database: str
    record: Make

    async def write(self, topic: str, values: Iterable[Contract]) -> None:
        records: list[Record] = [self.record(topic, value) for value in values]
        self.sink.add(topic, 0, records)
        await self.sink.flush()

    def read(self, view: str, order: str = "1") -> list[dict[str, Any]]:
        return list(self.client.query(f"SELECT * FROM {self.database}.{view} ORDER BY {order}").named_results())


@pytest.fixture
def tables(sink: Sink, client: Client, database: str, record: Make) -> Tables:
    return Tables(sink, client, database, record)


SILENT, ANSWERED, REVIVED = "silent", "answered", "revived"
CASES: dict[str, tuple[list[Posting], str, int]] = {
    # name: (postings, verdict about the asset itself, prompts in a row that nobody answered; 0: not dead)
    "nothing was called silent": ([Posting(0, "open")], "", 0),
    "one silent prompt": ([Posting(0, SILENT, SILENT)], "", 1),
    "two silent prompts": ([Posting(0, SILENT, SILENT), Posting(7, SILENT, SILENT)], "", 2),
    "silent, then waiting": ([Posting(0, SILENT, SILENT), Posting(7, "open")], "", 2),
    "silent, then answered": ([Posting(0, SILENT, SILENT), Posting(7, ANSWERED)], "", 0),
    "silent, answered, waiting": ([Posting(0, SILENT, SILENT), Posting(7, ANSWERED), Posting(9, "open")], "", 0),
    "answered, then silent": ([Posting(0, ANSWERED), Posting(7, SILENT, SILENT)], "", 1),
    "silent, then revived": ([Posting(0, SILENT, SILENT), Posting(7, REVIVED, REVIVED)], "", 0),
    "silent, answered, silent": ([Posting(0, SILENT, SILENT), Posting(7, ANSWERED), Posting(9, SILENT, SILENT)], "", 1),
    "revived before its outcome is recorded": ([Posting(0, SILENT, REVIVED)], "", 0),
    "the only one revived": ([Posting(0, REVIVED, REVIVED)], "", 0),
    "an older one revived": ([Posting(0, REVIVED, REVIVED), Posting(7, SILENT, SILENT)], "", 1),
    "expired and never flagged": ([Posting(0, "expired", "expired")], "", 0),
    "silent, then too little to tell": ([Posting(0, SILENT, SILENT), Posting(7, "expired", "expired")], "", 2),
    "silent, then observation ended": ([Posting(0, SILENT, SILENT), Posting(7, "censored")], "", 2),
    "silent and withdrawn": ([Posting(0, "withdrawn", SILENT)], "", 0),
    "withdrawn with its anomaly": ([Posting(0, "withdrawn", "withdrawn")], "", 0),
    "silent, answer withdrawn": (
        [Posting(0, SILENT, SILENT), Posting(7, "withdrawn", "", {"responders": 1})],
        "",
        1,
    ),
    "evidence over prompts": ([Posting(0, "expired", "expired"), Posting(7, "expired", "expired")], SILENT, 2),
    "both levels": ([Posting(0, SILENT, SILENT), Posting(7, SILENT, SILENT)], SILENT, 2),
    "asset revived": ([Posting(0, SILENT, SILENT), Posting(7, ANSWERED)], REVIVED, 0),
}


@pytest.mark.parametrize(("postings", "of_asset", "prompts"), CASES.values(), ids=CASES.keys())
async def test_an_asset_is_dead_from_its_first_silent_prompt_after_the_last_answered_one(
    postings: list[Posting],
    of_asset: str,
    prompts: int,
    tables: Tables,
    prompt: Make,
    outcome: Make,
    anomaly: Make,
) -> None:
    posted = [prompt(str(number), day=posting.day) for number, posting in enumerate(postings)]
    pairs = list(zip(posted, postings, strict=True))
    anomalies = [(asked, posting.verdict, "prompt") for asked, posting in pairs if posting.verdict]
    anomalies += [(posted[-1], of_asset, "asset")] if of_asset else []
    await tables.write(Topic.OUTCOMES, [outcome(asked, "open") for asked in posted])
    await tables.write(Topic.ANOMALIES, [anomaly(asked, SILENT, level) for asked, _, level in anomalies])
    await tables.write(
        Topic.OUTCOMES, [outcome(asked, posting.status, 2, **posting.changes) for asked, posting in pairs]
    )
    await tables.write(Topic.ANOMALIES, [anomaly(asked, verdict, level, 2) for asked, verdict, level in anomalies])
    dead = tables.read("dead_assets")
    assert [(row["asset_id"], row["prompts"]) for row in dead] == ([("podcast", prompts)] if prompts else [])


async def test_a_dead_asset_tells_all_that_is_known_about_it(
    tables: Tables, prompt: Make, outcome: Make, anomaly: Make
) -> None:
    first, second = prompt("1", day=0), prompt("2", day=7)
    await tables.write(Topic.OUTCOMES, [outcome(first, SILENT, 2), outcome(second, SILENT, 2)])
    await tables.write(Topic.ANOMALIES, [anomaly(first), anomaly(second), anomaly(first, level="asset")])
    assert tables.read("dead_assets") == [
        {
            "source": "slack",
            "workspace": "T1",
            "asset_id": "podcast",
            "title": "Podcast of the week",
            "level": "asset",
            "asset_type": "thumbs_up",
            "persona": "regular",
            "verdict": "silent",
            "hypothesis": "no_wiifm",
            "beside": "",
            "probability": 0.7,
            "expected": 9.4,
            "borrowed": 0.25,
            "borrowed_from": "asset_type",
            "p_zero": 0.02,
            "e_value": 12.5,
            "prompts": 2,
            "since": datetime(2025, 5, 27, tzinfo=UTC),
            "last_posted_at": datetime(2025, 6, 2, tzinfo=UTC),
            "evidence": ["The brief names no benefit.", "Half are active here.", "The objective is named."],
            "evidence_for": ["The brief names no benefit."],
            "evidence_against": ["The objective is named."],
            "next_step": "Say what is in it for them.",
            "part_of": "",
        }
    ]


async def test_an_anomaly_whose_prompt_is_not_recorded_yet_counts(tables: Tables, prompt: Make, anomaly: Make) -> None:
    await tables.write(Topic.ANOMALIES, [anomaly(prompt(asset=""))])
    [dead] = tables.read("dead_assets")
    assert (dead["asset_id"], dead["prompts"]) == ("slack:C1:1", 1)
    assert dead["last_posted_at"] == datetime(2025, 5, 26, tzinfo=UTC)


@pytest.mark.parametrize("status", ["open", ANSWERED])
async def test_the_same_asset_in_two_workspaces_is_two_assets(
    status: str, tables: Tables, prompt: Make, outcome: Make, anomaly: Make
) -> None:
    here, there = prompt("1"), prompt("2", day=1).model_copy(update={"workspace": "T2"})
    await tables.write(Topic.OUTCOMES, [outcome(here, SILENT), outcome(there, status)])
    await tables.write(Topic.ANOMALIES, [anomaly(here)])
    [dead] = tables.read("dead_assets")
    assert (dead["workspace"], dead["prompts"]) == ("T1", 1)
    assert dead["last_posted_at"] == datetime(2025, 5, 26, tzinfo=UTC)


@pytest.mark.parametrize(("reach", "named"), [(4, "small group"), (5, "regular")])
async def test_a_persona_of_fewer_than_five_is_not_named(
    reach: int, named: str, tables: Tables, prompt: Make, outcome: Make, anomaly: Make
) -> None:
    asked = prompt(reach=reach)
    await tables.write(Topic.OUTCOMES, [outcome(asked, SILENT)])
    await tables.write(Topic.ANOMALIES, [anomaly(asked)])
    assert [row["persona"] for row in tables.read("dead_assets")] == [named]
    assert [row["persona"] for row in tables.read("silence_by_segment")] == [named]


async def test_segments_add_up_by_week(tables: Tables, prompt: Make, outcome: Make) -> None:
    closed = {"stage": "closed", "closed": True}

    def story(message: str, day: float, status: str, persona: str = "regular", **changes: Any) -> Outcome:
        made: Outcome = outcome(prompt(message, day=day, persona=persona), status, 2, **changes)
        return made

    await tables.write(
        Topic.OUTCOMES,
        [
            story("1", 0, SILENT, **closed),
            story("2", 1, ANSWERED, **closed, responders=3),
            story("3", 6.99, REVIVED, **closed),
            story("4", 3, "expired"),
            story("5", 3, "open"),
            story("6", 3, "withdrawn"),
            story("7", 7, SILENT),
            story("8", 2, ANSWERED, persona="newcomer"),
        ],
    )
    names = ("week", "persona", "prompts", "closed", "silent_at_horizon", "flagged", "revived", "silent_share")
    found = [tuple(row[name] for name in names) for row in tables.read("silence_by_segment", "week, persona")]
    assert found[1] == (date(2025, 5, 26), "regular", 5, 4, 2, 2, 1, 0.5)
    assert [row[:7] for row in found] == [
        (date(2025, 5, 26), "newcomer", 1, 0, 0, 0, 0),
        (date(2025, 5, 26), "regular", 5, 4, 2, 2, 1),
        (date(2025, 6, 2), "regular", 1, 0, 0, 1, 0),
    ]
    assert {row["borrowed"] for row in tables.read("silence_by_segment")} == {0.25}
    [regular] = [row for row in tables.read("silence_by_segment") if row["prompts"] == 5]
    assert regular["expected_responders"] == pytest.approx(5 * 11.0) and regular["responders"] == 4
    assert regular["silent_share_expected"] == pytest.approx(0.01)


async def test_causes_are_counted_by_week_without_what_was_never_flagged(
    tables: Tables, prompt: Make, outcome: Make, anomaly: Make
) -> None:
    asked = [prompt(str(number), day=number) for number in range(4)]
    states = [SILENT, REVIVED, "expired", "withdrawn"]
    await tables.write(Topic.OUTCOMES, [outcome(p, state, 2) for p, state in zip(asked, states, strict=True)])
    await tables.write(Topic.ANOMALIES, [anomaly(p, state) for p, state in zip(asked, states, strict=True)])
    assert tables.read("hypotheses_by_week") == [
        {
            "week": date(2025, 5, 26),
            "source": "slack",
            "workspace": "T1",
            "hypothesis": "no_wiifm",
            "anomalies": 2,
            "assets": 1,
            "open": 1,
            "revived": 1,
            "mean_probability": 0.7,
        }
    ]


async def test_what_was_not_posted_for_half_a_year_is_past(
    tables: Tables, prompt: Make, outcome: Make, anomaly: Make
) -> None:
    def elsewhere(day: float, number: str) -> Any:
        return prompt(number, day, f"asset {number}").model_copy(update={"workspace": "T2"})

    asked = [prompt("1", 0, "long ago"), prompt("2", 10, "lately"), elsewhere(0, "3")]
    await tables.write(Topic.OUTCOMES, [outcome(one, SILENT, 2) for one in asked])
    await tables.write(Topic.ANOMALIES, [anomaly(one) for one in asked])
    everything = {"long ago", "lately", "asset 3"}
    assert {row["asset_id"] for row in tables.read("dead_assets")} == everything
    await tables.write(Topic.OUTCOMES, [outcome(prompt("4", 181, "today"), "open")])
    assert {row["asset_id"] for row in tables.read("dead_assets")} == everything - {"long ago"}
    assert {row["subject"] for row in tables.read("dead_now")} == everything - {"long ago"}
    await tables.write(Topic.OUTCOMES, [outcome(elsewhere(400, "5"), "open")])
    assert {row["asset_id"] for row in tables.read("dead_assets")} == {"lately"}, "each workspace has a past of its own"


async def test_two_causes_that_lead_together_are_both_told(
    tables: Tables, prompt: Make, outcome: Make, anomaly: Make
) -> None:
    asked = prompt()
    await tables.write(Topic.OUTCOMES, [outcome(asked, SILENT, 2)])
    await tables.write(Topic.ANOMALIES, [anomaly(asked).model_copy(update={"beside": "elsewhere"})])
    for view in ("dead_assets", "dead_now"):
        [row] = tables.read(view)
        assert (row["hypothesis"], row["beside"]) == ("no_wiifm", "elsewhere"), view


async def test_the_history_says_what_was_learned_of_a_segment_and_when(tables: Tables) -> None:
    responders = Responders()
    rates = SegmentRate({"segment": 10, "author": 10})
    versions = []
    for number, silent in enumerate((True, False, False), start=1):
        rates.learn_one({"segment": "core/poll", "author": "m_1"}, silent)
        responders.learn_one("poll", "core/poll", 0 if silent else 6, 20, 1.0)
        values: dict[str, Any] = {f"rates.{kind}": dict(counts) for kind, counts in rates.counts.items()}
        values |= {"responders": dict(responders.counts), "personas": {"m_1": "core"}}
        as_of = datetime(2026, 1, 5, number, tzinfo=UTC).timestamp()
        versions.append(ExpectationVersion(version=number, as_of=as_of, full=number == 1, values=values))
    await tables.write(Topic.EXPECTATIONS, versions)
    await tables.write(Topic.EXPECTATIONS, versions[1:])  # they come again after a crash
    found = tables.read("expectation_history", "version, kind")
    assert [(row["version"], row["kind"], row["key"]) for row in found] == [
        (version, kind, key)
        for version in (1, 2, 3)
        for kind, key in (("overall", "overall"), ("segment", "core/poll"))
    ], "asset_type has no rates here, authors are nobody's business"
    segment = [row for row in found if row["kind"] == "segment"]
    assert [round(row["silent_share"], 2) for row in segment] == [1.0, 0.5, 0.33]
    assert [round(row["responders_per_100"]) for row in segment] == [0, 17, 20]
    assert segment[-1]["as_of"] == datetime(2026, 1, 5, 3, tzinfo=UTC)
