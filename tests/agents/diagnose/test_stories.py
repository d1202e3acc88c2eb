"""The product's stories: what a silence is put down to, and what is proposed."""

import pytest

from agents.diagnose import Subject, diagnose, explain
from agents.diagnose.next_step import next_steps
from models.checklist import Checklist
from models.checklist_file import load_checklist
from schemas.anomaly import UNDETERMINED
from schemas.directory import Brief
from schemas.outcome import Surroundings

ESTABLISHED = Surroundings(active_members=30, channel_members=45, channel_age_hours=300 * 24)
BARE_BRIEF = Brief(asset_id="podcast", title="Podcast 12", asset_type="thumbs_up", personas=("field_sales",), wiifm="")
FULL_BRIEF = Brief(
    asset_id="podcast",
    title="Objections",
    personas=("field_sales",),
    wiifm="an answer to the objection that costs you deals",
    objective="handles the price objection",
    public_reason="the others read the best answers",
)


@pytest.fixture
def explained(known, checklist, make_verdict):
    def run(checklist: Checklist = checklist, **verdict):
        judged = make_verdict(**verdict)
        subject = Subject(verdict=judged, known=known, as_of=known.as_of_for(judged.time))
        return explain(subject, checklist, next_steps(checklist.file, subject))

    return run


@pytest.mark.parametrize(
    "activity",
    [
        pytest.param({}, id="activity not known"),
        pytest.param({"field_sales|slack:C1": 180.0, "field_sales|slack:C2": 90.0}, id="active here"),
        pytest.param({"field_sales|slack:C1": 12.0, "field_sales|slack:C2": 214.0}, id="more active elsewhere"),
        pytest.param({"field_sales|slack:C2": 214.0}, id="active only elsewhere"),
    ],
)
@pytest.mark.parametrize("surroundings", [Surroundings(), ESTABLISHED], ids=["channel not known", "used channel"])
def test_a_thumbs_up_for_the_podcast_with_nothing_in_it_for_them(known, explained, activity, surroundings):
    known.activity, known.briefs["podcast"] = activity, BARE_BRIEF
    anomaly = explained(asset_id="podcast", asset_type="thumbs_up", surroundings=surroundings)
    assert anomaly.hypothesis == "no_wiifm"
    assert "what is in it for the learner" in anomaly.next_step
    assert "field_sales" in anomaly.next_step
    evidence = {item.code: item for item in anomaly.evidence}
    assert evidence["wiifm_named"].for_[0] == "no_wiifm"
    assert evidence["rates_designer"].for_[0] == "no_wiifm"


@pytest.mark.parametrize("brief", [None, FULL_BRIEF, FULL_BRIEF.model_copy(update={"objective": None})])
@pytest.mark.parametrize("rates", [{}, {("programme", "slack:/field_sales"): (0.3, 60.0)}], ids=["no past", "past"])
def test_a_question_in_a_new_channel_that_they_never_visit(known, explained, brief, rates):
    known.activity, known.rates = {"field_sales|slack:C2": 214.0, "field_sales|slack:C3": 20.0}, rates
    if brief:
        known.briefs["podcast"] = brief
    new = Surroundings(active_members=2, channel_members=45, channel_age_hours=5 * 24)
    anomaly = explained(asset_id="podcast", surroundings=new)
    assert anomaly.hypothesis == "elsewhere"
    assert "#sales-wins" in anomaly.next_step
    assert "214" in anomaly.next_step
    here = next(item for item in anomaly.evidence if item.code == "active_here")
    assert here.sentence == (
        "none of the 42 field_sales members wrote or reacted here in the last weeks; "
        "in #sales-wins they wrote or reacted about 214 times a week"
    )
    assert here.for_[0] == "elsewhere"
    assert "elsewhere" not in here.against


def test_one_asset_for_everybody(known, explained):
    known.briefs["podcast"] = FULL_BRIEF.model_copy(
        update={"objective": "", "personas": ("engineers", "field_sales", "managers", "support")}
    )
    known.rates = {("segment", "field_sales/question"): (0.9, 12.0), ("segment", "engineers/question"): (0.2, 30.0)}
    reach = {"engineers": 60, "field_sales": 42, "managers": 12, "support": 30}
    anomaly = explained(asset_id="podcast", reach=reach, surroundings=ESTABLISHED)
    assert anomaly.hypothesis == "wrong_audience"
    assert "performance objective" in anomaly.next_step


def test_an_asset_for_one_persona_that_another_answers_gladly(known, explained):
    known.rates = {
        ("segment", "field_sales/question"): (0.9, 12.0),
        ("segment", "engineers/question"): (0.2, 30.0),
        ("segment", "support/question"): (0.4, 30.0),
    }
    reach = {"engineers": 60, "field_sales": 42, "managers": 12, "support": 30}
    verdict = {"verdict": "revived", "responders": 3, "responders_by_persona": {"engineers": 3}}
    anomaly = explained(reach=reach, surroundings=ESTABLISHED, verdict=verdict)
    assert anomaly.hypothesis == "wrong_audience"
    assert anomaly.next_step == (
        "Offer it to engineers first: they answer 80% of the prompts of this kind (of about 30), field_sales 10%."
    )


