"""Each item of the evidence: its value, its sentence, and when it is not known."""

import pytest

from agents.diagnose import EVIDENCE, Subject
from agents.diagnose.evidence import gather, weigh
from agents.diagnose.found import Found
from agents.diagnose.hours import active_hours
from models.checklist_file import load_checklist
from schemas.directory import Brief, Channel
from schemas.outcome import Surroundings

BRIEF = Brief(
    asset_id="podcast", personas=("field_sales", "engineers"), wiifm=" ", objective="closes deals", public_reason=""
)
FOR_ALL = Brief(asset_id="podcast", personas=("field_sales", "engineers", "support", "managers"))
FIELD_SALES, ENGINEERS = ("programme", "slack:/field_sales"), ("programme", "slack:/engineers")
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
        ("wiifm_named", {"brief": BRIEF}, False, "says that there is none: what is in it for the learner"),
        ("objective_named", {"brief": BRIEF}, True, "the brief names a performance objective"),
        ("public_reason_named", {"brief": BRIEF}, False, "says that there is none: why to answer in public"),
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
        ("wiifm_named", {"brief": Brief(asset_id="podcast")}, None, ""),
        ("objective_named", {"brief": Brief(asset_id="podcast")}, None, ""),
        ("public_reason_named", {"brief": Brief(asset_id="podcast")}, None, ""),
        ("brief_lines_missing", {}, None, ""),
        ("brief_lines_missing", {"brief": BRIEF}, 0.0, "the brief is complete"),
        (
            "brief_lines_missing",
            {"brief": Brief(asset_id="podcast", wiifm="tips", objective="")},
            2.0,
            "the brief leaves out why in public and at any time, for whom it is",
        ),
        ("brief_lines_missing", {"brief": Brief(asset_id="podcast")}, 4.0, "leaves out what is in it for the learner"),
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
        ("seen_share", {}, None, ""),
        ("seen_share", {"verdict": {"viewers": 10}}, 0.25, "10 of the 40 members who could see it had done so by then"),
        ("seen_share", {"verdict": {"viewers": 0}}, 0.0, "none of the 40 members who could see it had done so by then"),
        ("seen_share", {"verdict": {"viewers": 50}}, 1.0, "40 of the 40 members"),
        ("seen_share", {"verdict": {"viewers": 1}, "reach": {"field_sales": 4}}, None, ""),
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
        ("programme_prompts", {FIELD_SALES: (0.1, 7.0), ENGINEERS: (0.1, 4.0)}, 7.0, "7"),
        ("programme_prompts", {ENGINEERS: (0.1, 4.0)}, 0.0, "no prompt to field_sales had run"),
        ("programme_prompts", {("programme", "slack:T9/field_sales"): (0.1, 7.0)}, None, ""),
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


@pytest.mark.parametrize(
    ("answered", "now", "value", "says"),
    [
        pytest.param({}, {}, None, "", id="nobody ever came"),
        pytest.param({"support": 1.8}, {"support": 1}, None, "", id="so few are chance"),
        pytest.param({"support": 2.0}, {"support": 1}, True, "of about 3 responses to it so far 100% came", id="both"),
        pytest.param({"support": 2.0, "engineers": 2.0}, {}, True, "50% came", id="half"),
        pytest.param({"support": 1.0, "engineers": 5.0}, {}, False, "17% came from others", id="mostly they"),
        pytest.param({"field_sales": 4.0}, {}, False, "0% came from others than field_sales and engineers", id="they"),
    ],
)
def test_who_responded_to_the_asset_so_far(known, subject, answered, now, value, says):
    known.answered["podcast"] = answered
    found = EVIDENCE["others_responded"](subject(brief=BRIEF, verdict={"responders_by_persona": now}))
    assert (found.value if found else None) == value
    assert says in (found.sentence if found else "")


