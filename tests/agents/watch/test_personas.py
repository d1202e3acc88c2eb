"""Hidden personas: who comes to an asset that is not for them, more than to anything else."""

import json
from collections.abc import Iterable

import pytest

from agents.watch import Watch
from agents.watch.personas import Personas
from schemas.outcome import Outcome
from schemas.verdict import Verdict
from tests.factories.outcomes import outcome

REACH = {"managers": 60, "engineers": 40, "guests": 4}


def closed(n: int, asset: str = "podcast", status: str = "answered", *, reach: object = None, **came: int) -> Outcome:
    """The n-th prompt, for managers, at its horizon; who came, by persona."""
    prompt = {"persona": "managers", "reach": reach or REACH, "asset_type": "share", "workspace": "T"}
    total = sum(came.values())
    return outcome(n, status, asset=asset, prompt=prompt, responders=total, responders_by_persona=came)


def told(outcomes: Iterable[Outcome], personas: Personas | None = None) -> list[Verdict]:
    """Each in an epoch of its own."""
    personas = personas or Personas()
    verdicts = []
    for each in outcomes:
        personas.see(each)
        verdicts += [sent.value for sent in personas.tell()]
    return verdicts  # type: ignore[return-value]


USUAL = [closed(n, f"other {n % 5}", managers=3, engineers=n % 5 == 0) for n in range(40)]
COMES = [closed(n, managers=1, engineers=came) for n, came in enumerate((3, 0, 2, 4, 3), start=50)]


def test_a_persona_that_comes_though_it_is_not_for_them_is_found_with_its_numbers() -> None:
    first, second = told([*USUAL, *COMES])
    hidden = first.hidden
    assert hidden is not None
    assert (first.verdict, first.level, first.subject) == ("hidden_persona", "persona", "slack:T/podcast/engineers")
    assert (hidden.persona, hidden.came, hidden.answered, hidden.reached, first.prompts) == ("engineers", 9, 3, 40, 4)
    assert hidden.expected == pytest.approx(4 * 40 * 0.0075, rel=0.3), "one of 40 at every fifth prompt, about"
    assert (first.version, second.version, second.hidden.came) == (1, 2, 12)  # type: ignore[union-attr]
    assert first.e_value >= 10 * 6 and second.e_value > first.e_value


def test_what_they_do_everywhere_is_not_hidden() -> None:
    everywhere = [closed(n, f"other {n % 5}", managers=3, engineers=3) for n in range(40)]
    assert told([*everywhere, *COMES, *COMES]) == []


def test_what_they_do_when_asked_for_something_else_counts_too() -> None:
    def question(n: int) -> Outcome:
        each = closed(n, f"question {n % 5}", managers=1, engineers=3)
        return each.model_copy(update={"prompt": each.prompt.model_copy(update={"asset_type": "question"})})

    rare = [closed(n, f"other {n % 5}", managers=3) for n in range(40)]
    assert told([*rare, *(question(n) for n in range(40)), *COMES]) == []
    assert told([*rare, *COMES]) != []


def test_what_they_do_at_the_asset_itself_is_no_measure_of_it() -> None:
    hidden = told([*USUAL, *COMES * 8])[-1].hidden
    assert hidden is not None and hidden.came == 96
    assert hidden.expected == pytest.approx(40 * 40 * 0.0075, rel=0.3)


def test_whom_it_is_for_is_not_hidden() -> None:
    comes = [closed(n, managers=9) for n in range(50, 60)]
    silent = [closed(n, f"other {n % 5}", status="expired") for n in range(40)]
    assert told([*silent, *comes]) == []


def test_one_person_or_one_prompt_is_no_persona() -> None:
    assert told([*USUAL, *(closed(n, engineers=1) for n in range(50, 90))]) == []
    assert told([*USUAL, closed(50, engineers=30)]) == []
    assert [v.prompts for v in told([*USUAL, closed(50, engineers=30), closed(51, engineers=1)])] == [2]


