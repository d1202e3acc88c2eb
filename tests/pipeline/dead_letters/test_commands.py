"""The commands, called as from a shell."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client
from typer.testing import CliRunner, Result

from pipeline.cli.main import app
from pipeline.dead_letters import Letter
from pipeline.dead_letters.store import note
from pipeline.settings import Settings
from pipeline.stack import environment
from tests.pipeline.dead_letters.conftest import letter, write

Recorded = Callable[..., list[Letter]]
Run = Callable[..., Result]
SECRET = "what somebody wrote"
ID = "normalise/webhooks/1/0"


@pytest.fixture
def run(unconnected: Settings, client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:  # noqa: ARG001
    """Call a command with settings that name no broker, or with those that are given."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str, settings: Settings = unconnected, answer: str | None = None) -> Result:
        given = {**environment(settings), "COLUMNS": "200"}
        return CliRunner().invoke(app, ["dead-letters", *arguments], input=answer, env=given, catch_exceptions=False)

    return call


def test_with_none_it_says_so(run: Run) -> None:
    done = run("list")
    assert (done.exit_code, done.stdout) == (0, "No dead letter is open.\n")
    facts = json.loads(run("list", "--json").stdout)
    assert facts == {"open": 0, "redriven": 0, "reasons": [], "letters": []}


def test_what_should_be_looked_at_comes_first_then_the_letters(run: Run, recorded: Recorded) -> None:
    recorded(
        letter(
            "track",
            5,
            topic="events",
            reason="agent track raised KeyError at agents/track/track.py:9, 3 times in a row",
        ),
        *(letter(offset=offset, reason="a [field] is missing") for offset in range(3)),
    )
    lines = run("list", "--limit", "2").stdout.splitlines()
    assert lines[0].startswith("4 dead letters open. By stage and reason")
    assert lines[2].split() == ["3", "normalise", "a", "[field]", "is", "missing"]
    assert "track.py:9" in lines[4]
    assert sum(ID[:-1] in line or "track/events/1/5" in line for line in lines) == 2
    assert any("2 more" in line for line in lines)
    facts = json.loads(run("list", "--stage", "track", "--json").stdout)
    assert [found["dead_letter_id"] for found in facts["letters"]] == ["track/events/1/5"]
    assert facts["letters"][0]["put_aside_at"].endswith("+00:00")
    assert facts["open"] == 1


def test_redriven_ones_are_left_out_and_marked_when_asked_for(
    run: Run, recorded: Recorded, client: Client, unconnected: Settings
) -> None:
    recorded(letter())
    note(client, unconnected.clickhouse.database, [(("webhooks", 1, 0), 8)])
    assert run("list").stdout == "No dead letter is open. 1 were redriven: --all shows them.\n"
    assert f"{ID}  slack  redriven 20" in run("list", "--all").stdout
    assert "as webhooks[1]@8" in run("show", ID).stdout


def test_without_a_broker_a_letter_is_shown_all_the_same(run: Run, recorded: Recorded) -> None:
    recorded(letter(traceback="agents/x.py:1 in f\nKeyError", tries=3, field="event.ts"))
    done = run("show", ID, "--original")
    assert done.exit_code == 0
    for piece in (ID, "event.ts", "agents/x.py:1 in f", "not known", "UTC", "CRICKETS_KAFKA__BOOTSTRAP_SERVERS"):
        assert piece in done.stdout
    facts = json.loads(run("show", ID, "--json").stdout)
    assert (facts["tries"], facts["original"]["readable"]) == (3, None)


def test_of_an_original_size_source_and_time_are_shown_and_never_its_content(
    run: Run, recorded: Recorded, embedded: Settings
) -> None:
    write(embedded, "webhooks", (b"slack:C1 " + SECRET.encode(), SECRET.encode()))
    recorded(letter(), letter(offset=9))
    short, full = run("show", ID, settings=embedded).stdout, run("show", ID, "--original", settings=embedded).stdout
    assert "can still be read there" in short and " bytes" not in short
    for piece in ("47 bytes", "key's source  slack", f"crickets dead-letters redrive {ID}"):
        assert piece in full
    told = run("show", ID, "--original", "--json", settings=embedded).stdout
    assert json.loads(told)["original"]["size"] == 47
    assert SECRET not in short + full + told
    assert "gone: " in run("show", ID[:-1] + "9", settings=embedded).stdout


def test_a_letter_that_does_not_exist_is_told(run: Run) -> None:
    for command in (("show", "no/such/0/1"), ("redrive", "no/such/0/1")):
        done = run(*command)
        assert done.exit_code == 1
        assert "no dead letter no/such/0/1" in done.stderr


def test_what_is_to_be_redriven_must_be_named_in_one_way(run: Run) -> None:
    for arguments in ((), (ID, "--stage", "normalise"), (ID, "--limit", "1"), ("--all",), ("--limit", "1")):
        done = run("redrive", *arguments)
        assert done.exit_code == 2, arguments
        assert "one of the two" in done.stderr


def test_a_redrive_without_a_broker_says_what_to_set(run: Run, recorded: Recorded) -> None:
    recorded(letter())
    done = run("redrive", ID)
    assert done.exit_code == 1
    assert "CRICKETS_KAFKA__BOOTSTRAP_SERVERS" in done.stderr


def test_whoever_chooses_by_filters_is_asked_and_a_script_says_yes(
    run: Run, recorded: Recorded, embedded: Settings
) -> None:
    write(embedded, "webhooks", *[(b"slack:C1", b"v")] * 2)
    recorded(letter(), letter(offset=1), letter("track", topic="events"))
    choice = ("redrive", "--stage", "normalise")

    def still_open() -> Any:
        return json.loads(run("list", "--json").stdout)["open"]

    declined = run(*choice, settings=embedded, answer="n\n")
    assert (
        declined.exit_code == 0 and "Redrive these 2?" in declined.stderr and "nothing was redriven" in declined.stderr
    )
    nobody = run(*choice, settings=embedded)
    assert nobody.exit_code == 2 and "--yes" in nobody.stderr
    tried = run(*choice, "--dry-run", settings=embedded)
    assert tried.exit_code == 0 and "2 dead letters would be redriven" in tried.stdout
    assert still_open() == 3
    one = run(*choice, "--limit", "1", "--yes", "--json", settings=embedded)
    assert one.exit_code == 0 and len(json.loads(one.stdout)["redriven"]) == 1
    agreed = run(*choice, settings=embedded, answer="y\n")
    assert agreed.exit_code == 0 and "1 dead letter redriven" in agreed.stdout
    assert still_open() == 1, "the other stage was not asked for"
    none = run(*choice, "--yes", settings=embedded)
    assert none.exit_code == 0 and "no dead letter like that is open" in none.stderr


def test_what_could_not_be_redriven_is_named_with_the_reason(run: Run, recorded: Recorded) -> None:
    recorded(letter("replay", 3, topic="export.jsonl"))
    done = run("redrive", "replay/export.jsonl/1/3")
    assert done.exit_code == 1
    assert "crickets replay" in done.stdout and "0 dead letters redriven, 1 not" in done.stdout
