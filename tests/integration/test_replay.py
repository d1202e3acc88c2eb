"""`crickets replay`: the past is judged as if lived, the same every time, however many share the work."""

import gzip
import json
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from agents.record import HISTORY
from pipeline.evaluate.life import live
from pipeline.replay import open_source
from pipeline.settings import JudgeSettings, Settings
from pipeline.wiring import new_expectations
from tests.factories.archive import archive_lines, write_archive
from tests.factories.slack_export import small_export
from tests.integration.conftest import CLUSTER, KEY, ROOT, SECONDS, Installation, eventually
from tests.pipeline.replay.independent_count import count_silence
from tests.servers.apache_kafka_cluster import ApacheKafkaCluster

pytestmark = pytest.mark.process

SUMMARY = {
    *("messages", "prompts", "responses", "responders", "silent_at_horizon", "censored", "flagged", "revived"),
    *("too_little_to_tell", "dead_letters", "events_per_second"),
}


LONG_EPOCHS = {"CRICKETS_JUDGE__EPOCH_HOURS": "6"}
"""A replay waits for every epoch; what is true of six hours is true of one, and comes sooner."""

DAYS = {"CRICKETS_JUDGE__EPOCH_HOURS": "24"}


@dataclass
class Lived:
    """An archive that was replayed by one worker on a machine with nothing but Crickets."""

    archive: Path
    installation: Installation
    summary: dict[str, Any]
    rows: dict[str, list[tuple[Any, ...]]]


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Lived:
    lines = archive_lines()
    broken = '{"id": "c0:x", "channel": "c0", "author": "u1", "ts": "yesterday"}'
    folder = tmp_path_factory.mktemp("lived")
    archive = write_archive(folder / "community.jsonl.gz", [*lines[:500], broken, *lines[500:]])
    installation = Installation(folder, dict(LONG_EPOCHS))
    summary = installation.json("replay", archive)
    return Lived(archive, installation, summary, installation.everything())


def timeless(summary: dict[str, Any]) -> dict[str, Any]:
    assert summary["events_per_second"] > 0
    return summary | {"events_per_second": None}


def test_rows_equal_an_independent_count(lived: Lived, tmp_path: Path) -> None:
    told, lines = lived.summary, archive_lines()
    counted = count_silence(write_archive(tmp_path / "clean.jsonl.gz", list(lines)))
    assert told.keys() == SUMMARY
    assert told["messages"] == len(lines)
    assert told["prompts"] == counted.roots
    assert told["silent_at_horizon"] == counted.silent
    assert told["responders"] == counted.responders
    assert told["responses"] == counted.responses
    assert told["flagged"] > 0, "the archive is rich enough for verdicts"
    assert len(lived.rows["anomalies"]) > 50


def test_a_broken_record_in_the_middle_is_a_dead_letter(lived: Lived) -> None:
    assert lived.summary["dead_letters"] == 1
    ((stage, topic, offset, field, reason),) = lived.installation.rows(
        "SELECT stage, topic, offset, field, reason FROM crickets.dead_letters FINAL"
    )
    assert (stage, topic, offset, field) == ("replay", lived.archive.name, 501, "ts")
    assert "number" in reason


def test_evaluate_scores_what_the_replay_judged(lived: Lived) -> None:
    settings = Settings(_env_file=None, judge=JudgeSettings(epoch_hours=6))
    life = live(open_source(lived.archive, KEY.encode(), settings), settings, [settings.judge.alpha])
    judged = lived.installation.rows(
        "SELECT toFloat64(posted_at), views, (toFloat64(deadline) - toFloat64(posted_at)) / 3600, responders "
        "FROM crickets.prompts FINAL WHERE status != 'censored'"
    )
    rows = {round(posted_at, 3): (views, deadline, responders) for posted_at, views, deadline, responders in judged}
    assert len(life.lived) > 400
    for prompt in life.lived:
        views, deadline, responders = rows[round(prompt.posted_at, 3)]
        assert (views, responders) == (prompt.views, prompt.responders)
        assert deadline == pytest.approx(prompt.deadlines[0], abs=1e-6)


