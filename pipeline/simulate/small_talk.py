"""Small talk: everything in the channels that has nothing to do with the programme."""

from collections import deque
from random import Random

from pipeline.simulate.journal import Journal
from pipeline.simulate.payload import Message
from pipeline.simulate.people import BOT, PERSONAS, Person
from pipeline.simulate.places import PLACES, TOWN_HALL
from pipeline.simulate.working_hours import DAY, HOUR, weekday

_TALK = {persona.name: persona.talk for persona in PERSONAS}
_LIVELINESS = {place.conversation: place.liveliness for place in PLACES}
_ON_A_WEEKEND = 0.01  # chance that somebody writes a line on a day off
_RECENT = 8  # people answer what still stands on the screen

_LINES = (
    "Morning all.",
    "Has anybody seen the new draft?",
    "Lunch at twelve?",
    "The build is green again.",
    "Call went well, more later.",
    "Can somebody look at ticket 4711?",
    "Thanks, that helped.",
    "Moved the meeting to three.",
    "Rain again.",
    "Numbers of last week are in the folder.",
)
_REACTIONS = ("+1", "joy", "eyes", "heart", "tada")


def chat(journal: Journal, seed: int, people: tuple[Person, ...], seated: dict[str, tuple[Person, ...]]) -> None:
    """Let the learners talk; the bot posts a digest every six hours, day and night."""
    rng = Random(f"{seed}/small talk/lines")
    recent = {place.conversation: deque[Message](maxlen=_RECENT) for place in PLACES}
    reacted: set[tuple[str, str, str]] = set()
    for time, person, conversation in sorted(_moments(journal, seed, people, seated), key=lambda moment: moment[0]):
        on_screen = [message for message in recent[conversation] if message.user != person.user]
        act = rng.random()
        if on_screen and act < 0.35:
            message, reaction = rng.choice(on_screen), rng.choice(_REACTIONS)
            if (message.ts, person.user, reaction) not in reacted:
                reacted.add((message.ts, person.user, reaction))
                journal.react(time, message, person.user, reaction)
            continue
        root = rng.choice(on_screen) if on_screen and act < 0.6 else None
        message = journal.post(time, conversation, person.user, rng.choice(_LINES), root=root)
        if root is None:
            recent[conversation].append(message)
        slip = rng.random()
        if slip < 0.01:
            journal.delete(time + rng.uniform(90, 600), message)
            if root is None:
                recent[conversation].pop()
        elif slip < 0.03:
            journal.edit(time + rng.uniform(90, 600), message, f"{message.text} :)")
    for quarter in range(int((journal.end - journal.begin) // (6 * HOUR))):
        time = journal.begin + quarter * 6 * HOUR + 60 + rng.uniform(0, 30)
        journal.post(time, TOWN_HALL.conversation, BOT.user, "Digest: nothing new in the catalogue.")


def _moments(
    journal: Journal, seed: int, people: tuple[Person, ...], seated: dict[str, tuple[Person, ...]]
) -> list[tuple[float, Person, str]]:
    """Return who says something when and where."""
    homes: dict[str, list[str]] = {person.user: [] for person in people}
    for conversation, members in seated.items():
        for person in members:
            if person.user in homes and _LIVELINESS[conversation] > 0:
                homes[person.user].append(conversation)
    moments: list[tuple[float, Person, str]] = []
    first, last = int(journal.begin // DAY), int(journal.end // DAY)
    for person in people:
        rng = Random(f"{seed}/small talk/{person.user}")
        places = homes[person.user]
        weights = [_LIVELINESS[conversation] for conversation in places]
        for day in range(first, last):
            begin, end = person.hours.window(day)
            for _ in range(_lines_of_a_day(rng, person, day)):
                moments.append((rng.uniform(begin, end), person, rng.choices(places, weights)[0]))
    return moments


def _lines_of_a_day(rng: Random, person: Person, day: int) -> int:
    """Draw how often somebody writes on a day: a Poisson number on working days, hardly ever else."""
    if weekday(day) >= 5:
        return int(rng.random() < _ON_A_WEEKEND)
    expected = _TALK[person.persona or ""] * person.activity
    count, waited = 0, rng.expovariate(1.0)
    while waited < expected:
        count += 1
        waited += rng.expovariate(1.0)
    return count
