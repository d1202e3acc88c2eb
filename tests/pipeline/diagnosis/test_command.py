"""`crickets evaluate --diagnosis`, called as from a shell."""

import json
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from pipeline.cli.main import app
from pipeline.diagnosis import run
from pipeline.diagnosis.life import Case
from pipeline.diagnosis.workspace import Workspace


def _call(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["evaluate", *arguments], env={"COLUMNS": "120"})


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "name an archive, or say --diagnosis"),
        (("--diagnosis", "past.jsonl"), "leave the archives out"),
        (("past.jsonl", "--seed", "3"), "belong to --diagnosis"),
        (("past.jsonl", "--workspaces", "3"), "belong to --diagnosis"),
        (("past.jsonl", "--stray"), "belong to --diagnosis"),
    ],
)
def test_what_does_not_go_together_is_refused(arguments: tuple[str, ...], says: str) -> None:
    done = _call(*arguments)
    assert done.exit_code == 2
    assert says in " ".join(done.output.replace("│", " ").split())


def test_it_prints_one_object_as_the_last_line_and_leaves_a_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lived(workspace: Workspace, *_: object) -> list[Case]:
        return [Case(("no_need",), "no_need", {"no_need": 0.9, "elsewhere": 0.1})] * (workspace.seed % 10)

    monkeypatch.setattr(run, "live", lived)
    picture = tmp_path / "here.png"
    done = _call("--diagnosis", "--seed", "43", "--workspaces", "2", "--json", "--picture", str(picture))
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout.splitlines()[-1]) == {
        "seed": 43,
        "planted": 7,
        "leading_right": 1.0,
        "undetermined_when_withheld": None,
        "ece": 0.1,
        "ece_by_chance": 0.0953,
        "confusion": {"no_need": {"no_need": 7}},
    }
    assert picture.stat().st_size > 5_000
    assert "one cause: it leads" in _call("--diagnosis", "--picture", str(picture)).stdout
