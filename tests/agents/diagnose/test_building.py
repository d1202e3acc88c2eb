"""A young programme is told as building while it is young and that is why; nothing else is."""

import pytest

from agents.diagnose import Levels, diagnose
from schemas.anomaly import Anomaly
from schemas.directory import Brief

BRIEF = Brief(
    asset_id="podcast",
    title="Podcast 12",
    personas=("field_sales",),
    wiifm="closes deals",
    objective="closes deals",
    public_reason="others learn from it",
)
YOUNG, OLD = ("persona", "field_sales"), ("persona", "engineers")


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
    assert told(3.0, levels, **asset).state == "building"
    assert told(3.0, levels).explained_by == ""
    assert told(30.0, levels, **asset).state == "open"
    assert told(30.0, levels).explained_by == "asset/podcast"
    assert told(3.0, levels).explained_by == "", "what is building is part of nothing"
