"""`crickets replay`: the past is judged as if lived, the same every time, however many share the work."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.factories.archive import archive_lines, write_archive
from tests.factories.slack_export import small_export
from tests.integration.conftest import ROOT, Installation
from tests.pipeline.replay.independent_count import count_silence

pytestmark = pytest.mark.process

SUMMARY = {
    *("messages", "prompts", "responses", "responders", "silent_at_horizon", "censored", "flagged", "revived"),
    *("dead_letters", "events_per_second"),
}


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    lines = archive_lines()
    broken = '{"id": "c0:x", "channel": "c0", "author": "u1", "ts": "yesterday"}'
    return write_archive(
        tmp_path_factory.mktemp("archive") / "community.jsonl.gz", [*lines[:500], broken, *lines[500:]]
    )


def test_rows_equal_an_independent_count_and_a_second_replay_changes_nothing(
    archive: Path, installation: Installation, another: Callable[[], Installation]
) -> None:
    told = installation.json("replay", archive)
    assert told.keys() == SUMMARY
    lines = archive_lines()
    clean = write_archive(installation.folder / "clean.jsonl.gz", list(lines))
    counted = count_silence(clean)
    assert told["messages"] == len(lines)
    assert told["prompts"] == counted.roots
    assert told["silent_at_horizon"] == counted.silent
    assert told["responders"] == counted.responders
    assert told["responses"] == counted.responses
    assert told["dead_letters"] == 1
    assert told["flagged"] > 0, "the archive is rich enough for verdicts"

    first = installation.everything()
    ((stage, topic, offset, field, reason),) = installation.rows(
        "SELECT stage, topic, offset, field, reason FROM crickets.dead_letters FINAL"
    )
    assert (stage, topic, offset, field) == ("replay", archive.name, 501, "ts")
    assert "number" in reason
    assert len(first["anomalies"]) > 50

    again = installation.json("replay", archive)
    assert {**again, "events_per_second": 0} == {**told, "events_per_second": 0}
    assert installation.everything() == first

    shared = another()
    assert {**shared.json("replay", archive, "--workers", "2"), "events_per_second": 0} == {
        **told,
        "events_per_second": 0,
    }
    assert shared.everything() == first


def test_a_cluster_and_a_server_by_settings_give_the_same_rows(
    archive: Path, servers: dict[str, str], another: Callable[[], Installation]
) -> None:
    own, named = another(), another()
    named.settings |= servers
    own.json("replay", archive)
    named.json("replay", archive, "--workers", "2")
    rows = named.everything()
    assert rows == own.everything()
    assert len(rows["prompts"]) > 100


def test_a_slack_export_is_judged_with_its_directory(installation: Installation) -> None:
    path = small_export().write_zip(installation.folder / "Acme Slack export Jan 1 2025 - Jan 9 2025.zip", "acme/")
    told = installation.json("replay", path)
    assert (told["messages"], told["prompts"], told["responders"], told["dead_letters"]) == (7, 3, 2, 0)
    asked = installation.rows(
        "SELECT asset_id, responders, responses, reach_total FROM crickets.prompts FINAL WHERE asset_id != ''"
    )
    assert ("podcast-3", 2, 5, 2) in asked
    report = installation.json("report", "--workspace", "acme")
    assert report["summary"]["prompts"] == 3


@pytest.mark.parametrize("name", ["dd2030_slack", "ubuntu_irc"])
def test_public_archives_equal_an_independent_count(name: str, installation: Installation) -> None:
    path = ROOT.parent / "shared" / "data" / f"{name}.jsonl.gz"
    if not path.exists():
        pytest.skip(f"there is no ../shared/data/{path.name} beside the project")
    told = installation.json("replay", path)
    counted = count_silence(path)
    assert (told["prompts"], told["responders"], told["silent_at_horizon"], told["dead_letters"]) == (
        counted.roots,
        counted.responders,
        counted.silent,
        0,
    )
    by_prompt = dict(installation.rows("SELECT message, responders FROM crickets.prompts FINAL"))
    assert by_prompt == {root: len(who) for root, who in counted.responders_by_root.items()}
