"""Programmes that start, lived through by the agents: building while they are young, open as usual after that."""

import pytest

from pipeline.diagnosis.life import case, diagnose
from pipeline.diagnosis.workspace import Workspace
from pipeline.settings import Settings
from schemas.anomaly import Anomaly


@pytest.fixture(scope="module")
def workspace() -> Workspace:
    return Workspace(seed=9001)


@pytest.fixture(scope="module")
def told(workspace: Workspace) -> list[Anomaly]:
    return diagnose(workspace, Settings())


def age(anomaly: Anomaly) -> float:
    return float({item.code: item.value for item in anomaly.evidence}.get("programme_prompts", "inf"))


def test_assets_that_are_silent_since_their_programme_starts_are_building(workspace, told):
    young = [asset for asset in workspace.assets if asset.causes == ("slow_build",)]
    building = {a.verdict.prompt.asset_id for a in told if a.state == "building"}
    assert len(young) == 3
    assert len(building & {asset.asset_id for asset in young}) >= 2
    assert {case(asset, told).told for asset in young} == {"slow_build"}, "and told so is right"
    others = {asset.asset_id for asset in workspace.assets if asset.causes and "slow_build" not in asset.causes}
    assert not building & others


def test_it_ends_by_itself(told):
    slow = [a for a in told if a.hypothesis == "slow_build" and a.state != "revived" and a.verdict.level != "channel"]
    assert {a.state for a in slow if age(a) < 10} == {"building"}
    assert {a.state for a in slow if age(a) >= 10} == {"open"}
    assert not [a for a in told if a.state == "building" and a.hypothesis != "slow_build"]


def test_what_the_setting_does_not_call_young_is_open(workspace):
    settings = Settings()
    none = settings.model_copy(update={"judge": settings.judge.model_copy(update={"young_prompts": 0.0})})
    assert "building" not in {anomaly.state for anomaly in diagnose(workspace, none)}
