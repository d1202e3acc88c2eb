"""The workspace: what is planted happens, in events and in the directory."""

from collections import Counter
from itertools import pairwise

import pytest

from pipeline.diagnosis.causes import CAUSES, PAIRS
from pipeline.diagnosis.workspace import DESIGNER, EVERYBODY, GROUPS, Asset, Happening, Workspace, brief
from pipeline.study.world import START
from schemas.base import HOUR
from schemas.directory import Brief, Channel, Member
from schemas.event import MessagePosted, ReactionAdded

WEEK = 7 * 24 * HOUR


@pytest.fixture(scope="module")
def workspace() -> Workspace:
    return Workspace(seed=5)


@pytest.fixture(scope="module")
def events(workspace: Workspace) -> list[Happening]:
    return workspace.events()


def test_each_cause_is_planted_alone_and_half_of_the_pairs(workspace: Workspace) -> None:
    planted = Counter(asset.causes for asset in workspace.assets if asset.causes)
    assert planted == {(cause,): 3 for cause in CAUSES} | {pair: 1 for pair in PAIRS[1::2]}
    other = {asset.causes for asset in Workspace(seed=6).assets if len(asset.causes) == 2}
    assert other | {causes for causes in planted if len(causes) == 2} == set(PAIRS)
    assert sum(not asset.causes for asset in workspace.assets) == 6 * len(GROUPS)


def _answers(events: list[Happening], asset: Asset, dead: bool) -> tuple[int, int]:
    """Return the prompts of an asset posted while it was dead, or was not, and the reactions to them."""
    names = {f"{asset.asset_id}#{week}" for week in range(40) if asset.dead(week) is dead}
    posted = sum(e.message in names for e in events if isinstance(e, MessagePosted))
    return posted, sum(e.message in names for e in events if isinstance(e, ReactionAdded))


def test_nobody_answers_the_dead_and_people_answer_the_others(workspace: Workspace, events: list[Happening]) -> None:
    for asset in workspace.assets[::5]:
        posted, answers = _answers(events, asset, dead=True)
        assert answers <= max(posted, 1), asset.asset_id
        posted, answers = _answers(events, asset, dead=False)
        assert answers >= 2 * posted, asset.asset_id


@pytest.mark.parametrize("stray", [False, True])
def test_a_quiet_place_of_its_own_is_where_hardly_any_of_the_persona_write(stray: bool) -> None:
    workspace = Workspace(seed=5, stray=stray)
    talk = Counter((e.conversation, e.author) for e in workspace.events() if isinstance(e, MessagePosted))
    own = {asset.asset_id: asset for asset in workspace.assets if asset.design.own_place}
    elsewhere = {asset.asset_id for asset in workspace.assets if "elsewhere" in asset.causes}
    assert elsewhere < own.keys() if stray else elsewhere == own.keys()
    assert {asset.design.quiet for asset in own.values()} == ({True, False} if stray else {True})
    for asset in own.values():
        here, home = ({m for m in asset.group.people if talk[place, m]} for place in (asset.channel, asset.group.name))
        assert (len(here) <= 3) == asset.design.quiet
        assert len(home) > 3


def test_what_is_for_nobody_in_particular_stands_where_everybody_is(workspace: Workspace) -> None:
    for asset in workspace.assets:
        if asset.causes == ("wrong_audience",) and not asset.design.own_place:
            assert asset.channel == EVERYBODY
    assert len(workspace.members[EVERYBODY]) == sum(group.members for group in GROUPS)


def test_what_comes_too_early_is_the_first_of_its_programme_and_lives_later(workspace: Workspace) -> None:
    for asset in workspace.assets:
        early = asset.first_week - asset.group.from_week < 2
        assert early == asset.design.young
        assert early or "slow_build" not in asset.causes
        assert ("slow_build" in asset.causes) == (asset.lives_week < workspace.weeks)
        assert not asset.causes or asset.dies_week >= asset.first_week


def test_prompts_that_compete_are_posted_on_the_day_before(workspace: Workspace, events: list[Happening]) -> None:
    posted = [e for e in events if isinstance(e, MessagePosted) and e.asset_id]
    asset = next(asset for asset in workspace.assets if asset.design.competing and asset.causes)
    for prompt in (e for e in posted if e.asset_id == asset.asset_id and e.time > START + 2 * WEEK):
        others = [e for e in posted if e.conversation == prompt.conversation and e.asset_id != asset.asset_id]
        assert sum(0 < prompt.time - e.time < 24 * HOUR for e in others) >= 4


def test_a_brief_says_what_there_is_but_for_what_was_left_out(workspace: Workspace) -> None:
    for asset in workspace.assets:
        said, left_out = brief(asset), asset.design.left_out
        for line in ("wiifm", "objective", "public_reason"):
            told = getattr(said, line)
            assert (told is None, told == "") == (
                line in left_out,
                line not in left_out and not getattr(asset.design, line),
            )
        assert len(said.personas) == (0 if "personas" in left_out else len(GROUPS) if asset.design.for_all else 1)
        assert said.asset_type == (None if "asset_type" in left_out else asset.design.ask)


def test_withheld_is_everything_but_prompts_and_what_answers_them(
    workspace: Workspace, events: list[Happening]
) -> None:
    withheld = Workspace(seed=5, withheld=True)
    assert all(isinstance(record, Member) and record.staff for record in withheld.directory())
    assert {type(record) for record in workspace.directory()} == {Member, Channel, Brief}
    prompts = [e for e in events if isinstance(e, ReactionAdded) or e.asset_id]
    assert withheld.events() == prompts


def test_events_come_in_the_order_of_time_each_once_and_the_same_for_the_same_seed(events: list[Happening]) -> None:
    assert all(former.time <= later.time for former, later in pairwise(events))
    assert max(Counter((type(e), e.event_id) for e in events).values()) == 1
    assert any(isinstance(e, MessagePosted) and e.author == DESIGNER for e in events)
    assert events == Workspace(seed=5).events()
