"""Equal names of personas in two workspaces are not the same people."""

from itertools import chain

from agents.watch.workspaces import Workspaces
from schemas.outcome import Outcome
from tests.factories.outcomes import life


def moved(outcomes: chain[Outcome], workspace: str) -> list[Outcome]:
    found = sorted(outcomes, key=lambda each: each.told_at)
    return [
        each.model_copy(update={"prompt": each.prompt.model_copy(update={"workspace": workspace})}) for each in found
    ]


def test_a_segment_is_judged_among_those_of_its_workspace() -> None:
    mute = chain(life("sales/poll", "." * 30), life("service/poll", "x" * 45))
    lively = chain(life("sales/poll", "x" * 45), life("service/poll", "x" * 45))
    both = sorted([*moved(mute, "A"), *moved(lively, "B")], key=lambda each: each.told_at)
    workspaces = Workspaces()
    verdicts = [effect.value for each in both for effect in workspaces.see(each)]
    assert [(v.verdict, v.subject) for v in verdicts] == [("chronic", "slack:A/sales/poll")]  # type: ignore[union-attr]


def test_peers_of_another_workspace_say_nothing() -> None:
    alone = [*moved(chain(life("sales/poll", "." * 40)), "A"), *moved(chain(life("service/poll", "x" * 40)), "B")]
    workspaces = Workspaces()
    assert [effect for each in sorted(alone, key=lambda each: each.told_at) for effect in workspaces.see(each)] == []


def test_memory_is_bounded() -> None:
    workspaces = Workspaces(max_workspaces=3)
    for n in range(9):
        for each in moved(chain(life("sales/poll", "x")), f"T{n}"):
            list(workspaces.see(each))
    assert list(workspaces.by_place) == ["slack:T6", "slack:T7", "slack:T8"]
