"""The people of the story: four personas, the facilitators and a bot."""

from dataclasses import dataclass
from random import Random

from pipeline.simulate.working_hours import WorkingHours
from schemas.asset import AssetType

LONDON, BERLIN, NEW_YORK, KOLKATA = 0.0, 1.0, -5.0, 5.5
"""Time zones: hours east of UTC in winter."""


@dataclass(frozen=True)
class Persona:
    """A kind of learner: how many there are, where they live, how much they talk and how readily they respond."""

    name: str
    members: int
    zones: tuple[float, ...]
    talk: float  # messages and reactions of small talk per member and working day
    responds: dict[AssetType, float]  # chance that a member of average activity responds to a prompt meant for them


def _responds(
    thumbs_up: float, question: float, poll: float, discussion: float, share: float, challenge: float, news: float
) -> dict[AssetType, float]:
    return {
        AssetType.THUMBS_UP: thumbs_up,
        AssetType.QUESTION: question,
        AssetType.POLL: poll,
        AssetType.DISCUSSION: discussion,
        AssetType.SHARE: share,
        AssetType.CHALLENGE: challenge,
        AssetType.ANNOUNCEMENT: news,
    }


PERSONAS: tuple[Persona, ...] = (
    Persona("field_sales", 40, (LONDON, BERLIN, NEW_YORK), 2.2, _responds(0.34, 0.30, 0.35, 0.20, 0.25, 0.25, 0.10)),
    Persona("engineers", 30, (BERLIN, KOLKATA), 2.6, _responds(0.38, 0.42, 0.30, 0.35, 0.25, 0.25, 0.08)),
    Persona("new_hires", 18, (LONDON, BERLIN, NEW_YORK), 2.0, _responds(0.55, 0.52, 0.60, 0.35, 0.60, 0.40, 0.20)),
    Persona("managers", 14, (LONDON, NEW_YORK), 1.6, _responds(0.64, 0.62, 0.50, 0.58, 0.30, 0.20, 0.15)),
)


@dataclass(frozen=True)
class Person:
    """Somebody with an account: a member of a persona, or (`persona` None) a facilitator."""

    user: str
    persona: str | None
    hours: WorkingHours
    activity: float  # 1 is average

    @property
    def staff(self) -> bool:
        """Whether they belong to the programme's staff."""
        return self.persona is None


@dataclass(frozen=True)
class Bot:
    """An app's account."""

    user: str = "U0CRICKBOT"
    bot_id: str = "B0CRICKBOT"
    app_id: str = "A0DIGEST01"
    name: str = "digest"


BOT = Bot()

FACILITATORS: tuple[Person, ...] = tuple(
    Person(f"U0STAFF{number:03d}", None, WorkingHours(zone, 8.5, 17.5), 1.0)
    for number, zone in enumerate((LONDON, BERLIN, NEW_YORK), start=1)
)
"""Who posts the assets: one in London, one in Berlin, one in New York."""


def hire(seed: int) -> tuple[Person, ...]:
    """Return the learners; the seed decides who lives where, rises early and talks much."""
    people: list[Person] = []
    for number, persona in enumerate(PERSONAS):
        rng = Random(f"{seed}/people/{persona.name}")
        for index in range(persona.members):
            opens = rng.uniform(8.0, 9.5)
            # Zones go round, so that no seed leaves one of them empty.
            zone = persona.zones[index % len(persona.zones)]
            activity = min(2.0, max(0.4, rng.lognormvariate(-0.08, 0.4)))
            hours = WorkingHours(zone, opens, opens + rng.uniform(8.0, 9.0))
            people.append(Person(f"U0{number + 1}{index:06d}", persona.name, hours, activity))
    return tuple(people)
