import itertools
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client

from agents.effects import Record
from pipeline.clickhouse.client import connect
from pipeline.clickhouse.migrate import migrate
from pipeline.clickhouse.sink import Sink
from pipeline.embedded.engine import EmbeddedEngine
from pipeline.settings import ClickHouseSettings
from schemas.anomaly import Anomaly, Evidence
from schemas.asset import AssetType
from schemas.base import Contract
from schemas.expectation import Expectation
from schemas.ids import anomaly_id, prompt_id
from schemas.outcome import Outcome, Prompt
from schemas.verdict import Verdict

DAY = 86_400.0
START = 1_748_217_600.0  # Monday 2025-05-26 00:00:00 UTC
_numbers = itertools.count()


@pytest.fixture(scope="session")
def engine_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with EmbeddedEngine(tmp_path_factory.mktemp("clickhouse")) as engine:
        yield engine.url


@pytest.fixture
def settings() -> ClickHouseSettings:
    return ClickHouseSettings(database=f"test_{next(_numbers)}")


@pytest.fixture
def client(engine_url: str, settings: ClickHouseSettings) -> Iterator[Client]:
    client = connect(settings, engine_url)
    client.command(f"DROP DATABASE IF EXISTS {settings.database}")
    yield client
    client.command(f"DROP DATABASE IF EXISTS {settings.database}")
    client.close()


@pytest.fixture
def database(client: Client, settings: ClickHouseSettings) -> str:
    migrate(client, settings.database)
    return settings.database


@pytest.fixture
async def sink(engine_url: str, settings: ClickHouseSettings, database: str) -> Any:  # noqa: ARG001 - has its tables
    sink = Sink(settings, lambda: connect(settings, engine_url))
    yield sink
    await sink.close()


def make_prompt(
    message: str = "1", day: float = 0.0, asset: str = "podcast", persona: str = "regular", reach: int = 40
) -> Prompt:
    return Prompt(
        prompt_id=prompt_id("slack", "C1", message),
        source="slack",
        workspace="T1",
        conversation="C1",
        message=message,
        author="m_author",
        posted_at=START + day * DAY,
        asset_id=asset,
        asset_type=AssetType.THUMBS_UP,
        persona=persona,
        reach={persona: reach, "core": 7},
    )


def make_outcome(prompt: Prompt, status: str = "open", version: int = 1, **changes: Any) -> Outcome:
    came = status in {"answered", "revived"}
    facts: dict[str, Any] = {
        "stage": "posted",
        "time": prompt.posted_at + version,
        "version": version,
        "prompt": prompt,
        "expectation": make_expectation(prompt),
        "status": status,
        "flagged": status in {"silent", "revived"},
        "responders": int(came),
        "responses": 2 * int(came),
        "responders_by_persona": {prompt.persona: 1} if came else {},
        "first_response_at": prompt.posted_at + 60.5 if came else None,
        "closed": status in {"expired", "censored", "withdrawn"},
        "observed": status != "censored",
    }
    return Outcome(**facts | changes)


def make_expectation(prompt: Prompt) -> Expectation:
    return Expectation(
        p_zero=0.02,
        p_zero_horizon=0.01,
        expected=9.4,
        expected_horizon=11.0,
        borrowed=0.25,
        borrowed_from="asset_type",
        deadline=prompt.posted_at + DAY,
        alpha=0.1,
        as_of=prompt.posted_at - 3600,
        version=3,
        views={"hazard": 0.01},
    )


def make_anomaly(prompt: Prompt, verdict: str = "silent", level: str = "prompt", version: int = 1) -> Anomaly:
    segment = f"{prompt.place}/{prompt.segment}"
    subjects = {"prompt": prompt.prompt_id, "asset": prompt.placed_asset, "channel": prompt.channel, "segment": segment}
    subject = subjects[level]
    chronic = {"reference": 0.2, "reference_by": "other_personas"} if verdict == "chronic" else {}
    return Anomaly(
        anomaly_id=anomaly_id(level, subject),
        state=verdict if verdict in {"revived", "withdrawn"} else "open",  # type: ignore[arg-type]
        time=prompt.posted_at + DAY,
        version=version,
        title="Podcast of the week",
        verdict=Verdict(
            verdict=verdict,  # type: ignore[arg-type]
            level=level,  # type: ignore[arg-type]
            subject=subject,
            time=prompt.posted_at + DAY,
            told_at=prompt.posted_at + DAY,
            version=version,
            prompt=prompt,
            expectation=make_expectation(prompt),
            e_value=0.0 if level == "prompt" else 12.5,
            prompts=1 if level == "prompt" else 2,
            **chronic,  # type: ignore[arg-type]
        ),
        hypothesis="no_wiifm",
        probabilities={"no_wiifm": 0.7, "elsewhere": 0.3},
        evidence=(
            Evidence(code="wiifm", value=False, sentence="The brief names no benefit.", for_=("no_wiifm",)),
            Evidence(code="active", value=0.5, sentence="Half are active here.", against=("elsewhere", "no_need")),
            Evidence(code="named", value=True, sentence="The objective is named.", against=("no_wiifm",)),
        ),
        next_step="Say what is in it for them.",
    )


@pytest.fixture
def record() -> Callable[..., Record]:
    offsets = itertools.count()

    def make(topic: str, value: Contract | bytes, partition: int = 0) -> Record:
        wire = value if isinstance(value, bytes) else value.wire()
        return Record(topic, partition, next(offsets), b"slack:C1", wire)

    return make


@pytest.fixture
def prompt() -> Callable[..., Prompt]:
    return make_prompt


@pytest.fixture
def outcome() -> Callable[..., Outcome]:
    return make_outcome


@pytest.fixture
def anomaly() -> Callable[..., Anomaly]:
    return make_anomaly
