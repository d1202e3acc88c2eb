"""The next step names real things: a place with its numbers, hours, a line of the brief, a persona."""

import pytest

from agents.diagnose import Subject
from agents.diagnose.facts import facts
from agents.diagnose.next_step import next_steps
from models.checklist_file import FACTS, load_checklist
from schemas.anomaly import UNDETERMINED
from schemas.directory import Brief
from schemas.outcome import Surroundings

FILE = load_checklist()
NIGHT = 1_772_528_400.0 + 14 * 3600  # Tuesday, 23:00 UTC
WEEK = [0.01] * 168
for day in (1, 2, 3):  # from Tuesday on; hour 0 is Thursday, 00:00 UTC
    WEEK[(96 + 24 * day + 9) % 168] = WEEK[(96 + 24 * day + 10) % 168] = 9.0
HOURS = "Tuesday to Thursday, 09:00-11:00 UTC"
WHOLE = Brief(
    asset_id="podcast",
    title="Podcast 12",
    personas=("field_sales",),
    wiifm="an answer\nto the objection",
    objective="closes deals",
    public_reason="others read it",
)
ELSEWHERE = {"field_sales|slack:C1": 3.0, "field_sales|slack:C2": 214.0}
BETTER = {("segment", "field_sales/question"): (0.9, 12.0), ("segment", "support/question"): (0.2, 30.0)}


@pytest.fixture
def subject(known, make_verdict):
    def make(brief: Brief | None = None, **verdict) -> Subject:
        if brief is not None:
            known.briefs["podcast"] = brief
        judged = make_verdict(asset_id="podcast", **verdict)
        return Subject(verdict=judged, known=known, as_of=known.as_of_for(judged.time))

    return make


def without(**lines) -> Brief:
    return WHOLE.model_copy(update=lines)


STEPS = {
    "a missing wiifm": ("no_wiifm", {"brief": without(wiifm=None)}, {}, "learner (missing in the brief), put it"),
    "no wiifm": ("no_wiifm", {"brief": without(wiifm="")}, {}, "learner (the brief says: none), put it"),
    "a wiifm nobody saw": ("no_wiifm", {"brief": WHOLE}, {}, 'brief promises, "an answer to the objection", into the'),
    "a wiifm too long to quote": ("no_wiifm", {"brief": without(wiifm="x" * 121)}, {}, "Ask again with something"),
    "a better place": ("elsewhere", {}, {"activity": ELSEWHERE}, "#sales-wins, where field_sales wrote or reacted "
                       "about 214 times a week (here: 3), and compare."),
    "a better place and hours": ("elsewhere", {}, {"activity": ELSEWHERE, "weeks": {"field_sales": WEEK}},
                                 f"(here: 3), when they are most active ({HOURS}), and compare."),
    "no better place, at night": ("elsewhere", {"posted_at": NIGHT}, {"weeks": {"field_sales": WEEK}},
                                  f"most active, {HOURS}; it was posted on Tuesday at 23:00 UTC"),
    "nothing known of places": ("elsewhere", {}, {}, "Ask three people of field_sales where they last helped"),
    "a better persona": ("wrong_audience", {}, {"rates": BETTER},
                         "Offer it to support first: they answer 80% of the prompts of this kind (of about 30), "
                         "field_sales 10%."),
    "no target": ("wrong_audience", {"brief": without(personas=(), objective="")}, {},
                  "with the persona it is for and the performance objective it serves (the brief says: none), then"),
    "a crowd": ("wrong_audience", {"brief": WHOLE, "reach": {"field_sales": 40, "support": 30, "managers": 0}}, {},
                "posted before 70 members of 2 personas. Choose the one persona"),
    "one persona": ("wrong_audience", {"brief": WHOLE}, {}, "Choose the one persona that both needs and wants it"),
    "no reason": ("no_need", {"brief": without(public_reason=" ")}, {}, "The brief gives no reason to answer"),
    "outside their work": ("no_need", {"posted_at": NIGHT, "brief": WHOLE}, {"weeks": {"field_sales": WEEK}},
                           f"most active, {HOURS}; it was posted on Tuesday at 23:00 UTC, outside the flow"),
    "a missing reason": ("no_need", {"brief": without(public_reason=None)}, {}, "any time (missing in the brief). If"),
    "a busy day": ("no_need", {"brief": WHOLE, "surroundings": Surroundings(competing_prompts=4)}, {},
                   "it has #learning to itself: in the day before it 4 other prompts stood there"),
    "a quiet day": ("no_need", {"brief": WHOLE, "surroundings": Surroundings(competing_prompts=3)}, {},
                    "Leave the social part out once"),
    "young, with hours": ("slow_build", {}, {"rates": {("programme", "slack:/field_sales"): (0.5, 3.0)},
                                             "weeks": {"field_sales": WEEK}},
                          f"only about 3 prompts to field_sales have run their course. Leave it in #learning as an "
                          f"offer, be about when they are most active ({HOURS})"),
    "young": ("slow_build", {}, {}, "Change nothing yet: leave it in #learning as an offer"),
    "at night": (UNDETERMINED, {"posted_at": NIGHT}, {"weeks": {"field_sales": WEEK}}, f"most active, {HOURS}; it was"),
    "no brief": (UNDETERMINED, {}, {}, "Write the brief (for whom, what is in it"),
    "half a brief": (UNDETERMINED, {"brief": without(objective=None, personas=())}, {},
                     "Complete the brief with the performance objective and for whom it is, or write `none` there"),
    "a whole brief": (UNDETERMINED, {"brief": without(objective="")}, {}, "Ask three people of field_sales whether"),
}  # fmt: skip


