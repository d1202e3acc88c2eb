"""The study as a whole, on one short workspace: the agents live through it, and what came out can be shown."""

import io
import json
from itertools import pairwise
from pathlib import Path

import pytest
from rich.console import Console

from pipeline.in_memory import Evidence
from pipeline.settings import Settings
from pipeline.study.life import Lived, live
from pipeline.study.people import PERSONAS
from pipeline.study.picture import draw
from pipeline.study.render import render
from pipeline.study.run import ALPHAS, Study, study
from pipeline.study.world import Plan, World

SETTINGS = Settings(_env_file=None)


@pytest.fixture(scope="module")
def lived() -> Lived:
    return live(World(Plan(seed=7, weeks=16, personas=PERSONAS[1:3])), SETTINGS, ALPHAS)


@pytest.fixture(scope="module")
def found() -> Study:
    return study(SETTINGS, lambda *_: None, seed=5, workspaces=1, weeks=24, personas=PERSONAS[2:3])


def test_every_prompt_is_judged_once_by_every_alpha(lived: Lived) -> None:
    assert [p.truth for p in lived.prompts] == list(lived.world.truths.values())
    assert all(len(p.deadlines) == len(p.flagged) == len(ALPHAS) for p in lived.prompts)
    assert any(p.deadlines[1] for p in lived.prompts)
    assert all(earlier.truth.posted_at <= later.truth.posted_at for earlier, later in pairwise(lived.prompts))


def test_what_is_called_silent_had_a_deadline_and_nobody_came_before_it(lived: Lived) -> None:
    called = [(p, at) for p in lived.prompts for at in p.flagged if at is not None]
    assert called
    for p, at in called:
        assert at > p.truth.posted_at
        assert not p.truth.responders or p.truth.responders[0][0] > at
    left_alone = [p for p in lived.prompts if p.deadlines[2] is not None and p.flagged[2] is None]
    assert left_alone
    assert all(p.truth.responders for p in left_alone)


def test_the_same_seed_gives_the_same_figures() -> None:
    plan = Plan(seed=7, weeks=8, personas=PERSONAS[2:3])
    first, second = (live(World(plan), SETTINGS, (0.1,), (Evidence(0.2),)) for _ in range(2))
    assert first.prompts == second.prompts
    assert first.verdicts == second.verdicts
    assert first.verdicts[0]


def test_evidence_adds_up_over_the_outcomes_of_the_first_alpha_alone() -> None:
    plan = Plan(seed=7, weeks=8, personas=PERSONAS[2:3])
    one, two = (live(World(plan), SETTINGS, alphas, (Evidence(0.2),)) for alphas in ((0.1,), (0.1, 0.3)))
    assert one.verdicts == two.verdicts


def test_what_came_out_can_be_told_to_programs(found: Study) -> None:
    told = json.loads(json.dumps(found.as_json(), allow_nan=False))
    assert told["seed"] == 5
    assert told["year"]["promises"].keys() == {"0.05", "0.1", "0.2"}
    assert told["deaths"]["rows"]["2"]["found"] > 0.9
    assert [one["segment"] for one in told["chronic"]["planted"]] == ["managers/poll", "managers/discussion"]
    assert told["viral"]["responders"] > 1_900


def test_what_came_out_can_be_shown(found: Study, tmp_path: Path) -> None:
    console = Console(width=100, record=True, file=io.StringIO())
    console.print(render(found))
    told = console.export_text()
    assert "mix: the product" in told and "n in a row after" in told and "managers/discussion" in told
    assert "nan" not in told
    draw(found, tmp_path / "new" / "simulate.png")
    assert (tmp_path / "new" / "simulate.png").read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
