"""Who responded to an asset so far."""

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.answerers import Answerers
from models.expectations import Expectations
from schemas.observation import HorizonReached


def horizon(asset: str, responders: dict[str, int], prompt_id: str = "s:C:1") -> HorizonReached:
    return HorizonReached(
        id=f"{prompt_id}#horizon", time=0.0, prompt_id=prompt_id, silent=not responders, features={}, views={},
        responders=sum(responders.values()), reach=40, responders_by_persona=responders,
        keys={"asset": asset, "asset_type": "question", "segment": "sales/question"},
    )  # fmt: skip


@given(st.lists(st.dictionaries(st.sampled_from("abcdefg"), st.integers(1, 50), max_size=5), max_size=30))
def test_it_is_bounded_by_what_came_and_by_personas_and_never_writes_into_what_was_published(prompts):
    answerers = Answerers(max_personas=3)
    for responders in prompts:
        before = answerers.counts.get("podcast", {})
        copied = dict(before)
        answerers.learn_one("podcast", responders)
        assert before == copied
    counts = answerers.counts.get("podcast", {})
    assert len(counts) <= 3
    assert list(counts) == sorted(counts)
    assert sum(counts.values()) <= sum(sum(responders.values()) for responders in prompts)


def test_the_latest_prompts_count_most_and_those_with_most_responders_stay():
    answerers = Answerers(decay=0.5, max_personas=2)
    answerers.learn_one("podcast", {"sales": 8, "guests": 1})
    answerers.learn_one("podcast", {"support": 3})
    assert answerers.counts == {"podcast": {"sales": 4.0, "support": 3.0}}
    answerers.learn_one("podcast", {})
    assert answerers.counts == {"podcast": {"sales": 2.0, "support": 1.5}}


def test_assets_that_nobody_answered_take_no_room_and_those_counted_last_stay():
    answerers = Answerers(max_assets=2)
    answerers.learn_one("silent", {})
    for asset in "abc":
        answerers.learn_one(asset, {"sales": 1})
    assert list(answerers.counts) == ["b", "c"]


def test_expectations_learn_it_of_assets_and_publish_it():
    model = Expectations()
    model.learn_horizon(horizon("podcast", {"sales": 3, "support": 1}))
    model.learn_horizon(horizon("s:C:9", {"sales": 3}, prompt_id="s:C:9"))
    assert model.take_changes()["answerers"] == {"podcast": {"sales": 3.0, "support": 1.0}}
    assert Expectations.from_values(model.everything()).answerers.counts == model.answerers.counts


def test_a_model_that_was_written_before_begins_to_count_them():
    old = Expectations(max_segments=7)
    del old.__dict__["answerers"]
    model = pickle.loads(pickle.dumps(old))
    model.learn_horizon(horizon("podcast", {"sales": 3}))
    assert model.answerers.counts == {"podcast": {"sales": 3.0}}
    assert model.answerers.max_assets == 7


@pytest.mark.parametrize("stored", ["", ',"responders_by_persona":{"sales":2}'])
def test_records_from_before_and_from_now_are_read(stored):
    raw = '{"kind":"horizon","id":"a","time":0,"prompt_id":"a","silent":true,"responders":0,"reach":4,"features":{},'
    read = HorizonReached.model_validate_json(f'{raw}"views":{{}},"keys":{{}}{stored}}}')
    assert read.responders_by_persona == ({"sales": 2} if stored else {})