@pytest.mark.parametrize(("hypothesis", "verdict", "world", "says"), STEPS.values(), ids=STEPS.keys())
def test_the_first_step_that_can_be_filled_is_proposed(known, subject, hypothesis, verdict, world, says):
    for name, value in world.items():
        setattr(known, name, value)
    step = next_steps(FILE, subject(**verdict))[hypothesis]
    assert says in step
    assert "{" not in step


def test_every_step_of_the_package_is_proposed_by_one_of_these_stories(known, subject):
    proposed = []
    for hypothesis, verdict, world, _ in STEPS.values():
        known.briefs, known.activity, known.weeks, known.rates = {}, {}, {}, {}
        for name, value in world.items():
            setattr(known, name, value)
        told, about = next_steps(FILE, subject(**verdict))[hypothesis], facts(subject(**verdict))
        templates = {each.code: each.next_steps for each in FILE.hypotheses}.get(hypothesis, FILE.undetermined)
        proposed += [each for each in templates if _fills(each, about) == told]
    assert set(proposed) == {each for h in FILE.hypotheses for each in h.next_steps} | set(FILE.undetermined)


def _fills(template: str, about: dict[str, str]) -> str | None:
    try:
        return template.format_map(about)
    except KeyError:
        return None


def test_no_fact_goes_by_another_name_than_the_checklist_knows(known, subject):
    named = set()
    for _, verdict, world, _ in STEPS.values():
        known.briefs, known.activity, known.weeks, known.rates = {}, {}, {}, {}
        for name, value in world.items():
            setattr(known, name, value)
        named |= facts(subject(**verdict)).keys()
    assert named == FACTS


def test_a_small_group_is_neither_proposed_nor_are_its_hours_told(known, subject):
    known.rates, known.weeks, known.sizes["support"] = BETTER, {"field_sales": WEEK}, 4
    assert "best_persona" not in facts(subject())
    known.sizes["support"] = 5
    assert facts(subject())["best_persona"] == "support"
    known.sizes["field_sales"] = 4
    assert not {"active_hours", "posted_off_hours"} & facts(subject(posted_at=NIGHT)).keys()


def test_hours_in_which_a_quarter_of_the_usual_is_going_on_are_theirs(known, subject):
    known.weeks["field_sales"] = [1.0] * 164 + [0.0] * 4
    end = 1_772_528_400.0 + 39 * 3600  # Wednesday, 24:00 UTC: the end of the array
    assert "posted_off_hours" not in facts(subject(posted_at=end - 2 * 3600)), "one hour of three is an average one"
    assert "posted_off_hours" in facts(subject(posted_at=end - 4 * 3600))