def test_small_groups_and_other_ends_do_not_count() -> None:
    assert told([*USUAL, *(closed(n, guests=4) for n in range(50, 70))]) == []
    withdrawn = [closed(n, status="withdrawn", engineers=5) for n in range(50, 60)]
    unobserved = [closed(n, engineers=5).model_copy(update={"observed": False}) for n in range(50, 60)]
    still_open = [closed(n, engineers=5).model_copy(update={"stage": "counted"}) for n in range(50, 60)]
    assert told([*USUAL, *withdrawn, *unobserved, *still_open]) == []


def test_prompts_without_an_asset_teach_what_is_usual_and_are_none() -> None:
    assert told([*USUAL, *(closed(n, asset="", engineers=4) for n in range(50, 60))]) == []
    lively = [closed(n, asset="", engineers=6) for n in range(40)]
    assert told([*lively, *COMES]) == []


def test_a_popular_kind_of_ask_is_no_hidden_persona() -> None:
    """Everybody answers polls; engineers, who never had one, do it, too."""

    def poll(n: int, asset: str, persona: str, **came: int) -> Outcome:
        prompt = {"persona": persona, "reach": {persona: 60, **({"engineers": 40} if asset == "new" else {})}}
        who = {"prompt": prompt | {"workspace": "T"}, "responders_by_persona": came, "responders": sum(came.values())}
        return outcome(n, "answered", asset=asset, **who)

    polls = [poll(n, f"poll {n % 4}", "sales", sales=9) for n in range(40)]
    assert told([*USUAL, *polls, *(poll(n, "new", "managers", engineers=4) for n in range(50, 65))]) == []
    unpopular = [poll(n, f"poll {n % 4}", "sales") for n in range(40)]
    assert told([*USUAL, *unpopular, *(poll(n, "new", "managers", engineers=4) for n in range(50, 65))]) != []


def test_the_more_is_watched_the_surer_it_must_be() -> None:
    crowd = [closed(n, f"asset {n}", managers=3, engineers=n % 5 == 0) for n in range(100, 1_100)]
    alone = told([*USUAL, *COMES])[0].e_value
    assert told([*USUAL, *crowd, *COMES[:4]]) == []
    assert alone < 1_000


def test_workspaces_are_apart() -> None:
    there = [each.model_copy(update={"prompt": each.prompt.model_copy(update={"workspace": "U"})}) for each in USUAL]
    lively = [closed(n, f"other {n % 5}", managers=3, engineers=3) for n in range(40)]
    assert told([*lively, *there, *COMES]) == []


def test_memory_is_bounded() -> None:
    personas = Personas(max_candidates=10, max_rates=50)
    told((closed(n, f"a{n}", engineers=1) for n in range(100)), personas)
    assert list(personas.candidates) == [f"slack:T/a{n}/engineers" for n in range(90, 100)]
    assert len(personas.counts) <= 50


@pytest.mark.parametrize("cut", [20, 43])
def test_a_restored_watch_goes_on_alike(cut: int) -> None:
    story = [*USUAL, *COMES]
    first = Personas()
    said = told(story[:cut], first)
    heir = Personas()
    heir.restore(json.loads(json.dumps(first.state())))
    assert said + told(story[cut:], heir) == told(story)


def test_it_is_told_by_the_watch_and_in_its_snapshot() -> None:
    agent = Watch(partitions=1, epoch=3600.0, alpha=0.1)
    effects = list(agent.take(0.0, [*USUAL, *COMES]))
    assert [e.value.verdict for e in effects if e.value.level == "persona"] == ["hidden_persona"]  # type: ignore[union-attr]
    heir = Watch(partitions=1, epoch=3600.0, alpha=0.1)
    heir.restore(agent.dump())
    assert heir.dump() == agent.dump()
    assert heir.personas.candidates["slack:T/podcast/engineers"].found
