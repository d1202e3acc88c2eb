"""What an expectation borrows: all of it at first, less with every prompt of the segment, and from where it says."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.expectations import Expectations
from models.responders import Responders
from schemas.asset import AssetType
from schemas.event import Traits
from schemas.expectation import BorrowedFrom
from schemas.observation import HorizonReached
from schemas.outcome import Prompt


def learned(*prompts: tuple[str, int, int], times: int = 1) -> Responders:
    """Learn (segment, responders, reach), in turn."""
    responders = Responders()
    for _ in range(times):
        for segment, came, reach in prompts:
            responders.learn_one(segment.partition("/")[2], segment, came, reach, 1.0)
    return responders


def test_a_segment_that_was_never_seen_borrows_everything() -> None:
    responders = learned(("sales/question", 4, 40), times=100)
    for segment in ("service/question", "sales/poll", "nobody/share"):
        assert responders.posterior(segment.partition("/")[2], segment).borrowed == 1.0


@given(prompts=st.lists(st.tuples(st.integers(0, 30), st.integers(30, 60)), min_size=1, max_size=40))
def test_what_is_borrowed_is_the_weight_of_the_level_above(prompts: list[tuple[int, int]]) -> None:
    responders = learned(*[("sales/poll", came, reach) for came, reach in prompts])
    level_above = Responders()
    level_above.counts = {key: counts for key, counts in responders.counts.items() if key != "segment|sales/poll"}
    mean = level_above.expected("poll", "sales/poll", 1.0)
    came, reached = responders.counts["segment|sales/poll"]
    posterior = responders.posterior("poll", "sales/poll")
    assert posterior.borrowed == pytest.approx(2 / mean / (2 / mean + reached))
    mixed = posterior.borrowed * mean + (1 - posterior.borrowed) * came / reached
    assert (
        posterior.expected(1.0) == pytest.approx(mixed) == pytest.approx(responders.expected("poll", "sales/poll", 1))
    )


def test_every_prompt_of_a_segment_lowers_what_it_borrows() -> None:
    responders = learned(("sales/question", 4, 40), ("service/question", 4, 40), times=100)
    shares = [responders.posterior("question", "new/question").borrowed]
    for _ in range(60):
        responders.learn_one("question", "new/question", 4, 40, 1.0)
        shares.append(responders.posterior("question", "new/question").borrowed)
    assert shares[0] == 1.0
    assert all(later < earlier for earlier, later in pairwise(shares))
    assert 0.0 < shares[-1] < 0.08  # it remembers some 25 prompts


def test_a_prompt_that_reaches_many_says_more_of_its_segment_than_one_that_reaches_few() -> None:
    many, few = (
        learned(("sales/question", 4, 40), ("new/question", reach // 10, reach)).posterior("question", "new/question")
        for reach in (200, 10)
    )
    assert many.borrowed < few.borrowed < 1.0


BORROWERS: dict[str, tuple[Responders, str, BorrowedFrom]] = {
    "a new persona, a known type": (learned(("sales/poll", 2, 40), times=50), "new/poll", "asset_type"),
    "a new type, and a known world": (learned(("sales/poll", 2, 40), times=50), "sales/share", "everything"),
    "a type that was tried once, and a known world": (
        learned(*[("sales/poll", 2, 40)] * 50, ("sales/share", 0, 5)),
        "new/share",
        "everything",
    ),
    "nothing at all": (learned(), "new/poll", "prior"),
    "nearly nothing": (learned(("sales/poll", 0, 3)), "new/poll", "prior"),
}


@pytest.mark.parametrize(("responders", "segment", "source"), BORROWERS.values(), ids=BORROWERS.keys())
def test_it_says_from_where_it_borrows_most(responders: Responders, segment: str, source: BorrowedFrom) -> None:
    assert responders.posterior(segment.partition("/")[2], segment).borrowed_from == source


def test_a_judgement_says_what_its_segment_borrows() -> None:
    model, prompt = Expectations(), Prompt(
        prompt_id="s:C1:1", source="s", conversation="C1", message="1", author="m_1", posted_at=1.7e9,
        asset_type=AssetType.POLL, persona="sales", reach={"sales": 40, "core": 20},
    )  # fmt: skip
    told = []
    for n in range(30):
        judged = model.judge(prompt, Traits(length=80), alpha=0.1, horizon_hours=168.0)
        told.append((judged.borrowed, judged.borrowed_from))
        model.learn_horizon(
            HorizonReached(
                id=f"h{n}", time=0, prompt_id="p", silent=False, responders=6, reach=60, first_response_hours=1.0,
                features=judged.features, views=judged.views, keys=judged.keys,
            )
        )  # fmt: skip
    assert told[0] == (1.0, "prior")
    assert told[-1][0] < 0.1
    stranger = model.judge(prompt.model_copy(update={"persona": "new"}), Traits(length=80), 0.1, 168.0)
    assert (stranger.borrowed, stranger.borrowed_from) == (1.0, "asset_type")
    posterior = model.responders.posterior("poll", "new/poll")
    assert stranger.expected == model.responders.expected("poll", "new/poll", 60) == posterior.expected(60)
