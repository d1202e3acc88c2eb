"""The plans of a campaign."""

from itertools import islice

from tests.chaos.plan import CARDS, POINTS, SINGLE_EVERY, deal, plans


def test_a_seed_gives_the_same_plans_however_many_rounds_are_asked_for() -> None:
    assert plans(3, 25) == plans(3, 50)[:25]
    assert plans(3, 25) != plans(4, 25)


def test_every_deed_and_every_point_is_met_in_25_rounds() -> None:
    for seed in range(1, 6):
        steps = [step for plan in plans(seed, 25) for step in plan.steps]
        assert {step.point for step in steps} == {"", *POINTS}
        assert {step.deed for step in steps} == {
            *("kill worker", "kill both workers", "kill broker", "restart broker", "zombie", "leave", "join")
        }


def test_a_broker_alone_is_killed_in_every_fifth_round() -> None:
    for number, plan in enumerate(plans(1, 25), start=1):
        brokers = [step for step in plan.steps if "broker" in step.deed]
        if number % SINGLE_EVERY == 0:
            assert plan.brokers == "node"
            assert plan.steps[-1].deed == "kill broker"
        elif brokers:
            assert plan.brokers == "cluster", "any one of three"


def test_cards_come_again_only_after_all_others() -> None:
    cards = [(step.deed, step.point) for step in islice(deal(1), 2 * len(CARDS))]
    assert sorted(cards[: len(CARDS)]) == sorted(cards[len(CARDS) :]) == sorted(CARDS)
    assert cards[: len(CARDS)] != cards[len(CARDS) :]
