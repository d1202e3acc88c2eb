"""The commands that the deployment names are commands of `crickets`."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

CRICKETS = Path(sys.executable).with_name("crickets")
COMMANDS = {
    "demo",
    "replay",
    "worker",
    "gateway",
    "topics",
    "migrate",
    "directory",
    "dead-letters",
    "report",
    "doctor",
    "settings",
}


@pytest.fixture(scope="module")
def offered() -> set[str]:
    """Give the words that start a row of the table in `crickets --help`."""
    plain = {"NO_COLOR": "1", "TERM": "dumb", "COLUMNS": "120", "LC_ALL": "C.UTF-8"}
    done = subprocess.run([CRICKETS, "--help"], capture_output=True, text=True, check=True, env=plain)
    return set(re.findall(r"^(?:│ |  )([a-z][a-z-]*) ", done.stdout, flags=re.MULTILINE))


def test_the_promised_commands_are_there(offered: set[str]) -> None:
    assert COMMANDS - offered == set()


def test_every_service_runs_a_command_that_is_there(compose: dict[str, dict[str, Any]], offered: set[str]) -> None:
    ours = {name: service for name, service in compose.items() if "build" in service}
    assert ours.keys() == {"init", "gateway", "worker"}
    steps = re.findall(r"crickets ([a-z]+)", " ".join(ours.pop("init")["command"]))
    assert steps == ["topics", "migrate"]
    assert {service["command"][0] for service in ours.values()} | set(steps) <= offered
