"""Prompts that were lived through by the agents themselves and recorded into the embedded engine."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client

from agents.diagnose import diagnose
from agents.effects import Effect, Record, Send
from agents.knowledge import Knowledge
from agents.track import Track, TrackRules
from agents.watch import Watch
from models.checklist import Checklist
from models.checklist_file import load_checklist
from pipeline.clickhouse.sink import Sink
from pipeline.explain import Story, find, read_story
from schemas.base import Contract
from schemas.directory import Brief, Channel, Member
from schemas.event import Watermark
from schemas.topic import Topic
from tests.factories.records import mark, post, react, records, tell
from tests.factories.taught import knowing, taught
from tests.pipeline.clickhouse.conftest import client, database, engine_url, settings, sink

__all__ = ["client", "database", "engine_url", "settings", "sink"]

SALES = tuple(f"sales{n}" for n in range(7))
MANAGERS = ("boss1", "boss2")
DIRECTORY: tuple[Contract, ...] = (
    *(Member(member=member, persona="newcomer") for member in SALES),
    *(Member(member=member, persona="managers") for member in MANAGERS),
    Channel(source="slack", conversation="C1", name="learning", members=(*SALES, *MANAGERS)),
    Brief(
        asset_id="podcast",
        title="Podcast 12",
        asset_type="announcement",
        personas=("newcomer",),
        owner="designer",
        wiifm="",
    ),
)
TAUGHT, UNTAUGHT = taught(*DIRECTORY), knowing(*DIRECTORY)
FILE = load_checklist()
PROMPT = "slack:C1:p"

Lived = Callable[..., Awaitable[Client]]
Told = Callable[..., Awaitable[Story]]


def written(effects: Sequence[Effect], topic: str) -> list[Record]:
    return records([e.value.wire() for e in effects if isinstance(e, Send) and e.topic == topic], topic)


def live(events: Sequence[Contract], known: Knowledge) -> dict[str, list[Record]]:
    """Let the agents live through events, and return what stands in the topics that are recorded."""
    track = tell(Track(0, known, TrackRules()), records(events)).effects
    outcomes = written(track, Topic.OUTCOMES)
    watch = list(Watch(partitions=1, epoch=3600.0, alpha=0.1)(outcomes))
    verdicts = written([*track, *watch], Topic.VERDICTS)
    anomalies = list(diagnose(verdicts, known=known, checklist=Checklist()))
    events_alone = [event for event in events if not isinstance(event, Watermark)]
    return {
        Topic.EVENTS: records(events_alone),
        Topic.OUTCOMES: outcomes,
        Topic.ANOMALIES: written(anomalies, Topic.ANOMALIES),
    }


@pytest.fixture
def lived(sink: Sink, client: Client) -> Lived:
    async def lived(*events: Contract, known: Knowledge = TAUGHT) -> Client:
        for topic, values in live(events, known).items():
            sink.add(topic, 0, values)
        await sink.flush()
        return client

    return lived


@pytest.fixture
def told(lived: Lived, database: str) -> Told:
    """Live through a prompt `p` of the podcast, posted at hour 0, and what comes then."""

    async def told(*events: Any, known: Knowledge = TAUGHT, asked: str = PROMPT) -> Story:
        ordered = sorted([post(asset_id="podcast"), *events], key=lambda event: event.time)
        client = await lived(*ordered, known=known)
        return read_story(client, database, find(client, database, asked).prompt_id, FILE)

    return told


END = mark(400)
ANSWERS = [react("sales1", 0.1), react("sales2", 0.2), react("boss1", 30)]
