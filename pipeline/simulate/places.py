"""The channels of the story, and who is in them."""

from dataclasses import dataclass
from random import Random

from pipeline.simulate.people import FACILITATORS, Person


@dataclass(frozen=True)
class Place:
    """A channel; `liveliness` is its share of its members' small talk, 0 for a place that nobody visits."""

    conversation: str
    name: str
    personas: tuple[str, ...]
    liveliness: float
    guests: dict[str, int]  # persona -> how many of them are members, too
    new: bool = False  # opened in the last week but one


TOWN_HALL, SALES_WINS, SALES_LEARNING, ENG_TALK, NEW_HERE, LEADERS, LEARNING_HUB = PLACES = (
    Place("C0TOWNHALL", "town-hall", ("field_sales", "engineers", "new_hires", "managers"), 0.4, {}),
    Place("C0SALESWIN", "sales-wins", ("field_sales",), 2.0, {"managers": 4}),
    Place("C0SALESLRN", "sales-learning", ("field_sales",), 0.6, {"managers": 4}),
    Place("C0ENGTALK1", "eng-talk", ("engineers",), 2.0, {"managers": 3}),
    Place("C0NEWHERE1", "new-here", ("new_hires",), 1.6, {"managers": 3}),
    Place("C0LEADERS1", "leaders-circle", ("managers",), 1.2, {}),
    Place("C0LRNHUB01", "learning-hub", ("engineers",), 0.0, {}, new=True),
)
"""Every channel; the last one is new, and nobody but the facilitators ever writes in it."""


def seat(seed: int, people: tuple[Person, ...]) -> dict[str, tuple[Person, ...]]:
    """Return the members of each channel, the facilitators among them."""
    seated: dict[str, tuple[Person, ...]] = {}
    for place in PLACES:
        rng = Random(f"{seed}/places/{place.name}")
        members = [person for person in people if person.persona in place.personas]
        for persona, count in place.guests.items():
            members += rng.sample([person for person in people if person.persona == persona], count)
        seated[place.conversation] = (*members, *FACILITATORS)
    return seated
