"""What a simulation is made of: deliveries, the directory, and what is true."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from pipeline.directory.briefs import NONE
from pipeline.simulate.journal import Delivery
from pipeline.simulate.payload import TEAM
from pipeline.simulate.people import Bot, Person
from pipeline.simulate.places import Place
from pipeline.simulate.programme import DeadCause
from schemas.directory import Brief, Channel, Member
from schemas.ids import prompt_id, pseudonym


@dataclass(frozen=True)
class PromptTruth:
    """A prompt as it really went; `responders` are the users with a response that stands at the story's end."""

    asset_id: str
    conversation: str
    message: str
    posted_at: float
    responders: frozenset[str]

    def prompt_id(self, source: str) -> str:
        """Name the prompt as the pipeline does."""
        return prompt_id(source, self.conversation, self.message)


@dataclass(frozen=True)
class Truth:
    """What a judge should find: the dead assets with their cause, and nothing of the healthy ones."""

    dead: dict[str, DeadCause]
    healthy: frozenset[str]
    prompts: tuple[PromptTruth, ...]

    def of(self, asset_id: str) -> tuple[PromptTruth, ...]:
        """Return the prompts of an asset."""
        return tuple(prompt for prompt in self.prompts if prompt.asset_id == asset_id)


@dataclass(frozen=True)
class Simulation:
    """A told story; iterating gives its deliveries in the order in which they arrive."""

    seed: int
    start: float
    end: float
    deliveries: tuple[Delivery, ...]
    people: tuple[Person, ...]
    bot: Bot
    places: tuple[Place, ...]
    members: dict[str, tuple[str, ...]]  # conversation -> users, the bot left out
    briefs: tuple[Brief, ...]
    truth: Truth
    team_id: str = TEAM

    def __iter__(self) -> Iterator[Delivery]:
        return iter(self.deliveries)

    def directory(self, key: bytes, source: str = "slack") -> list[Member | Channel | Brief]:
        """Return the directory as records, with the pseudonyms that the installation's key gives."""

        def hidden(user: str) -> str:
            return pseudonym(key, self.team_id, user)

        records: list[Member | Channel | Brief] = [
            Member(member=hidden(person.user), persona=person.persona, staff=person.staff) for person in self.people
        ]
        records.append(Member(member=hidden(self.bot.user), bot=True))
        for place in self.places:
            members = tuple(hidden(user) for user in self.members[place.conversation])
            records.append(Channel(source=source, conversation=place.conversation, name=place.name, members=members))
        return [*records, *self.briefs]

    def write_directory(self, folder: Path, source: str = "slack") -> None:
        """Write the directory as the files an installation would have: members, channels and briefs."""
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "members.csv").open("w", newline="", encoding="utf-8") as file:
            members = csv.writer(file, lineterminator="\n")
            members.writerow(["workspace", "member", "persona", "staff"])
            for person in self.people:
                members.writerow([self.team_id, person.user, person.persona or "", str(person.staff).lower()])
        with (folder / "channels.csv").open("w", newline="", encoding="utf-8") as file:
            channels = csv.writer(file, lineterminator="\n")
            channels.writerow(["source", "conversation", "name", "members"])
            for place in self.places:
                users = " ".join(self.members[place.conversation])
                channels.writerow([source, place.conversation, place.name, users])
        said = (brief.model_dump(mode="json", exclude={"kind"}, exclude_none=True) for brief in self.briefs)
        briefs = [{key: NONE if value == "" else value for key, value in brief.items()} for brief in said]
        (folder / "briefs.yaml").write_text(yaml.safe_dump(briefs, sort_keys=False), encoding="utf-8")
