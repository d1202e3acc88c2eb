"""Each item of the evidence: its value, its sentence, and when it is not known."""

import pytest

from agents.diagnose import EVIDENCE, Subject
from agents.diagnose.evidence import gather, weigh
from agents.diagnose.found import Found
from models.checklist_file import load_checklist
from schemas.directory import Brief, Channel
from schemas.outcome import Surroundings

BRIEF = Brief(asset_id="podcast", personas=("field_sales", "engineers"), wiifm=" ", objective="closes deals")
FOR_ALL = Brief(asset_id="podcast", personas=("field_sales", "engineers", "support", "managers"))
EVERYBODY = {"engineers": 60, "field_sales": 42, "managers": 12, "support": 30}


@pytest.fixture
def subject(known, make_verdict):
    def make(brief=None, **verdict):
        if brief is not None:
            known.briefs["podcast"] = brief
            verdict["asset_id"] = "podcast"
        judged = make_verdict(**verdict)
        return Subject(verdict=judged, known=known, as_of=known.as_of_for(judged.time))

    return make


def test_the_checklist_of_the_package_asks_for_exactly_what_is_computed():
    assert [item.code for item in load_checklist(codes=EVIDENCE).evidence] == list(EVIDENCE)


def test_without_a_brief_nothing_is_said_about_the_brief(subject):
    assert not {code for code in gather(subject()) if code.endswith("_named") or code.startswith("target")}


@pytest.mark.parametrize(
    ("code", "verdict", "value", "says"),
    [
        ("wiifm_named", {"brief": BRIEF}, False, "does not name what is in it for the learner"),
        ("objective_named", {"brief": BRIEF}, True, "the brief names a performance objective"),
        ("public_reason_named", {"brief": BRIEF}, False, "does not name why to answer in public"),
        ("rates_designer", {"asset_type": "thumbs_up"}, True, "asks for a thumbs up"),
        ("rates_designer", {"asset_type": "share"}, False, "exchange among peers (share)"),
        ("rates_designer", {"asset_type": "announcement"}, None, ""),
        ("targets_share", {"brief": BRIEF}, 0.5, "targets 2 of 4 personas (field_sales and engineers)"),
        ("targets_share", {"brief": Brief(asset_id="podcast")}, None, ""),
        ("reach_targeted", {"brief": BRIEF, "reach": EVERYBODY}, 102 / 144, "102 of the 144 members"),
        ("reach_targeted", {"brief": BRIEF, "reach": {"field_sales": 4}}, None, ""),
        ("reach_targeted", {"brief": FOR_ALL, "reach": EVERYBODY}, None, ""),
        ("personas_reached", {"reach": EVERYBODY}, 4.0, "144 members of 4 personas could see it"),
        ("personas_reached", {"reach": EVERYBODY, "persona_given": False}, None, ""),
        ("others_responded", {}, None, ""),
        ("others_responded", {"verdict": {"responders_by_persona": {"support": 2}}}, True, "2 support"),
        ("others_responded", {"verdict": {"responders_by_persona": {"field_sales": 2}}}, False, "only field_sales"),
        ("channel_age_days", {}, None, ""),
        ("channel_age_days", {"surroundings": Surroundings(channel_age_hours=24)}, 1.0, "first seen 1 day before"),
        ("channel_used", {"surroundings": Surroundings(active_members=9)}, None, ""),
        (
            "channel_used",
            {"surroundings": Surroundings(active_members=9, channel_members=45)},
            0.2,
            "9 of the 45 members of #learning",
        ),
        ("competing_prompts", {}, None, ""),
        ("competing_prompts", {"surroundings": Surroundings(channel_age_hours=1)}, 0.0, "no other prompt"),
        ("competing_prompts", {"surroundings": Surroundings(competing_prompts=1)}, 1.0, "1 other prompt stood"),
        ("asset_postings", {}, None, ""),
        ("asset_postings", {"brief": BRIEF}, 1.0, "the first prompt"),
        ("asset_postings", {"brief": BRIEF, "verdict": {"prompts": 6}}, 6.0, "6 prompts of this asset"),
    ],
)
def test_what_the_verdict_and_the_brief_say(subject, code, verdict, value, says):
    found = EVIDENCE[code](subject(**verdict))
    assert (found.value if found else None) == value
    assert says in (found.sentence if found else "")


