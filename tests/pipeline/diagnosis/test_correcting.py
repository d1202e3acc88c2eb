"""Corrections of what looks different mend the diagnosis of it, and do not cost that of the rest."""

import pytest

from models.checklist import Checklist
from pipeline.diagnosis import correcting
from pipeline.diagnosis.causes import CAUSES, NO_NEED
from pipeline.diagnosis.workspace import Workspace
from pipeline.settings import Settings


@pytest.fixture(scope="module")
def told() -> list[correcting.Told]:
    """Give what was told of one workspace in which what nobody needs looks different."""
    workspace = Workspace(seed=77, weeks=20, each=4, pairs=(), template=True)
    return correcting._dead(workspace, correcting.diagnose(workspace, Settings()))


def test_a_template_fills_in_what_nobody_needs_and_leaves_no_line_out() -> None:
    assets = Workspace(seed=77, weeks=20, each=4, pairs=(), template=True).assets
    needless = [asset.design for asset in assets if asset.causes == (NO_NEED,)]
    assert len(needless) == 4
    assert all(design.wiifm and design.public_reason and not design.competing for design in needless)
    assert {frozenset()} == {asset.design.left_out for asset in assets}


def test_corrections_mend_the_bias(told: list[correcting.Told], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(correcting, "LOOKS", (0, 4))
    assert {cause for cause, _ in told} == set(CAUSES)
    before, after = correcting.looks(Checklist(), told, told)
    assert (before.corrections, after.corrections) == (0, 4)
    assert before.biased < 0.5 < after.biased
    assert after.others > before.others - 0.2


def test_nothing_is_learned_where_nobody_speaks(told: list[correcting.Told]) -> None:
    others = [case for case in told if case[0] != NO_NEED]
    [only] = correcting.looks(Checklist(), others, told)
    assert only == correcting.looks(Checklist(), [], told)[0]
