"""A hidden persona, told: good news with its numbers, and nothing when the brief does name it."""

import pytest

from agents.diagnose import Levels, diagnose
from agents.diagnose.levels import Told
from agents.effects import Send
from schemas.directory import Brief
from schemas.verdict import HiddenPersona

HIDDEN = HiddenPersona(persona="engineers", came=7, expected=0.92, answered=3, reached=40)
FOUND = {
    **{"verdict": "hidden_persona", "level": "persona", "subject": "slack:/podcast-3/engineers"},
    **{"prompts": 4, "e_value": 250.0, "hidden": HIDDEN},
}


@pytest.fixture
def told(known, checklist, make_verdict, record):
    def told(personas=("field_sales",), levels=None):
        known.briefs["podcast-3"] = Brief(asset_id="podcast-3", title="Podcast 3", personas=personas)
        made = record(make_verdict(asset_id="podcast-3", verdict=FOUND))
        effects = diagnose([made], known=known, checklist=checklist, levels=levels)
        return [effect.value for effect in effects if isinstance(effect, Send)]

    return told


def test_it_is_a_finding_with_its_numbers_and_no_silence(told):
    [anomaly] = told()
    assert (anomaly.anomaly_id, anomaly.state) == ("persona/slack:/podcast-3/engineers", "found")
    assert (anomaly.title, anomaly.hypothesis, anomaly.probabilities) == ("Podcast 3", "hidden_persona", {})
    [evidence] = anomaly.evidence
    assert evidence.sentence == (
        "nobody designed it for them, but engineers came 7 times to 3 of 4 prompts of podcast-3, which 40 of them "
        "could see; by what they do otherwise 0.9 were to be expected"
    )
    assert anomaly.next_step == "Offer Podcast 3 to engineers; ask one of them what they get out of it."


def test_whom_the_brief_names_is_not_hidden(told):
    assert told(("field_sales", "engineers")) == []
    assert len(told(())) == 1


def test_it_explains_no_silence_and_is_part_of_none(told):
    levels = Levels()
    levels.standing["asset podcast-3"] = Told(told={0.0: "asset/podcast-3"})
    [anomaly] = told(levels=levels)
    assert anomaly.explained_by == ""
    assert levels.take_changes() == {}