def test_social_for_the_sake_of_social(known, explained):
    known.briefs["podcast"] = FULL_BRIEF.model_copy(update={"public_reason": ""})
    known.activity = {"field_sales|slack:C1": 4.0, "field_sales|slack:C2": 2.0}
    crowded = ESTABLISHED.model_copy(update={"competing_prompts": 6})
    anomaly = explained(asset_id="podcast", surroundings=crowded)
    assert anomaly.hypothesis == "no_need"
    assert anomaly.next_step.startswith("The brief gives no reason to answer in public")


def test_too_early_to_tell(known, explained):
    known.briefs["podcast"] = FULL_BRIEF
    known.rates = {("programme", "slack:/field_sales"): (0.5, 2.0), ("programme", "slack:/engineers"): (0.5, 1.0)}
    young = Surroundings(active_members=14, channel_members=45, channel_age_hours=10 * 24)
    anomaly = explained(asset_id="podcast", surroundings=young)
    assert anomaly.hypothesis == "slow_build"
    assert "Change nothing yet" in anomaly.next_step


def test_nothing_known_is_undetermined_and_the_brief_is_asked_for(known, explained):
    known.sizes = {}
    anomaly = explained(asset_type="announcement", persona="regular", persona_given=False, reach={"regular": 9})
    assert anomaly.hypothesis == UNDETERMINED
    assert anomaly.evidence == ()
    assert sum(anomaly.probabilities.values()) == pytest.approx(1)
    assert "Write the brief" in anomaly.next_step


def with_priors(**priors: float) -> Checklist:
    """Return the checklist with other starting counts of some hypotheses."""
    file = load_checklist()
    hypotheses = tuple(each.model_copy(update={"prior": priors.get(each.code, each.prior)}) for each in file.hypotheses)
    return Checklist(file.model_copy(update={"hypotheses": hypotheses}))


def test_a_base_rate_alone_is_no_finding(explained):
    announced = explained(with_priors(elsewhere=500), asset_type="announcement", persona="regular", persona_given=False)
    assert announced.probabilities["elsewhere"] > 0.9
    assert announced.hypothesis == UNDETERMINED


def test_a_thumbs_up_where_they_never_come_by_has_two_causes(known, explained):
    known.activity, known.briefs["podcast"] = {"field_sales|slack:C2": 214.0}, BARE_BRIEF
    new = Surroundings(channel_age_hours=5 * 24)
    anomaly = explained(asset_id="podcast", asset_type="thumbs_up", surroundings=new)
    assert {anomaly.hypothesis, anomaly.beside} == {"no_wiifm", "elsewhere"}
    assert anomaly.probabilities[anomaly.hypothesis] > anomaly.probabilities[anomaly.beside]


def test_two_of_which_one_is_hardly_spoken_for_do_not_lead(known, explained):
    common = with_priors(elsewhere=43, no_need=42)
    known.rates = {("segment", "field_sales/thumbs_up"): (0.9, 12.0), ("segment", "engineers/thumbs_up"): (0.6, 30.0)}
    anomaly = explained(common, asset_type="thumbs_up")
    assert common.together(anomaly.probabilities) == ("elsewhere", "no_need")
    for code in ("elsewhere", "no_need"):
        assert any(code in item.for_ for item in anomaly.evidence)
    assert (anomaly.hypothesis, anomaly.beside) == (UNDETERMINED, "")


def test_what_matters_most_for_the_answer_comes_first(known, explained, checklist):
    known.activity, known.briefs["podcast"] = {"field_sales|slack:C1": 180.0, "field_sales|slack:C2": 9.0}, BARE_BRIEF
    anomaly = explained(asset_id="podcast", asset_type="thumbs_up", surroundings=ESTABLISHED)
    ratios = checklist.contributions({item.code: item.value for item in anomaly.evidence})
    strengths = [abs(ratios[item.code]["no_wiifm"]) for item in anomaly.evidence]
    assert strengths == sorted(strengths, reverse=True)
    assert any("elsewhere" in item.against for item in anomaly.evidence)


def test_an_anomaly_that_a_person_corrected_can_be_learned_from_as_it_was_stored(
    known, checklist, make_verdict, record
):
    known.briefs["podcast"] = BARE_BRIEF
    batch = [record(make_verdict(asset_id="podcast", asset_type="thumbs_up"))]
    stored = list(diagnose(batch, known=known, checklist=checklist))[1].value
    evidence = {item.code: item.value for item in type(stored).model_validate_json(stored.wire()).evidence}
    for _ in range(40):
        checklist.learn_one(evidence, "no_need")
    assert list(diagnose(batch, known=known, checklist=checklist))[1].value.hypothesis == "no_need"
