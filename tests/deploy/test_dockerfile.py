"""deploy/Dockerfile: pinned, not root, and what it copies is enough to install all of Crickets."""

import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.deploy.compose_file import ROOT

DOCKERFILE = ROOT / "deploy" / "Dockerfile"
PACKAGES = ("schemas", "models", "agents", "pipeline")


@pytest.fixture(scope="module")
def instructions() -> list[tuple[str, str]]:
    text = re.sub(r"^#.*\n", "", DOCKERFILE.read_text(), flags=re.MULTILINE).replace("\\\n", " ")
    return [(word, rest.strip()) for word, _, rest in (line.partition(" ") for line in text.splitlines() if line)]


@pytest.fixture(scope="module")
def copied(instructions: list[tuple[str, str]]) -> list[str]:
    """Give what the builder takes from the checkout."""
    copies = [rest.split() for word, rest in instructions if word == "COPY" and not rest.startswith("--from")]
    return [source for *sources, _ in copies for source in sources]


def test_what_it_copies_is_there_and_let_through(copied: list[str]) -> None:
    assert {source for source in copied if not (ROOT / source).exists()} == set()
    let_through = DOCKERFILE.with_name("Dockerfile.dockerignore").read_text().splitlines()
    assert {line.removeprefix("!") for line in let_through if line.startswith("!")} == set(copied)
    assert "*" in let_through


def test_the_base_is_pinned_and_each_stage_rests_on_it(instructions: list[tuple[str, str]]) -> None:
    first, *others = [rest for word, rest in instructions if word == "FROM"]
    assert re.fullmatch(r"python:3\.12\.\d+-slim-\w+ AS base", first)
    assert others == ["base AS build", "base"]


def test_it_installs_only_what_the_lock_names(instructions: list[tuple[str, str]]) -> None:
    installs = [rest for word, rest in instructions if word == "RUN" and "pip install" in rest]
    assert len(installs) == 2
    assert "--require-hashes" in installs[0]
    assert "-r requirements.lock" in installs[0]
    assert "--no-deps" in installs[1]
    assert "--no-build-isolation" in installs[1]


def test_it_does_not_run_as_root(instructions: list[tuple[str, str]]) -> None:
    last_stage = instructions[max(i for i, (word, _) in enumerate(instructions) if word == "FROM") :]
    users = [rest for word, rest in last_stage if word == "USER"]
    assert users
    assert users[-1] not in {"root", "0"}


def test_its_copies_are_enough_to_install_all_of_crickets(copied: list[str], tmp_path: Path) -> None:
    source, wheels = tmp_path / "src", tmp_path / "wheels"
    source.mkdir()
    for name in copied:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, source / name)
    build = [sys.executable, "-m", "pip", "wheel", "-q", "--disable-pip-version-check", "--no-deps"]
    subprocess.run([*build, "--no-build-isolation", "-w", str(wheels), str(source)], check=True)
    with zipfile.ZipFile(next(wheels.glob("crickets-*.whl"))) as wheel:
        installed = set(wheel.namelist())
    files = (path for package in PACKAGES for path in (ROOT / package).rglob("*") if path.is_file())
    wanted = {str(path.relative_to(ROOT)) for path in files if path.suffix not in {".pyc", ".tmp"}}
    assert wanted - installed == set()
    assert {name.partition("/")[0] for name in installed if ".dist-info/" not in name} == set(PACKAGES)
