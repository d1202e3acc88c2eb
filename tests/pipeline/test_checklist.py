"""One's own checklist: printed, checked, put in force by a setting, refused with file and line."""

import json
from collections.abc import Callable
from importlib import resources
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from agents.diagnose import EVIDENCE
from models.checklist_file import ChecklistError, load_checklist
from pipeline.checklist import checklist_file, new_checklist
from pipeline.cli.main import app
from pipeline.diagnosis.life import diagnose
from pipeline.diagnosis.workspace import Workspace
from pipeline.settings import Settings
from pipeline.wiring import agents, new_knowledge

PACKAGE = resources.files("models").joinpath("checklist.yaml").read_text(encoding="utf-8")

Run = Callable[..., Result]


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """Return a copy of the package's checklist in which one hypothesis is all but certain beforehand."""
    path = tmp_path / "own.yaml"
    path.write_text(PACKAGE.replace("prior: 3", "prior: 9000", 1), encoding="utf-8")
    return path


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    path = tmp_path / "broken.yaml"
    path.write_text(PACKAGE.replace("  - code: wiifm_named", "  - code: wiifm_shown"), encoding="utf-8")
    return path


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    monkeypatch.chdir(tmp_path)

    def invoke(*arguments: object, checklist: object = "") -> Result:
        env = {"CRICKETS_CHECKLIST": str(checklist), "COLUMNS": "200"}
        return CliRunner().invoke(app, [str(a) for a in arguments], env=env, catch_exceptions=False)

    return invoke


def test_what_is_printed_is_the_file_itself_so_that_it_can_be_changed(run: Run, own: Path) -> None:
    printed = run("checklist")
    assert (printed.exit_code, printed.stdout) == (0, PACKAGE)
    assert f"digest {load_checklist().digest}" in printed.stderr
    assert run("checklist", checklist=own).stdout == own.read_text(encoding="utf-8")


def test_programs_read_what_is_in_it(run: Run, own: Path) -> None:
    own.write_text(PACKAGE.split("\n  # What has been.")[0], encoding="utf-8")
    found = json.loads(run("checklist", "--json", checklist=own).stdout)
    assert (found["file"], found["digest"]) == (str(own), load_checklist(own).digest)
    assert found["hypotheses"] == ["no_wiifm", "elsewhere", "wrong_audience", "no_need", "slow_build"]
    assert found["evidence"] + found["not_weighed"] == list(EVIDENCE)
    assert found["not_weighed"][0] == "asset_silence"
    assert json.loads(run("checklist", "--json").stdout)["file"] is None


def test_a_file_is_checked_without_being_in_force(run: Run, own: Path, broken: Path) -> None:
    right = run("checklist", "--check", own)
    assert right.exit_code == 0
    assert f"digest {load_checklist(own).digest}; it is right" in right.stdout
    wrong = run("checklist", "--check", broken, checklist=own)
    assert wrong.exit_code == 1
    line = broken.read_text(encoding="utf-8").splitlines().index("  - code: wiifm_shown") + 1
    assert f"{broken}:{line}: " in wrong.stderr
    assert "nothing computes `wiifm_shown`" in wrong.stderr
    assert run("checklist", "--check", own.with_name("nowhere.yaml")).exit_code == 1


@pytest.mark.parametrize(
    "command",
    [["demo"], ["replay", "history.jsonl"], ["worker"], ["evaluate", "--diagnosis"], ["explain", "podcast"],
     ["checklist"]],
    ids=lambda command: command[0],
)  # fmt: skip
def test_every_command_that_explains_refuses_a_broken_one_at_once(
    run: Run, broken: Path, command: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CRICKETS_KAFKA__BOOTSTRAP_SERVERS", "127.0.0.1:1" if command == ["worker"] else "")
    refused = run(*command, checklist=broken)
    assert refused.exit_code == 1
    assert f"{broken}:" in refused.stderr and "nothing computes `wiifm_shown`" in refused.stderr


def test_the_setting_puts_it_in_force_everywhere(own: Path, broken: Path) -> None:
    settings = Settings(_env_file=None, checklist=str(own))
    assert checklist_file(settings) == load_checklist(own) != checklist_file(Settings(_env_file=None))
    assert new_checklist(settings).predict_proba_one({})["no_wiifm"] > 0.99
    [explaining] = [spec for spec in agents(settings, new_knowledge(settings)) if spec.name == "diagnose"]
    body = explaining.body(0)
    assert body.checklist.file == load_checklist(own)  # type: ignore[attr-defined]
    with pytest.raises(ChecklistError, match=r"broken\.yaml:\d+: "):
        agents(Settings(_env_file=None, checklist=str(broken)), new_knowledge(settings))


def test_another_checklist_explains_otherwise_and_changes_no_verdict(own: Path) -> None:
    workspace = Workspace(seed=3, weeks=14, each=1, pairs=[])
    plain, other = (diagnose(workspace, Settings(_env_file=None, checklist=path)) for path in ("", str(own)))
    assert [anomaly.verdict for anomaly in plain] == [anomaly.verdict for anomaly in other]
    assert {anomaly.checklist for anomaly in other} == {load_checklist(own).digest}
    assert {anomaly.checklist for anomaly in plain} == {load_checklist().digest}
    assert all(a.probabilities["no_wiifm"] < b.probabilities["no_wiifm"] for a, b in zip(plain, other, strict=True))