def test_the_history_of_expectations_has_what_was_learned_and_when(lived: Lived) -> None:
    [(prompts, versions)] = lived.installation.rows(
        "SELECT argMax(prompts, version), uniqExact(version) FROM crickets.expectation_history WHERE kind = 'overall'"
    )
    [(learned,)] = lived.installation.rows(
        "SELECT count() FROM crickets.prompts FINAL WHERE closed AND status != 'censored' "
        "AND time <= (SELECT max(observed_until) FROM crickets.watermarks)"
    )
    decay = new_expectations(Settings(_env_file=None)).rates.overall_decay
    assert learned > 300 and prompts == pytest.approx((1 - decay**learned) / (1 - decay), abs=1e-6)
    assert versions > 20
    parts = {part for (part,) in lived.installation.rows("SELECT DISTINCT part FROM crickets.expectations")}
    assert parts == HISTORY


def test_evaluate_prints_one_object_and_leaves_a_picture(lived: Lived, installation: Installation) -> None:
    (found,) = installation.json("evaluate", lived.archive)["archives"]
    assert {"name", "prompts", "scored", "silent_share", "log_loss", "ece", "alphas", "windows"} <= found.keys()
    assert (found["name"], found["prompts"]) == ("community", lived.summary["prompts"])
    assert {"constant", "segment", "mix", "logistic"} <= found["log_loss"].keys()
    assert found["alphas"].keys() == {"0.05", "0.1", "0.2"}
    assert found["windows"].keys() == {"4", "24", "72"}
    assert (installation.folder / "data" / "evaluate.png").stat().st_size > 10_000
    told = installation.run("evaluate", lived.archive, "--picture", "here.png")
    assert "mix: the product" in told.stdout
    assert (installation.folder / "here.png").exists()


def test_explain_tells_the_story_of_a_dead_asset(lived: Lived) -> None:
    dead = lived.installation.json("report")["dead_assets"][0]
    story = lived.installation.json("explain", dead["asset_id"], "--picture", "story.png")
    [(prompt_id, reach, deadline, version)] = lived.installation.rows(
        "SELECT prompt_id, reach_total, deadline, expectation_version FROM crickets.prompts FINAL "
        "WHERE prompt_id = {id:String}",
        {"id": dead["asset_id"]},
    )
    assert (story["status"], story["posted"]["prompt_id"]) == ("silent", prompt_id)
    assert (story["posted"]["reach_total"], story["expected"]["version"]) == (reach, version)
    assert story["expected"]["deadline"] == deadline.isoformat() == dead["since"]
    assert story["course"][-1]["p_zero"] == story["expected"]["p_zero_horizon"] < 0.1
    assert {stage["came"] for stage in story["course"]} <= {0, None}
    causes = {cause["code"]: cause["probability"] for cause in story["diagnosis"]["causes"]}
    assert dead["hypothesis"] == story["diagnosis"]["hypothesis"]
    assert dead["probability"] in causes.values() and len(causes) == 5
    assert all(item["weights"].keys() == causes.keys() for item in story["diagnosis"]["evidence"])
    assert {item["sentence"] for item in story["diagnosis"]["evidence"]} == set(dead["evidence"])
    assert (lived.installation.folder / "story.png").stat().st_size > 10_000
    told = lived.installation.run("explain", prompt_id, COLUMNS="80").stdout
    assert story["explanation"] in " ".join(told.split())
    assert dead["next_step"] in " ".join(told.split())


def test_explain_says_what_it_needs_when_it_finds_nothing(lived: Lived) -> None:
    done = lived.installation.run("explain", "nobody knows this one")
    assert (done.returncode, done.stdout) == (1, "")
    told = " ".join(done.stderr.split())
    assert "prompt_id" in told and "link of a Slack message" in told and "The latest are:" in told


def test_evaluate_says_what_is_wrong_with_an_archive(installation: Installation) -> None:
    short = write_archive(installation.folder / "short.jsonl.gz", archive_lines(weeks=0.5))
    done = installation.run("evaluate", short)
    assert done.returncode == 1
    assert "more than 7 days" in " ".join(done.stderr.split())
    assert installation.run("evaluate", "nowhere.jsonl").returncode == 1


