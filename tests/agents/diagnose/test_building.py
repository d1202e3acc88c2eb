"""A young programme is told as building while it is young and that is why; nothing else is."""

import pytest

from agents.diagnose import Levels, Subject, diagnose
from agents.diagnose.building import young_until
from agents.diagnose.found import Found
from schemas.anomaly import Anomaly
from schemas.base import HOUR
from schemas.directory import Brief
from tests.agents.diagnose.conftest import POSTED

BRIEF = Brief(
    asset_id="podcast",
    title="Podcast 12",
    personas=("field_sales",),
    wiifm="closes deals",
    objective="closes deals",
    public_reason="others learn from it",
)
YOUNG, OLD = ("programme", "slack:/field_sales"), ("programme", "slack:/engineers")


@pytest.fixture
def told(known, checklist, make_verdict, record):
    known.briefs["podcast"] = BRIEF
    known.activity = {"field_sales|slack:C1": 400.0, "field_sales|slack:C2": 100.0}
    known.rates = {OLD: (0.2, 80.0)}

    def told(own: float, levels=None, young_prompts: float = 10.0, **verdict) -> Anomaly:
        known.rates[YOUNG] = (0.5, own)
        made = make_verdict(asset_id="podcast", verdict=verdict)
        found = diagnose([record(made)], known=known, checklist=checklist, levels=levels, young_prompts=young_prompts)
        return list(found)[1].value

    return told


@pytest.mark.parametrize("verdict", ["silent", "expired"])
@pytest.mark.parametrize("level", ["prompt", "asset"])
def test_silence_in_a_young_programme_is_building(told, verdict, level):
    anomaly = told(3.0, verdict=verdict, level=level, subject="podcast")
    assert anomaly.hypothesis == "slow_build"
    assert (anomaly.state, anomaly.young_until) == ("building", 10.0)


def test_it_ends_by_itself(told):
    assert [told(own).state for own in (0.0, 9.9, 10.0)] == ["building", "building", "open"]
    assert told(10.0).young_until == 0.0
    assert [told(4.0, young_prompts=limit).state for limit in (4.0, 5.0)] == ["open", "building"]


def test_another_cause_is_told_in_a_young_programme_too(known, told):
    known.briefs["podcast"] = Brief(asset_id="podcast", personas=("field_sales",), wiifm="", objective="x")
    known.activity = {"field_sales|slack:C2": 400.0}
    anomaly = told(3.0)
    assert (anomaly.hypothesis != "slow_build", anomaly.state) == (True, "open")


def test_where_nothing_is_known_of_its_age_it_is_not_taken_for_young(known, told):
    known.rates = {}
    anomaly = told(0.0)
    assert "programme_prompts" not in {item.code for item in anomaly.evidence}
    assert anomaly.state == "open"


@pytest.mark.parametrize(
    ("verdict", "state"),
    [
        ({"verdict": "revived"}, "revived"),
        ({"verdict": "chronic", "level": "segment", "subject": "s"}, "open"),
        ({"level": "channel", "subject": "slack:C1"}, "open"),
    ],
)
def test_nothing_else_is_building(told, verdict, state):
    assert told(3.0, **verdict).state == state


def test_an_asset_that_is_building_explains_nothing(told):
    levels = Levels()
    asset = {"level": "asset", "subject": "podcast"}
    at = iter(POSTED + 10 * HOUR * n for n in range(9))
    assert told(3.0, levels, told_at=next(at), **asset).state == "building"
    assert told(3.0, levels, told_at=next(at)).explained_by == ""
    assert told(30.0, levels, told_at=next(at), **asset).state == "open"
    assert told(30.0, levels, told_at=next(at)).explained_by == "asset/podcast"
    assert told(3.0, levels, told_at=next(at)).explained_by == "", "what is building is part of nothing"


@pytest.mark.parametrize(("level", "until"), [("prompt", 10.0), ("asset", 10.0), ("channel", 0.0), ("persona", 0.0)])
def test_programmes_are_of_prompts_and_assets(known, make_verdict, level, until):
    verdict = make_verdict(verdict={"level": level})
    subject = Subject(verdict=verdict, known=known, as_of=0.0)
    assert young_until(subject, "slow_build", {"programme_prompts": Found(3.0, "")}) == until
