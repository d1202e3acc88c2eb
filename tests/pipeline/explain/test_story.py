"""What the tables say of a prompt's life, from the events to the story, whatever became of it."""

from datetime import timedelta

import pytest
from clickhouse_connect.driver.client import Client

from agents.knowledge import Knowledge
from pipeline.explain import UnknownPromptError, find, read_story
from pipeline.explain.words import explanation, label, timeline
from schemas.base import Contract
from tests.factories.records import delete, mark, post, react, unreact
from tests.pipeline.explain.conftest import ANSWERS, END, FILE, PROMPT, TAUGHT, UNTAUGHT, Told

LIVES: list[tuple[str, Knowledge, list[Contract], str]] = [
    ("open", TAUGHT, [mark(0.2)], "no news before the deadline"),
    ("open", UNTAUGHT, [mark(5)], "too little is expected to tell"),
    ("answered", TAUGHT, [*ANSWERS, END], "3 responders came, the first 6 min after the posting, before silence"),
    ("answered", UNTAUGHT, [react("sales1", 0.1), END], "1 responder came, the first 6 min after the posting."),
    ("silent", TAUGHT, [mark(50)], "responses count until its horizon, 2026-03-09 09:00 UTC"),
    ("silent", TAUGHT, [END], "nobody came until its horizon"),
    (
        "silent",
        TAUGHT,
        [react("sales1", 0.1), unreact("sales1", 3), END],
        "Somebody had responded in time, but that was",
    ),
    ("revived", TAUGHT, [react("sales1", 5), END], "somebody came after all, 5 h after the posting"),
    ("too little to tell", UNTAUGHT, [END], "which is more than 10%, so silence alone proves nothing"),
    ("cut off", UNTAUGHT, [mark(400, observed=100)], "what would have come is not known"),
    ("withdrawn", TAUGHT, [delete("p", 3), END], "It was deleted on 2026-03-02 12:00 UTC"),
]


@pytest.mark.parametrize(("status", "known", "events", "says"), LIVES, ids=lambda value: str(value)[:30])
async def test_every_status_is_explained_in_one_sentence(
    told: Told, status: str, known: Knowledge, events: list[Contract], says: str
) -> None:
    story = await told(*events, known=known)
    assert label(story) == status
    assert says in explanation(story)
    assert explanation(story).endswith(".") and "\n" not in explanation(story)


async def test_what_was_expected_falls_and_rises_up_to_what_the_row_says(told: Told) -> None:
    story = await told(*ANSWERS, END)
    chances = [stage.p_zero for stage in story.course]
    expected = [stage.expected for stage in story.course]
    assert len(story.course) > 5
    assert chances == sorted(chances, reverse=True) and chances[0] < 1
    assert chances[-1] == story.expected.p_zero_horizon
    assert expected == sorted(expected) and expected[-1] == pytest.approx(story.expected.responders_horizon)
    assert story.course[-1].until == story.expected.horizon == story.posted.posted_at + timedelta(days=7)
    assert [stage.hours for stage in story.course] == sorted({stage.hours for stage in story.course})
    assert story.expected.deadline is not None
    before = [stage for stage in story.course if stage.until < story.expected.deadline]
    assert before and all(stage.p_zero > 0.1 for stage in before)


async def test_who_came_is_counted_where_they_came(told: Told) -> None:
    story = await told(*ANSWERS, END)
    came = {round(stage.hours, 2): stage.came for stage in story.course}
    assert [count for count in came.values() if count is not None] == sorted(count or 0 for count in came.values())
    for hours, count in came.items():
        assert count == (hours >= 0.1) + (hours >= 0.2) + (hours >= 30), hours
    assert (story.came.responders, story.came.responses) == (3, 3)


async def test_of_an_open_prompt_nobody_knows_what_will_come(told: Told) -> None:
    story = await told(mark(5))
    known = [stage for stage in story.course if stage.came is not None]
    assert {stage.came for stage in known} == {0}
    assert 0 < len(known) < len(story.course)
    assert known[-1].until >= story.came.known_until > known[-2].until
    assert [happened.to_come for happened in timeline(story)] == [False, False, True]