@pytest.mark.parametrize(
    ("code", "activity", "value", "says"),
    [
        ("active_here", {}, None, ""),
        ("active_here", {"field_sales|slack:C2": 0.4}, None, ""),
        ("active_here", {"engineers|slack:C2": 400.0}, None, ""),
        ("active_here", {"field_sales|slack:C1": 5.0, "field_sales|slack:C2": 20.0}, 0.25, "42 field_sales members"),
        ("active_here", {"field_sales|slack:C1": 5.0}, 100.0, "nowhere else"),
        ("busy_elsewhere", {"field_sales|slack:C1": 5.0}, None, ""),
        (
            "busy_elsewhere",
            {"field_sales|slack:C2": 21.4, "field_sales|irc:a:b": 2.0},
            21.4,
            "21 times a week in #sale",
        ),
        ("busy_elsewhere", {"field_sales|irc:a:b": 2.5}, 2.5, "about 2.5 times a week in #a:b"),
        ("activity_each", {"field_sales|slack:C1": 21.0, "field_sales|slack:C2": 63.0}, 2.0, "about 2 times"),
    ],
)
def test_where_they_are(known, subject, code, activity, value, says):
    known.activity = activity
    found = EVIDENCE[code](subject())
    assert (found.value if found else None) == value
    assert says in (found.sentence if found else "")


def test_what_very_few_people_do_is_theirs_alone(known, subject):
    known.activity = {"field_sales|slack:C2": 214.0}
    known.sizes["field_sales"] = 4
    assert not {"active_here", "busy_elsewhere", "activity_each"} & gather(subject()).keys()


def test_the_activity_of_all_targeted_personas_adds_up(known, subject):
    known.activity = {"field_sales|slack:C2": 20.0, "engineers|slack:C2": 10.0, "engineers|slack:C1": 3.0}
    found = EVIDENCE["active_here"](subject(brief=BRIEF))
    assert found is not None
    assert found.value == pytest.approx(0.1)
    assert "102 field_sales and engineers members" in found.sentence


@pytest.mark.parametrize(
    ("code", "rates", "value", "says"),
    [
        ("against_personas", {("segment", "engineers/question"): (0.2, 30.0)}, None, ""),
        (
            "against_personas",
            {
                ("segment", "field_sales/question"): (0.9, 10.0),
                ("segment", "engineers/question"): (0.2, 30.0),
                ("segment", "support/question"): (0.6, 10.0),
                ("segment", "support/poll"): (0.0, 90.0),
            },
            0.6,
            "90% of 10 question prompts to field_sales met silence; of 40 such prompts to other personas 30% did",
        ),
        (
            "against_types",
            {
                ("segment", "field_sales/question"): (0.9, 10.0),
                ("segment", "field_sales/share"): (0.5, 20.0),
                ("segment", "support/poll"): (0.0, 90.0),
            },
            0.4,
            "of 20 prompts of other kinds to them 50% did",
        ),
        ("channel_silence", {("channel", "slack:C1"): (0.7, 2.0)}, None, ""),
        ("channel_silence", {("channel", "slack:C1"): (0.7, 20.0)}, 0.7, "70% of earlier prompts in #learning"),
        ("author_silence", {("author", "m_author"): (0.4, 5.0)}, 0.4, "40% of the author's earlier prompts"),
        ("asset_silence", {("asset", ""): (0.4, 5.0)}, None, ""),
        ("programme_prompts", {}, None, ""),
        ("programme_prompts", {("persona", "field_sales"): (0.1, 7.0), ("persona", "engineers"): (0.1, 4.0)}, 7.0, "7"),
        ("programme_prompts", {("persona", "engineers"): (0.1, 4.0)}, 0.0, "no prompt to field_sales had run"),
    ],
)
def test_what_has_been(known, subject, code, rates, value, says):
    known.rates = rates
    found = EVIDENCE[code](subject())
    assert (found.value if found else None) == (value if value is None else pytest.approx(value))
    assert says in (found.sentence if found else "")


def test_the_channels_members_of_the_directory_are_used_where_the_prompt_does_not_say(known, subject):
    known.channels["slack", "C1"] = Channel(source="slack", conversation="C1", members=tuple("abcdefghij"))
    found = EVIDENCE["channel_used"](subject(surroundings=Surroundings(active_members=4)))
    assert found is not None
    assert found.value == 0.4


def test_an_item_that_an_own_checklist_does_not_weigh_is_shown_and_speaks_for_nothing(checklist):
    (item,) = weigh({"weather": Found(True, "it rained")}, checklist, "no_need")
    assert (item.sentence, item.for_, item.against) == ("it rained", (), ())


def test_what_speaks_for_a_cause_has_the_weight_with_which_it_counts(checklist):
    (item,) = weigh({"wiifm_named": Found(False, "nothing")}, checklist, "no_wiifm")
    assert item.weights.keys() == set(checklist.codes)
    assert item.weights["no_wiifm"] == pytest.approx(
        checklist.contributions({"wiifm_named": False})["wiifm_named"]["no_wiifm"], abs=1e-4
    )
    assert {code for code, weight in item.weights.items() if weight >= 0.2} == set(item.for_) == {"no_wiifm"}
    assert {code for code, weight in item.weights.items() if weight <= -0.2} == set(item.against)
