"""A channel that dies, replayed on the embedded broker: told at its level, with what died in it as a part of it."""

from typing import Any

import pytest

from tests.factories.archive import write_archive
from tests.integration.conftest import Installation

pytestmark = pytest.mark.process

START = 1_772_442_000.0
"""2026-03-02T09:00:00Z, a Monday."""

DAY, DAYS, DIES = 86_400.0, 60, 36
CHANNELS = ("north", "south", "east")
MEMBERS = [f"u{n}" for n in range(12)]


def _question(channel: str, day: int) -> dict[str, Any]:
    """Return the question of a day, which all see: eight or more answer, and in south nobody from day DIES on."""
    posted = START + day * DAY + 600 * CHANNELS.index(channel)
    answer = [] if channel == "south" and day >= DIES else MEMBERS[: 8 + day % 4]
    return {
        "id": f"{channel}-{day}", "channel": channel, "author": f"designer-{channel}", "ts": posted, "parent": None,
        "root": f"{channel}-{day}", "text_length": 80, "is_question": True, "kind": "message", "is_bot": False,
        "reactions": [{"author": who, "name": "+1", "ts": posted + 120.0 * (n + 1)} for n, who in enumerate(answer)],
        "views": [{"author": who, "ts": posted + 10.0 * (n + 1)} for n, who in enumerate(MEMBERS)],
    }  # fmt: skip


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    folder = tmp_path_factory.mktemp("levels")
    lines: list[dict[str, Any] | str] = [_question(channel, day) for day in range(DAYS) for channel in CHANNELS]
    found = Installation(folder, {"CRICKETS_JUDGE__EPOCH_HOURS": "6"})
    summary = found.json("replay", write_archive(folder / "company.jsonl.gz", lines))
    assert summary["dead_letters"] == 0
    return found


def test_a_dead_channel_is_told_and_those_that_live_are_not(installation: Installation) -> None:
    told = installation.rows(
        "SELECT DISTINCT level, subject, state FROM crickets.anomalies FINAL WHERE level != 'prompt'"
    )
    assert told == [("channel", "archive:south", "open")]
    silent = {subject for (subject,) in installation.rows("SELECT subject FROM crickets.anomalies_now")}
    assert {f"archive:south:south-{day}" for day in range(DIES, DIES + 3)} <= silent
    assert all(subject.startswith("archive:south:") for subject in silent)


def test_what_is_silent_there_has_no_row_of_its_own_and_what_is_told_later_says_why(installation: Installation) -> None:
    assert installation.rows("SELECT level, subject, prompts > 3 FROM crickets.dead_now") == [
        ("channel", "archive:south", True)
    ]
    explained = installation.rows("SELECT explained_by FROM crickets.anomalies_now ORDER BY time")
    assert explained[0] == ("",), "the first is told when the channel is not known to be dead"
    assert explained[-1] == ("channel/archive:south",)


def test_who_saw_it_is_evidence_in_the_table(installation: Installation) -> None:
    told = installation.rows(
        "SELECT item, sentence FROM crickets.anomalies_now "
        "ARRAY JOIN evidence.code AS item, evidence.sentence AS sentence WHERE item = 'seen_share'"
    )
    assert told
    assert all("who could see it had done so by then" in sentence for _, sentence in told)
    [(seen,)] = installation.rows("SELECT uniqExact(message, author) FROM crickets.events WHERE kind = 'message_seen'")
    assert seen == DAYS * len(CHANNELS) * len(MEMBERS)
