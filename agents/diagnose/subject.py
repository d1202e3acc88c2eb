"""The subject of a diagnosis: one verdict, and all that is known about it as of its time."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from agents.known import Known
from schemas.anomaly import Anomaly
from schemas.asset import AssetType
from schemas.directory import Brief
from schemas.ids import anomaly_id
from schemas.outcome import Prompt, Surroundings
from schemas.verdict import Verdict


@dataclass(frozen=True)
class Places:
    """Where an audience is active: decayed messages and reactions a week."""

    here: float
    elsewhere: float  # in all other places together
    best: str  # name of the other place where they are most active; empty: there is none
    best_weekly: float


@dataclass(frozen=True)
class Subject:
    """One verdict and what is known about it; every answer is None where it is not known.

    Parameters
    ----------
    minimum_prompts
        A share of silent prompts that rests on fewer is not known.
    minimum_weekly
        Less activity a week than this, wherever it is, does not tell where people are.
    smallest_group
        What fewer people do in a week is theirs alone, so nothing is said about it.
    young_prompts
        A programme in which fewer prompts have run their course is young.
    """

    verdict: Verdict
    known: Known
    as_of: float
    minimum_prompts: float = 3.0
    minimum_weekly: float = 1.0
    smallest_group: int = 5
    young_prompts: float = 10.0

    @property
    def prompt(self) -> Prompt:
        """Return the prompt (at other levels than prompt the latest one)."""
        return self.verdict.prompt

    @cached_property
    def brief(self) -> Brief | None:
        """Return what the designer wrote."""
        if not self.prompt.asset_id or self.verdict.level == "channel":
            return None
        return self.known.brief(self.prompt.asset_id)

    @cached_property
    def surroundings(self) -> Surroundings | None:
        """Return what was going on in the channel."""
        around = self.prompt.surroundings
        return None if around == Surroundings() else around

    @cached_property
    def targets(self) -> tuple[str, ...]:
        """Return the personas that the brief names; empty: not said."""
        return tuple(dict.fromkeys(self.brief.personas)) if self.brief else ()

    @property
    def audience(self) -> tuple[str, ...]:
        """Return whom it was for: the targeted personas, else the one that names the segment."""
        return self.targets or (self.prompt.persona,)

    @cached_property
    def size(self) -> int | None:
        """Return how many members the audience has."""
        counts = [self.known.members_of_persona(persona) for persona in self.audience]
        return sum(counts) if all(counts) else None

    def group(self, persona: str) -> int:
        """Return how many members a persona has, else how many of it could see the prompt."""
        return self.known.members_of_persona(persona) or self.prompt.reach.get(persona, 0)

    @property
    def crowd(self) -> int:
        """Return how many members the audience has, else how many of it could see the prompt."""
        reach = self.prompt.reach
        return self.size if self.size is not None else sum(reach.get(persona, 0) for persona in self.audience)

    @cached_property
    def places(self) -> Places | None:
        """Return where the audience is active."""
        if self.crowd < self.smallest_group:
            return None
        weekly: dict[str, float] = {}
        starts = tuple(f"{persona}|" for persona in self.audience)
        for key, count in self.known.places(self.as_of).items():
            if key.startswith(starts):
                place = key.partition("|")[2]
                weekly[place] = weekly.get(place, 0.0) + count
        if sum(weekly.values()) < self.minimum_weekly:
            return None
        here = weekly.pop(f"{self.prompt.source}:{self.prompt.conversation}", 0.0)
        best = min(weekly, key=lambda place: (-weekly[place], place), default="")
        return Places(
            here=here,
            elsewhere=sum(weekly.values()),
            best=self.name(*best.split(":", 1)) if best else "",
            best_weekly=weekly.get(best, 0.0),
        )

    @property
    def better_place(self) -> Places | None:
        """Return where the audience is active when there is a place where they are more so than here."""
        places = self.places
        if places is None or places.best_weekly < self.minimum_weekly or places.best_weekly <= places.here:
            return None
        return places

    def silence(self, kind: str, key: str) -> tuple[float, float] | None:
        """Return a share of silent prompts and the number it rests on."""
        rate, number = self.known.silence_rate(self.as_of, kind, key)
        return (rate, number) if number >= self.minimum_prompts else None

    def pooled_silence(self, segments: Iterable[str]) -> tuple[float, float] | None:
        """Return the share of silent prompts over several segments, and the number it rests on."""
        rates = [self.known.silence_rate(self.as_of, "segment", segment) for segment in segments]
        number = sum(n for _, n in rates)
        return (sum(rate * n for rate, n in rates) / number, number) if number >= self.minimum_prompts else None

    @property
    def other_personas(self) -> list[str]:
        """Return the personas it was not for."""
        others = dict.fromkeys((*self.known.personas(), *self.prompt.reach))
        return [persona for persona in others if persona not in {*self.audience, self.prompt.persona}]

    @property
    def other_segments(self) -> list[str]:
        """Return the segments of the same persona that were asked for something else."""
        return [f"{self.prompt.persona}/{other}" for other in AssetType if other != self.prompt.asset_type]

    def name(self, source: str, conversation: str) -> str:
        """Return how people call a place."""
        return f"#{self.known.channel_name(source, conversation).removeprefix('#')}"

    @property
    def channel(self) -> str:
        """Return how people call the place of the prompt."""
        return self.name(self.prompt.source, self.prompt.conversation)

    @property
    def ask(self) -> str:
        """Return what it asks for, in words."""
        return self.prompt.asset_type.replace("_", " ")

    @property
    def people(self) -> str:
        """Return whom it was for, in words."""
        return " and ".join(self.audience)

    @property
    def title(self) -> str:
        """Return how people know the asset, or what the segment is asked for."""
        if self.verdict.level == "channel":
            return self.channel
        if self.verdict.level == "segment":
            return f"{self.ask} prompts to {self.prompt.persona}"
        if self.brief and self.brief.title.strip():
            return self.brief.title.strip()
        posted = datetime.fromtimestamp(self.prompt.posted_at, UTC)
        place = f"{self.ask} in {self.channel}, {posted:%Y-%m-%d %H:%M} UTC"
        return f"{self.prompt.asset_id}: {place}" if self.verdict.level in ("asset", "persona") else place


def anomaly_about(subject: Subject, **finding: Any) -> Anomaly:
    """Return the anomaly of a subject: what follows from its verdict, and what was found."""
    verdict = subject.verdict
    return Anomaly(
        anomaly_id=anomaly_id(verdict.level, verdict.subject),
        time=verdict.time,
        version=verdict.version,
        title=subject.title,
        verdict=verdict,
        **finding,
    )