def test_a_second_replay_changes_nothing(lived: Lived) -> None:
    again = lived.installation.json("replay", lived.archive)
    assert timeless(again) == timeless(lived.summary)
    assert lived.installation.everything() == lived.rows


def test_a_cluster_and_a_server_by_settings_and_two_workers_give_the_same_rows(
    lived: Lived, servers: dict[str, str], installation: Installation
) -> None:
    installation.settings |= servers | LONG_EPOCHS
    told = installation.json("replay", lived.archive, "--workers", "2")
    assert timeless(told) == timeless(lived.summary)
    assert installation.everything() == lived.rows


@pytest.mark.parametrize("servers", [CLUSTER], indirect=True)
def test_a_broker_of_three_that_is_killed_in_the_middle_changes_no_row(
    lived: Lived, servers: dict[str, str], apache_kafka_cluster: ApacheKafkaCluster, installation: Installation
) -> None:
    installation.settings |= servers | LONG_EPOCHS
    killed = apache_kafka_cluster.nodes[0]
    with installation.start("replay", lived.archive, "--workers", "2", "--json") as replay:
        judged = "SELECT count() FROM system.tables WHERE database = 'crickets' AND name = 'prompts' AND total_rows > 0"
        eventually(lambda: installation.rows(judged) == [(1,)], "the first prompts are judged")
        killed.kill()
        try:
            (unfinished,) = installation.rows("SELECT count() FROM crickets.prompts FINAL WHERE closed")
            assert unfinished[0] < len(lived.rows["prompts"]), "there was nothing left to do, the test proves nothing"
            assert replay.wait(SECONDS) == 0, (installation.folder / "replay.log").read_text()
        finally:
            killed.start()
    told = json.loads((installation.folder / "replay.log").read_text().splitlines()[-1])
    assert timeless(told) == timeless(lived.summary)
    assert installation.everything() == lived.rows


def test_a_slack_export_is_judged_with_its_directory(installation: Installation) -> None:
    path = small_export().write_zip(installation.folder / "Acme Slack export Jan 1 2025 - Jan 9 2025.zip", "acme/")
    told = installation.json("replay", path, **LONG_EPOCHS)
    assert (told["messages"], told["prompts"], told["responders"], told["dead_letters"]) == (7, 3, 2, 0)
    asked = installation.rows(
        "SELECT asset_id, responders, responses, reach_total FROM crickets.prompts FINAL WHERE asset_id != ''"
    )
    assert ("podcast-3", 2, 5, 2) in asked
    report = installation.json("report", "--workspace", "acme")
    assert report["summary"]["prompts"] == 3


def beginning_of(archive: Path, lines: int, path: Path) -> Path:
    """Write the first lines of an archive: the rest of a long one is like them, and takes minutes."""
    with gzip.open(archive, "rt", encoding="utf-8") as whole, gzip.open(path, "wt", encoding="utf-8") as some:
        some.writelines(islice(whole, lines))
    return path


@pytest.mark.parametrize("name", ["dd2030_slack", "ubuntu_irc"])
def test_public_archives_equal_an_independent_count(name: str, installation: Installation) -> None:
    path = ROOT.parent / "shared" / "data" / f"{name}.jsonl.gz"
    if not path.exists():
        pytest.skip(f"there is no ../shared/data/{path.name} beside the project")
    path = beginning_of(path, 15_000, installation.folder / path.name)
    told = installation.json("replay", path, **DAYS)  # years, in which every epoch is waited for
    counted = count_silence(path)
    assert (told["prompts"], told["responders"], told["silent_at_horizon"], told["dead_letters"]) == (
        counted.roots,
        counted.responders,
        counted.silent,
        0,
    )
    by_prompt = dict(installation.rows("SELECT message, responders FROM crickets.prompts FINAL"))
    assert by_prompt == {root: len(who) for root, who in counted.responders_by_root.items()}
