"""One cause is told once: what stands at a level explains what is silent below it."""

import itertools

import pytest

from agents.diagnose import Diagnose, Levels
from agents.effects import Send
from schemas.anomaly import Anomaly
from schemas.base import HOUR
from schemas.directory import Brief
from tests.agents.diagnose.conftest import POSTED

CHANNEL = {"level": "channel", "subject": "slack:C1", "e_value": 120.0, "prompts": 6, "assets": 3}
ASSET = {"level": "asset", "subject": "slack:/podcast", "prompts": 3}
SEGMENT = {"level": "segment", "verdict": "chronic", "subject": "slack:/field_sales/question", "reference": 0.2}


@pytest.fixture
def play(known, checklist, make_verdict, record):
    offsets = itertools.count()

    def play(*verdicts, body=None, asset="podcast", **prompt) -> list[Anomaly]:
        body = body or Diagnose(partitions=1, known=known, checklist=checklist)
        told = []
        for verdict in verdicts:
            number = next(offsets)
            later = {"told_at": POSTED + 10 * HOUR * number}
            told.append(record(make_verdict(asset_id=asset, verdict=later | verdict, **prompt), offset=number))
        sent = [effect for effect in body(told) if isinstance(effect, Send)]
        return [effect.value for effect in sent if isinstance(effect.value, Anomaly)]

    return play


def parts(anomalies) -> list[tuple[str, str]]:
    return [(anomaly.verdict.level, anomaly.explained_by) for anomaly in anomalies]


@pytest.mark.parametrize(
    ("above", "anomaly_id"),
    [(CHANNEL, "channel/slack:C1"), (SEGMENT, "segment/slack:/field_sales/question"), (ASSET, "asset/slack:/podcast")],
)
def test_a_silent_prompt_is_part_of_what_stands_above_it(play, above, anomaly_id):
    assert parts(play({}, above, {})) == [("prompt", ""), (above["level"], ""), ("prompt", anomaly_id)]


def test_the_one_that_includes_most_explains(play):
    assert parts(play(ASSET, SEGMENT, CHANNEL, ASSET, {})) == [
        ("asset", ""),
        ("segment", ""),
        ("channel", ""),
        ("asset", "channel/slack:C1"),
        ("prompt", "channel/slack:C1"),
    ]
    assert parts(play(ASSET, SEGMENT, ASSET, {}))[2:] == [
        ("asset", "segment/slack:/field_sales/question"),
        ("prompt", "segment/slack:/field_sales/question"),
    ]


def test_an_asset_that_is_silent_in_several_channels_is_no_part_of_one(play):
    assert parts(play(CHANNEL, ASSET | {"channels": 2}))[1] == ("asset", "")


def test_however_often_it_is_told_again_it_stands_since_it_was_told_first(play):
    again = [CHANNEL | {"told_at": POSTED + 100 * HOUR + 60 * number} for number in range(5)]
    *_, prompt = play(CHANNEL | {"told_at": POSTED + 95 * HOUR}, *again, {"told_at": POSTED + 100 * HOUR + 600})
    assert prompt.explained_by == "channel/slack:C1"


def test_what_is_revived_explains_nothing_any_more(play):
    gone = CHANNEL | {"verdict": "revived", "version": 2}
    assert parts(play(CHANNEL, {}, gone, {}))[1:] == [("prompt", "channel/slack:C1"), ("channel", ""), ("prompt", "")]
    assert parts(play(CHANNEL, {"verdict": "revived"}))[1] == ("prompt", ""), "nor is it part of anything itself"


def test_elsewhere_nothing_is_explained(play, known, checklist):
    body = Diagnose(partitions=1, known=known, checklist=checklist)
    play(CHANNEL, SEGMENT, ASSET, body=body)
    assert parts(play({}, body=body, conversation="C2", persona="engineers", asset="")) == [("prompt", "")]
    assert parts(play({}, body=body, conversation="C2", workspace="T2", asset="other")) == [("prompt", "")]
    assert parts(play({}, body=body, conversation="C2", asset="other"))[0][1] == "segment/slack:/field_sales/question"


