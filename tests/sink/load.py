"""Records of which it is known what the tables must say in the end."""

from dataclasses import dataclass, field

from clickhouse_connect.driver.client import Client

from agents.effects import Record
from schemas.asset import AssetType
from schemas.event import MessagePosted
from schemas.expectation import Expectation
from schemas.ids import prompt_id
from schemas.outcome import Outcome, Prompt
from schemas.topic import Topic

START = 1_748_217_600.0  # Monday 2025-05-26 00:00:00 UTC
PARTITIONS = 3
VERSIONS = (("posted", "open"), ("deadline", "silent"), ("retracted", "revived"))


@dataclass
class Load:
    """`size` events in each partition, and a prompt in three versions for every ten of them."""

    size: int
    logs: dict[tuple[str, int], list[Record]] = field(init=False)

    def __post_init__(self) -> None:
        self.logs = {}
        for partition in range(PARTITIONS):
            events = [_event(partition, n).wire() for n in range(self.size)]
            outcomes = [
                _outcome(partition, n, version).wire() for n in range(0, self.size, 10) for version in range(1, 4)
            ]
            for topic, values in ((Topic.EVENTS, events), (Topic.OUTCOMES, outcomes)):
                self.logs[topic, partition] = [
                    Record(topic, partition, offset, b"key", value) for offset, value in enumerate(values)
                ]

    @property
    def rows(self) -> int:
        """Rows that are inserted when each record comes once."""
        return sum(map(len, self.logs.values()))

    def compare(self, client: Client, database: str) -> tuple[int, int]:
        """Return how many rows the views lack, and how many they have that they should not have."""
        events = client.query(f"SELECT event_id, time FROM {database}.events FINAL").result_rows
        prompts = client.query(f"SELECT prompt_id, status, version FROM {database}.prompts_now").result_rows
        found = [(name, time.timestamp()) for name, time in events] + [tuple(row) for row in prompts]
        wanted: set[tuple[object, ...]] = set()
        for partition in range(PARTITIONS):
            wanted |= {(_event(partition, n).event_id, START + n) for n in range(self.size)}
            wanted |= {(_name(partition, n), "revived", 3) for n in range(0, self.size, 10)}
        return len(wanted - set(found)), len(found) - len(wanted & set(found))


def _name(partition: int, number: int) -> str:
    return prompt_id("slack", f"C{partition}", str(number))


def _event(partition: int, number: int) -> MessagePosted:
    return MessagePosted(
        event_id=f"slack:C{partition}:message:{number}",
        source="slack",
        conversation=f"C{partition}",
        time=START + number,
        author=f"m_{number % 50}",
        message=str(number),
    )


def _outcome(partition: int, number: int, version: int) -> Outcome:
    stage, status = VERSIONS[version - 1]
    posted = START + number
    return Outcome(
        stage=stage,  # type: ignore[arg-type]
        time=posted + version,
        version=version,
        prompt=Prompt(
            prompt_id=_name(partition, number),
            source="slack",
            conversation=f"C{partition}",
            message=str(number),
            author="m_author",
            posted_at=posted,
            asset_type=AssetType.QUESTION,
            persona="regular",
            reach={"regular": 40},
        ),
        expectation=Expectation(
            p_zero=0.02,
            p_zero_horizon=0.01,
            expected=9.4,
            expected_horizon=11.0,
            deadline=posted + 86_400,
            alpha=0.1,
            as_of=START,
            version=1,
        ),
        status=status,  # type: ignore[arg-type]
        responders=int(status == "revived"),
        responses=int(status == "revived"),
    )
