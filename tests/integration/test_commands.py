"""The command line as somebody meets it who has never seen it."""

import json
from pathlib import Path

import pytest

from tests.integration.conftest import Installation

pytestmark = pytest.mark.process

COMMANDS = {
    "demo": "--headless",
    "replay": "--workers",
    "evaluate": "--picture",
    "simulate": "--workspaces",
    "report": "--workspace",
    "explain": "PROMPT",
    "doctor": "--json",
    "worker": "CRICKETS_KAFKA__BOOTSTRAP_SERVERS",
    "gateway": "/webhooks/slack",
    "topics": "Create",
    "migrate": "twice",
    "settings": "secrets",
    "dead-letters": "redrive",
    "directory": "load",
}


def test_help_names_every_command_and_where_to_start(installation: Installation) -> None:
    told = installation.run("--help").stdout
    assert "Start with crickets demo" in " ".join(told.split())
    for command in COMMANDS:
        assert command in told


@pytest.mark.parametrize(("command", "piece"), COMMANDS.items())
def test_every_command_explains_itself(command: str, piece: str, installation: Installation) -> None:
    done = installation.run(command, "--help", COLUMNS="120")
    assert done.returncode == 0
    assert piece in done.stdout


def test_a_fresh_installation_is_examined_and_reported(installation: Installation) -> None:
    findings = {finding["what"]: finding for finding in installation.json("doctor")}
    assert findings.keys() == {"Python", "broker", "ClickHouse", "Slack", "pseudonyms"}
    assert all(finding["ok"] for finding in findings.values())
    assert "migrations are to be applied" in findings["ClickHouse"]["found"]
    planned = installation.run("migrate", "--plan").stdout
    assert "-- 0001_events.sql: to be applied" in planned
    assert "CREATE TABLE IF NOT EXISTS `crickets`.events" in planned and "ON CLUSTER" not in planned
    planned = installation.run("migrate", "--plan", CRICKETS_CLICKHOUSE__CLUSTER="analysts").stdout
    assert "CREATE TABLE IF NOT EXISTS `crickets`.events ON CLUSTER `analysts`" in planned
    findings = {finding["what"]: finding for finding in installation.json("doctor")}
    assert "migrations are to be applied" in findings["ClickHouse"]["found"], "a plan changes nothing"
    assert installation.json("report")["summary"]["prompts"] == 0
    assert "Nothing has been judged yet" in installation.run("report").stdout
    assert "up to date" in installation.run("migrate").stdout
    planned = installation.run("migrate", "--plan").stdout
    assert "-- 0001_events.sql: is applied" in planned
    assert "to be applied" not in planned


def test_roles_are_planned_and_an_engine_that_keeps_none_is_told_apart(installation: Installation) -> None:
    on = {"CRICKETS_CLICKHOUSE__ROLES": "true"}
    planned = installation.run("migrate", "--plan", **on).stdout
    assert planned.index("-- roles crickets_writer and crickets_analyst: every time") > planned.rindex(".sql:")
    assert "CREATE ROLE IF NOT EXISTS `crickets_writer`" in planned and "TO `crickets_analyst`" in planned
    assert "ROLE" not in installation.run("migrate", "--plan").stdout
    done = installation.run("migrate", **on)
    assert done.returncode == 1
    assert "applied 0001_events.sql" in done.stdout
    assert "turn CRICKETS_CLICKHOUSE__ROLES off" in done.stderr and "crickets migrate --plan" in done.stderr
    assert installation.run("report", **on).returncode == 0, "roles are the business of migrate alone"


def test_what_is_down_is_named_with_what_to_do(installation: Installation) -> None:
    nobody = {"CRICKETS_KAFKA__BOOTSTRAP_SERVERS": "127.0.0.1:1", "CRICKETS_CLICKHOUSE__URL": "http://127.0.0.1:1"}
    done = installation.run("doctor", "--json", **nobody)
    assert done.returncode == 1
    findings = {finding["what"]: finding for finding in json.loads(done.stdout)}
    assert not findings["broker"]["ok"] and not findings["ClickHouse"]["ok"]
    assert "CRICKETS_KAFKA__" in findings["broker"]["advice"]
    assert "CRICKETS_CLICKHOUSE__URL" in findings["ClickHouse"]["advice"]
    report = installation.run("report", **nobody)
    assert (report.returncode, report.stdout) == (1, "")
    assert report.stderr.count("\n") == 1, "one line, no traceback"


def test_wrong_settings_are_named_by_their_variables(installation: Installation) -> None:
    done = installation.run("settings", CRICKETS_JUDGE__ALPHA="2", CRICKETS_JUDGE__ALHPA="0.2")
    assert done.returncode == 2
    assert "CRICKETS_JUDGE__ALPHA: Input should be less than 1" in done.stderr
    assert "CRICKETS_JUDGE__ALHPA" in done.stderr
    misspelt = installation.run("settings", CRICKETS_KAFFKA__PREFIX="x")
    assert misspelt.returncode == 0
    assert "CRICKETS_KAFFKA__PREFIX is no setting" in misspelt.stderr


def test_settings_hide_secrets(installation: Installation) -> None:
    secret = "8f742231b10e8888"
    told = installation.json("settings", CRICKETS_SLACK__SIGNING_SECRET=secret)
    assert told["CRICKETS_SLACK__SIGNING_SECRET"] == "(secret, set)"
    assert told["CRICKETS_JUDGE__ALPHA"] == "0.1"
    assert secret not in installation.run("settings", CRICKETS_SLACK__SIGNING_SECRET=secret).stdout


def test_what_cannot_be_replayed_is_explained(installation: Installation) -> None:
    done = installation.run("replay", "nothing.jsonl", "--json")
    assert (done.returncode, done.stdout) == (1, "")
    assert "nothing.jsonl does not exist" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_broken_directory_is_refused_whole_with_line_and_reason(installation: Installation) -> None:
    folder = installation.folder / "directory"
    folder.mkdir()
    (folder / "members.csv").write_text("workspace,member,persona\nT1,U1,sales\nT1,,sales\nT1,U1,support\n")
    done = installation.run("directory", "load", folder, CRICKETS_KAFKA__BOOTSTRAP_SERVERS="127.0.0.1:1")
    assert done.returncode == 1
    assert "members.csv:3, member" in done.stderr
    assert "members.csv:4, member" in done.stderr
    assert "2 problems; nothing was loaded" in done.stderr


@pytest.mark.parametrize("command", ["worker", "gateway"])
def test_what_needs_a_broker_says_so(command: str, installation: Installation) -> None:
    done = installation.run(command)
    assert done.returncode == 2
    assert "CRICKETS_KAFKA__BOOTSTRAP_SERVERS=host:port" in done.stderr


def test_topics_and_directory_on_a_broker(installation: Installation, servers: dict[str, str]) -> None:
    installation.settings |= servers
    assert "topics are missing" in installation.run("doctor").stdout
    assert "created" in installation.run("topics").stdout
    assert installation.run("topics").stdout == "all topics are there\n"
    other = installation.run("topics", CRICKETS_KAFKA__PARTITIONS="9")
    assert other.returncode == 1
    assert "CRICKETS_KAFKA__PARTITIONS=4" in other.stderr
    (installation.folder / "members.csv").write_text("workspace,member,persona,staff\nT1,U1,sales,\nT1,U2,,yes\n")
    loaded = installation.run("directory", "load", Path("members.csv"))
    assert loaded.stdout == "loaded 2 records\n", loaded.stderr