def test_what_stands_is_in_the_changelog(play, known, checklist):
    def body():
        return Diagnose(partitions=1, known=known, checklist=checklist)

    first, heir = body(), body()
    changelog: dict[str, bytes | None] = {}
    for verdict in (CHANNEL, ASSET, ASSET | {"version": 2}, ASSET | {"verdict": "revived"}):
        play(verdict, body=first)
        changelog |= first.take_changes()
    heir.load(changelog)
    assert heir.levels.standing == first.levels.standing
    stands = {name: told.at(POSTED + 99 * HOUR) for name, told in first.levels.standing.items()}
    assert stands == {"channel slack:C1": "channel/slack:C1", "asset slack:/podcast": ""}
    old = body()
    old.load({"explained": changelog["explained"]})
    assert (old.state, old.levels.standing) == (first.state, {})
    assert first.take_changes() == {}


def test_what_is_told_of_one_moment_may_come_in_any_order(play):
    """Prompts by `track`, channels by `watch`: who is faster must not matter."""
    told = {"told_at": POSTED + 100 * HOUR}
    first = play(CHANNEL | told, told)
    second = play(told, CHANNEL | told)
    assert sorted(parts(first)) == sorted(parts(second)) == [("channel", ""), ("prompt", "")]
    later, gone = {"told_at": POSTED + 105 * HOUR}, CHANNEL | {"verdict": "revived", "told_at": POSTED + 104 * HOUR}
    assert parts(play(CHANNEL | told, gone, later))[2] == parts(play(CHANNEL | told, later, gone))[1]
    assert parts(play(CHANNEL | told, gone, later))[2] == ("prompt", "channel/slack:C1"), "it stood at hour 101"
    assert parts(play(CHANNEL | told, gone, {"told_at": POSTED + 108 * HOUR}))[2] == ("prompt", "")


def test_memory_is_bounded(play, known, checklist):
    body = Diagnose(partitions=1, known=known, checklist=checklist)
    body.levels = Levels(most=3)
    changelog: dict[str, bytes | None] = {}
    for n in range(6):
        play(ASSET | {"subject": f"slack:/a{n}"}, body=body, asset=f"a{n}")
        changelog |= body.take_changes()
    assert list(body.levels.standing) == ["asset slack:/a3", "asset slack:/a4", "asset slack:/a5"]
    assert [name for name, value in changelog.items() if value is None] == [
        "level asset slack:/a0",
        "level asset slack:/a1",
        "level asset slack:/a2",
    ]


def test_a_channel_is_told_by_what_is_known_of_the_place_not_of_an_asset(play, known):
    known.briefs["podcast"] = Brief(asset_id="podcast", title="Podcast 12", personas=("field_sales",), wiifm="")
    known.activity = {"field_sales|slack:C2": 214.0, "field_sales|slack:C1": 1.0}
    known.rates = {("asset", "podcast"): (0.9, 9.0), ("channel", "slack:C1"): (0.8, 12.0)}
    [channel, asset] = play(CHANNEL, ASSET | {"subject": "podcast"})
    assert (channel.title, channel.anomaly_id, channel.state) == ("#learning", "channel/slack:C1", "open")
    codes = {item.code for item in channel.evidence}
    assert {"channel_silence", "busy_elsewhere"} <= codes
    assert not {"wiifm_named", "rates_designer", "asset_silence", "asset_postings", "targets_share"} & codes
    assert {"wiifm_named", "asset_silence"} <= {item.code for item in asset.evidence}
    assert channel.evidence[0].sentence == "6 prompts of 3 assets in a row without a response in #learning"
    assert channel.next_step.startswith("Post the next prompt in #sales-wins, where field_sales wrote or reacted")
    [alone] = play(CHANNEL | {"assets": 6})
    assert alone.evidence[0].sentence == "6 prompts in a row without a response in #learning"


def test_where_nobody_is_known_to_be_people_are_to_be_asked(play):
    [channel] = play(CHANNEL)
    assert channel.next_step.startswith("Before anything else is posted in #learning: ask three people of field_sales")
    [revived] = play(CHANNEL | {"verdict": "revived"})
    assert revived.evidence[:1] != channel.evidence[:1]
