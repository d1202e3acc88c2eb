"""Peers: what is to be expected of a segment, its own recent prompts left out."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.peers import Peers, Reference

DAY = 86_400.0
SALES, SERVICE, POLL, QUESTION = "sales", "service", "poll", "question"
PROMPTS = st.lists(
    st.tuples(st.sampled_from([SALES, SERVICE, "it"]), st.sampled_from([POLL, QUESTION, "share"]), st.booleans()),
    max_size=80,
)


def told(peers: Peers, persona: str, asset_type: str, ends: str, day: float = 0.0) -> Peers:
    """Let prompts end: `.` in silence, `x` answered."""
    for end in ends:
        peers.learn_one(persona, asset_type, end == ".", day * DAY)
    return peers


@given(prompts=PROMPTS, own=st.integers(1, 50))
def test_what_the_peers_say_of_a_segment_does_not_depend_on_its_own_prompts(
    prompts: list[tuple[str, str, bool]], own: int
) -> None:
    without, with_own = Peers(), Peers()
    for day, (persona, asset_type, silent) in enumerate(prompts):
        for peers in (without, with_own):
            if (persona, asset_type) != (SALES, POLL):
                peers.learn_one(persona, asset_type, silent, day * DAY)
        told(with_own, SALES, POLL, "." * own, day)
    expected = without.by_peers(SALES, POLL, 80 * DAY)
    found = with_own.by_peers(SALES, POLL, 80 * DAY)
    if expected is None or found is None:
        assert expected is found
    else:
        assert found.source == expected.source and found.p_zero == pytest.approx(expected.p_zero)


def test_silence_must_be_news_by_both_kinds_of_peers() -> None:
    peers = told(told(Peers(weight=0.0), SERVICE, POLL, "..xxxxxxxx"), SALES, QUESTION, "......xxxx")
    assert peers.by_peers(SALES, POLL, 0.0) == Reference(0.6, "other_types", 10)
    told(peers, "it", POLL, "." * 20)
    assert peers.by_peers(SALES, POLL, 0.0) == (pytest.approx(22 / 30), "other_personas", 30)


def test_a_few_peer_prompts_are_shrunk_towards_all_other_prompts() -> None:
    peers = told(told(Peers(weight=10.0, prior=0.0), SERVICE, POLL, "x" * 10), "it", QUESTION, "." * 9)
    assert peers.by_peers(SALES, POLL, 0.0) == Reference(pytest.approx(10 * 0.45 / 20), "other_personas", 10)


@pytest.mark.parametrize(("prompts", "source"), [(9, None), (10, "other_personas")])
def test_peers_with_too_few_prompts_are_not_asked(prompts: int, source: str | None) -> None:
    reference = told(told(Peers(), SERVICE, POLL, "x" * prompts), SALES, POLL, "." * 50).reference(SALES, POLL, 0.0)
    assert (reference and reference.source) == source


def test_what_was_counted_a_half_life_ago_counts_half() -> None:
    peers = Peers(half_life=7.0, weight=0.0)
    told(told(peers, SERVICE, POLL, "." * 20, day=0), SERVICE, POLL, "x" * 10, day=7)
    assert peers.by_peers(SALES, POLL, 7 * DAY) == Reference(0.5, "other_personas", 20)
    told(peers, SERVICE, POLL, "x" * 10, day=3)  # late: it counts, and makes nothing younger
    assert peers.by_peers(SALES, POLL, 7 * DAY) == Reference(pytest.approx(1 / 3), "other_personas", 30)
    assert peers.by_peers(SALES, POLL, 14 * DAY) == Reference(pytest.approx(1 / 3), "other_personas", 15)
    assert peers.by_peers(SALES, POLL, 30 * DAY) is None, "by then they are too few"


def test_a_segment_is_measured_by_its_own_best_past_where_that_is_better_than_its_peers() -> None:
    peers = told(Peers(), SERVICE, POLL, "." * 30)
    assert told(peers, SALES, POLL, "x" * 9).reference(SALES, POLL, 0.0).source == "other_personas"
    assert told(peers, SALES, POLL, "x").reference(SALES, POLL, 0.0).source == "past"
    told(peers, SALES, POLL, "x" * 20)
    best = peers.reference(SALES, POLL, 0.0)
    assert best.source == "past" and best.p_zero < 0.12, "3 of 33, hardly decayed"
    assert told(peers, SALES, POLL, "." * 500).reference(SALES, POLL, 1e9) == best, "the past does not fade"


def test_a_segment_that_was_never_answered_has_no_past() -> None:
    assert told(Peers(), SALES, POLL, "." * 100).reference(SALES, POLL, 0.0) is None


def test_the_best_past_of_a_steady_segment_is_not_much_better_than_its_mean() -> None:
    for seed in range(20):
        rng, peers = random.Random(seed), Peers()
        for _ in range(300):
            peers.learn_one(SALES, POLL, rng.random() < 0.4, 0.0)
        best = peers.by_past(SALES, POLL)
        assert best is not None and 0.2 < best.p_zero < 0.45
