"""What is missing is sent under the name of the source that was down, and nothing that came after."""

from pathlib import Path
from typing import Any

import pytest

from pipeline.replay import backfill as module
from pipeline.replay.backfill import NoLivePipelineError, backfill
from pipeline.settings import Settings
from schemas.event import EVENT
from tests.factories.archive import HOUR, START, archive_lines, write_archive

FROM, TO = START + 200 * HOUR, START + 300 * HOUR


class Kept:
    """A producer that keeps what it is given."""

    sent: list[tuple[str, bytes, bytes]] = []  # noqa: RUF012 - of all instances

    def __init__(self, _: object) -> None:
        self.sent.clear()

    def __enter__(self) -> "Kept":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def send(self, topic: str, key: bytes, value: bytes) -> None:
        self.sent.append((topic, key, value))


def settings(**kafka: Any) -> Settings:
    return Settings(_env_file=None, kafka=kafka, privacy={"pseudonym_key": "0123456789abcdef"})


def test_it_sends_the_hole_and_a_horizon_before_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BulkProducer", Kept)
    monkeypatch.setattr(module, "check_topics", lambda _: None)
    archive = write_archive(tmp_path / "a.jsonl.gz", archive_lines())
    somewhere = settings(bootstrap_servers="somewhere:1")
    sent = backfill(archive, somewhere, source="slack", workspace="T1", since=FROM, until=TO)
    events = [EVENT.validate_json(value) for _, _, value in Kept.sent]
    assert sent == len(events) > 100
    assert {topic for topic, _, _ in Kept.sent} == {"events"}
    assert {(event.source, event.workspace) for event in events} == {("slack", "T1")}  # type: ignore[union-attr]
    times = [event.time for event in events]
    assert times == sorted(times)
    assert FROM - 168 * HOUR <= times[0] < FROM - 150 * HOUR
    assert TO - 20 * HOUR < times[-1] < TO
    assert all(
        key == f"slack:{event.conversation}".encode() for (_, key, _), event in zip(Kept.sent, events, strict=True)
    )  # type: ignore[union-attr]


def test_without_a_broker_of_ones_own_there_is_nothing_to_mend(tmp_path: Path) -> None:
    with pytest.raises(NoLivePipelineError, match="CRICKETS_KAFKA__BOOTSTRAP_SERVERS"):
        backfill(tmp_path, settings(), source="slack", workspace="T1", since=FROM, until=TO)