async def test_an_archives_end_is_as_far_as_is_known(told: Told) -> None:
    story = await told(mark(400, observed=50), known=UNTAUGHT)
    assert story.came.known_until == story.posted.posted_at + timedelta(hours=50)
    assert story.course[-1].came is None


async def test_what_few_people_did_is_not_said_of_their_persona(told: Told) -> None:
    story = await told(*ANSWERS, END)
    assert story.posted.reach == {"newcomer": 7, "small groups": 2}
    assert story.came.by_persona == {"newcomer": 2, "small groups": 1}
    assert "managers" not in repr(story.posted) + repr(story.came)


async def test_evidence_counts_for_the_causes_as_the_checklist_weighed_it(told: Told) -> None:
    story = await told(END)
    assert story.diagnosis is not None
    causes = {cause.code: cause for cause in story.diagnosis.causes}
    assert sum(cause.probability for cause in causes.values()) == pytest.approx(1)
    assert all(cause.question and cause.finding for cause in causes.values())
    leading = story.diagnosis.causes[0].code
    weighed = [abs(item.weights[leading]) for item in story.diagnosis.evidence]
    assert len(weighed) > 3 and weighed == sorted(weighed, reverse=True) and weighed[0] > 0.2
    [unnamed] = [item for item in story.diagnosis.evidence if item.code == "wiifm_named"]
    assert (unnamed.value, unnamed.factor("no_wiifm") > 1.2, unnamed.factor("elsewhere") < 1) == ("false", True, True)
    assert "no_wiifm" in unnamed.speaks_for
    assert story.diagnosis.next_step
    assert story.diagnosis.checklist == FILE.digest
    assert story.diagnosis.beside in {"", story.diagnosis.causes[1].code}


async def test_what_an_expectation_rests_on_is_told(told: Told) -> None:
    taught = await told(END)
    assert 0 < taught.expected.borrowed < 1
    assert taught.expected.borrowed_from in {"asset_type", "everything", "prior"}
    assert taught.chronic is None


async def test_of_a_new_segment_all_that_is_expected_is_assumed(told: Told) -> None:
    untaught = await told(END, known=UNTAUGHT)
    assert (untaught.expected.borrowed, untaught.expected.borrowed_from) == (1.0, "prior")


async def test_the_run_is_told_of_every_prompt_that_is_in_it(told: Told) -> None:
    others = [post("p2", hours=20, asset_id="podcast"), post("p3", hours=40, asset_id="podcast")]
    answered = post("p0", hours=-20, asset_id="podcast"), react("sales1", -19.9, message="p0")
    story = await told(*others, *answered, END)
    assert story.over_prompts is not None and story.over_prompts.state == "open"
    assert (story.over_prompts.prompts, story.over_prompts.limit) == (3, 10.0)
    assert story.over_prompts.e_value > 10
    assert [posting.prompt_id.rpartition(":")[2] for posting in story.history] == ["p3", "p2", "p", "p0"]
    assert any("3 prompts in a row" in happened.what for happened in timeline(story))


async def test_the_answer_ends_the_run_that_came_before_it(told: Told, client: Client, database: str) -> None:
    run = [post(f"p{n}", hours=-20 * n, asset_id="podcast") for n in (4, 3, 2)]
    answered = await told(*run, react("sales1", 0.1), post("p9", hours=2, asset_id="podcast"), mark(4))
    assert answered.over_prompts is not None
    assert (answered.over_prompts.state, answered.over_prompts.prompts) == ("revived", 3)
    assert read_story(client, database, "slack:C1:p4", FILE).over_prompts == answered.over_prompts
    later = read_story(client, database, find(client, database, "podcast").prompt_id, FILE)
    assert (later.posted.prompt_id, later.over_prompts) == ("slack:C1:p9", None)


async def test_rows_from_before_it_was_recorded_are_told_without(told: Told, client: Client, database: str) -> None:
    story = await told(*ANSWERS, END)
    client.command(f"TRUNCATE TABLE {database}.outlooks")
    old = read_story(client, database, PROMPT, FILE)
    assert story.course and not old.course
    assert old.expected.horizon == story.expected.horizon, "the row itself says when it was closed"


async def test_a_prompt_that_is_not_there_has_no_story(client: Client, database: str) -> None:
    with pytest.raises(UnknownPromptError, match="slack:C1:9"):
        read_story(client, database, "slack:C1:9", FILE)