@pytest.mark.parametrize("brief", [None, Brief(asset_id="podcast"), FOR_ALL])
def test_where_nothing_says_for_whom_it_is_nobody_is_another(known, subject, brief):
    known.answered["podcast"] = {"support": 9.0}
    assert EVIDENCE["others_responded"](subject(brief=brief)) is None


def test_small_groups_that_responded_are_not_named(known, subject):
    known.answered["podcast"] = {"support": 5.0, "managers": 5.0}
    known.sizes["managers"] = 4
    found = EVIDENCE["others_responded"](subject(brief=BRIEF))
    assert found is not None
    assert found.sentence.endswith("100% came from others than field_sales and engineers (support)")


def week(**hours: float) -> list[float]:
    """Hours of a week from Thursday 00:00 UTC on; given as `tue_09=5.0`, 0.1 else."""
    days = ("thu", "fri", "sat", "sun", "mon", "tue", "wed")
    found = [0.1] * 168
    for when, count in hours.items():
        day, hour = when.split("_")
        found[24 * days.index(day) + int(hour)] = count
    return found


BUSY = week(tue_09=9.0, tue_10=9.0, tue_11=9.0, wed_09=8.0, wed_10=9.0)


@pytest.mark.parametrize(
    ("posted_at", "value", "says"),
    [
        (1_772_528_400.0, 27 / 3 * 168 / (44 + 16.3), "posted on Tuesday at 09:00 UTC"),
        (1_772_528_400.0 + 12 * 3600, 0.1 * 168 / (44 + 16.3), "usually write or react 0.3 times as much"),
    ],
)
def test_whether_they_are_about_when_it_is_posted(known, subject, posted_at, value, says):
    known.weeks["field_sales"] = BUSY
    found = EVIDENCE["active_when_posted"](subject(posted_at=posted_at))
    assert found is not None
    assert found.value == pytest.approx(value)
    assert says in found.sentence


def test_the_hours_of_all_it_is_for_add_up_and_are_not_known_while_those_of_one_are_not(known, subject):
    known.weeks["field_sales"] = BUSY
    assert EVIDENCE["active_when_posted"](subject(brief=BRIEF)) is None
    known.weeks["engineers"] = [1.0] * 168
    found = EVIDENCE["active_when_posted"](subject(brief=BRIEF))
    assert found is not None
    assert found.value == pytest.approx((9 + 1) * 168 / (44 + 16.3 + 168))


@pytest.mark.parametrize(
    ("size", "reach", "usual"),
    [(4, 40, BUSY), (0, 4, BUSY), (42, 40, [0.1] * 168)],
    ids=["few members", "few reached", "too quiet to tell"],
)
def test_hours_of_few_people_or_of_little_are_not_known(known, subject, size, reach, usual):
    known.sizes["field_sales"], known.weeks["field_sales"] = size, usual
    assert EVIDENCE["active_when_posted"](subject(reach={"field_sales": reach})) is None


@pytest.mark.parametrize(
    ("hours", "said"),
    [
        ({"mon_00": 5.0, "mon_01": 5.0}, "Monday, 00:00-02:00 UTC"),
        ({"sun_22": 5.0, "sun_23": 5.0}, "Sunday, 22:00-24:00 UTC"),
        ({"wed_09": 5.0, "thu_09": 4.0, "fri_09": 3.0, "tue_09": 3.6}, "Tuesday to Thursday, 08:00-10:00 UTC"),
        ({"wed_09": 5.0, "thu_10": 4.0, "mon_09": 5.0}, "Monday, 09:00-11:00 UTC"),
    ],
)
def test_when_they_are_usually_active(hours, said):
    assert active_hours(week(**hours)) == said


def test_what_many_saw_is_not_elsewhere_and_what_nobody_saw_is_most_likely(subject, checklist):
    unseen, seen = ({"seen_share": EVIDENCE["seen_share"](subject(verdict={"viewers": n})).value} for n in (0, 30))
    most, least = checklist.predict_proba_one(unseen), checklist.predict_proba_one(seen)
    assert max(most, key=most.get) == min(least, key=least.get) == "elsewhere"
