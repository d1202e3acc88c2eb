"""Expectations: everything that is learned about prompts, in one seat."""

from collections.abc import Mapping
from typing import Any, Protocol

from river import base

from models.activity_clock import ActivityClock
from models.activity_personas import ActivityPersonas
from models.age_bins import edges_until
from models.answerers import Answerers
from models.attendance import Attendance
from models.deadline import deadline_age
from models.direct_silence import DirectSilence
from models.features import prompt_features, rate_keys
from models.first_response import FirstResponse
from models.judgement import Judgement
from models.measured_silence import MeasuredSilence
from models.mixture import Mixture, bend
from models.part import Part
from models.places import Places
from models.pulse import UNKNOWN, Pulse
from models.responders import Responders
from models.segment_rate import OVERALL, SegmentRate
from models.source_clock import SourceClock
from schemas.base import HOUR
from schemas.erasure import digest
from schemas.errors import CricketsError
from schemas.event import Traits
from schemas.ids import source_key
from schemas.observation import Activity, BinPassed, HorizonReached
from schemas.outcome import Prompt

Values = Mapping[str, Mapping[str, Any]]
_KINDS = ("author", "channel", "segment", "asset_type", "persona", "programme", "asset", "place")


class Given(Protocol):
    """The personas that the directory gives; a mapping of members is one."""

    def get(self, member: str, /) -> str | None:
        """Return the given persona of a member."""


class JudgingOnlyError(CricketsError):
    """Expectations that were built around published values were asked to learn."""


class Expectations(base.Estimator):
    """What is expected of a prompt: judged from features, learned from observations, published in parts.

    Timeline of one prompt::

        posted --judge--> bin passed --learn_bin--> ... horizon --learn_horizon-->
                 (features, edges and views are kept and learned with as they were)

    Parameters
    ----------
    occasional, regular, core
        Thresholds of the inferred personas.
    max_authors, max_segments, max_members, max_places
        Bounds; what was not written for longest is forgotten. Channels, assets and places of prompts are bounded
        like segments.

    Examples
    --------
    >>> from schemas.asset import AssetType
    >>> prompt = Prompt(prompt_id="s:C1:1", source="s", conversation="C1", message="1", author="m_1", posted_at=0.0,
    ...                 asset_type=AssetType.QUESTION, persona="sales", reach={"sales": 40})
    >>> model = Expectations()
    >>> judgement = model.judge(prompt, Traits(length=80, question=True), alpha=0.1, horizon_hours=168.0)
    >>> round(judgement.expected, 1), judgement.deadline is None  # nothing learned, nothing claimed
    (2.0, True)
    >>> judgement.borrowed, judgement.borrowed_from
    (1.0, 'prior')
    >>> Expectations.from_values(model.everything()).judge(prompt, Traits(length=80, question=True), 0.1, 168.0
    ...     ) == judgement
    True
    """

    def __init__(
        self,
        occasional: float = 3.0,
        regular: float = 12.0,
        core: float = 40.0,
        max_authors: int = 100_000,
        max_segments: int = 5_000,
        max_members: int = 100_000,
        max_places: int = 20_000,
    ) -> None:
        self.occasional = occasional
        self.regular = regular
        self.core = core
        self.max_authors = max_authors
        self.max_segments = max_segments
        self.max_members = max_members
        self.max_places = max_places
        bounds = dict.fromkeys(_KINDS, max_segments) | {"author": max_authors}
        self.rates = SegmentRate(bounds, weights={"author": 2.0})
        self.clock = ActivityClock()
        self.attendance = Attendance()
        self.hazard = FirstResponse()
        self.direct = DirectSilence()
        self.measured = MeasuredSilence()
        self.mixture = Mixture()
        self.responders = Responders(max_segments=max_segments)
        self.personas = ActivityPersonas(occasional, regular, core, max_members=max_members)
        self.places = Places(max_places=max_places)
        self.answerers = Answerers(max_assets=max_segments)
        self.sources = SourceClock()
        self._judging_only = False

    # ---- judging

    def judge(
        self, prompt: Prompt, traits: Traits, alpha: float, horizon_hours: float, pulse: Pulse = UNKNOWN
    ) -> Judgement:
        """Say what is expected of a prompt; changes nothing, so twice gives the same.

        Parameters
        ----------
        prompt, traits
            The prompt as it was posted.
        alpha
            Accepted share of healthy prompts that are called silent.
        horizon_hours
            Calendar hours after which nothing counts as a response.
        pulse
            How lively its conversation was when it was posted.
        """
        keys = rate_keys(prompt, traits.length)
        x = prompt_features(prompt, traits, self.rates, keys, pulse)
        posted, persona = prompt.posted_at, prompt.persona
        end = posted + horizon_hours * HOUR
        start = self.clock.to_activity(persona, posted)
        ages = edges_until(self.clock.to_activity(persona, end) - start)
        moments = self.clock.to_calendars(persona, [start + age for age in ages[:-1]])
        hazard = self.hazard.survival(x)[: len(ages)]
        views = {
            "segment": self.rates.rate("place", keys["place"]),
            "hazard": hazard[-1],
        }
        if self.direct.weights:  # both learn at the horizon; before the first one they know nothing
            views["direct"], views["measured"] = self.direct.p_zero(x), self.measured.p_zero(x)
        views["mix"] = self.mixture.p_zero(views)
        curve = bend(hazard, views["mix"], ages)
        age = deadline_age(curve, ages, alpha)
        deadline = None
        if age is not None:  # nobody is told at night of what came to be expected at night
            deadline = min(self.clock.awake(persona, self.clock.to_calendar(persona, start + age)), end)
        posterior = self.responders.posterior(keys["asset_type"], keys["segment"])
        expected = posterior.expected(sum(prompt.reach.values()))
        by_then = horizon_hours if deadline is None else (deadline - posted) / HOUR
        edges = (*[(moment if moment < end else end) - posted for moment in moments], end - posted)
        ages_hours = [*[edge / HOUR for edge in edges], by_then]
        *shares, share = self.responders.shares(keys["asset_type"], ages_hours, horizon_hours)
        return Judgement(
            p_zero=curve[-1] if age is None else alpha,
            p_zero_horizon=curve[-1],
            expected=expected,
            expected_at_deadline=expected * share,
            borrowed=posterior.borrowed,
            borrowed_from=posterior.borrowed_from,
            deadline=deadline,
            views=views,
            features=x,
            keys=keys,
            edges=edges,
            curve=tuple(curve),
            expected_by=tuple([expected * share for share in shares]),
        )

    def postponed(self, persona: str, posted: float, planned: float, due: float, until: float) -> float | None:
        """Return the deadline by which as much was lived as had been planned; None: at `due` it was, known `until`."""
        later = self.attendance.postponed(self.clock, persona, posted, planned, due, until)
        return None if later is None else self.clock.awake(persona, later)

    def expected_by(self, prompt: Prompt, age_hours: float, horizon_hours: float = 168.0) -> float:
        """Return the responders expected by an age of the prompt (calendar hours)."""
        asset_type = prompt.asset_type.value
        expected = self.responders.expected(asset_type, prompt.segment, sum(prompt.reach.values()))
        return expected * self.responders.share(asset_type, age_hours, horizon_hours)

    def silence_rate(self, kind: str, key: str) -> tuple[float, float]:
        """Return the smoothed share of silent prompts under a key, and the decayed number it rests on."""
        return self.rates.rate(kind, key), self.rates.count(kind, key)

    def persona_of(self, member: str) -> str:
        """Return the inferred persona of a member."""
        return self.personas.label(member)

    # ---- learning

    def learn_bin(self, observation: BinPassed) -> None:
        """Learn from an age bin that an open prompt lived through, or was answered in."""
        self._refuse_when_judging_only()
        if observation.bin < self.hazard.n_bins:
            self.hazard.learn_one(observation.features, observation.bin, observation.answered)

    def learn_horizon(self, observation: HorizonReached) -> None:
        """Learn from a prompt whose horizon has passed."""
        self._refuse_when_judging_only()
        self.direct.learn_one(observation.features, observation.silent)
        self.measured.learn_one(observation.features, observation.silent)
        self.mixture.learn_one(observation.views, observation.silent)
        self.rates.learn_one(observation.keys, observation.silent)
        self.responders.learn_one(
            observation.keys.get("asset_type", ""),
            observation.keys.get("segment", ""),
            observation.responders,
            observation.reach,
            observation.first_response_hours,
        )
        asset = observation.keys.get("asset", "")
        if asset and asset != observation.prompt_id:  # a prompt without an asset is not posted again
            self.answerers.learn_one(asset, observation.responders_by_persona)

    def learn_activity(self, observation: Activity, given: Given) -> None:
        """Learn who is active where and when; `given` holds the personas of the directory."""
        self._refuse_when_judging_only()
        time, counts = observation.epoch, dict[str, int]()
        self.personas.pass_time(time)
        for member, n in observation.members.items():
            persona = given.get(member)
            if persona:
                self.personas.forget(member)
            else:
                self.personas.learn_one(member, time, n)
                persona = self.personas.label(member)
            counts[persona] = counts.get(persona, 0) + n
        for persona, n in counts.items():
            self.clock.learn_one(persona, time, n)
            self.attendance.learn_one(persona, time, n)
            self.places.learn_one(persona, f"{observation.source}:{observation.conversation}", time, n)
        if observation.events:
            learn = self.sources.learn_one if observation.late_for is None else self.sources.fill_one
            learn(source_key(observation.source, observation.workspace), time, observation.events, observation.latest)

    def forget(self, erased: str) -> None:
        """Forget what was learned of one member as such, named by the digest of their pseudonym.

        What they had a part in stays: counts of segments, channels and hours, and weights, in which nobody is named.
        """
        self._refuse_when_judging_only()
        authors = self.rates.counts["author"]
        for part in (self.personas.labels, self.personas.activity, authors):
            for member in [member for member in part if digest(member) == erased]:
                del part[member]
        self.personas.activity.take_changes()  # it is not published: nobody asks it what has changed

    def _refuse_when_judging_only(self) -> None:
        if self._judging_only:
            msg = "these expectations were built around published values and only judge; learn with those that publish"
            raise JudgingOnlyError(msg)

    # ---- publishing

    def parts(self) -> dict[str, Part[Any]]:
        """Return what judging needs, by name."""
        parts: dict[str, Any] = {name: getattr(owner, attribute) for name, (owner, attribute) in self._seats().items()}
        return parts | {f"rates.{kind}": self.rates.counts[kind] for kind in (OVERALL, *_KINDS)}

    def take_changes(self) -> dict[str, dict[str, Any]]:
        """Return what changed since the last call: part -> {key: value, or None where the key was removed}."""
        changes = {name: part.take_changes() for name, part in self.parts().items()}
        return {name: changed for name, changed in changes.items() if changed}

    def everything(self) -> dict[str, dict[str, Any]]:
        """Return all of it in the form of `take_changes`."""
        return {name: part.everything() for name, part in self.parts().items()}

    @classmethod
    def from_values(cls, values: Values) -> "Expectations":
        """Return expectations that judge exactly like those that published `values`, around the same dicts.

        They refuse to learn: the dicts belong to whoever keeps the versions.
        """
        twin = cls()
        for name, (owner, attribute) in twin._seats().items():
            setattr(owner, attribute, values.get(name, {}))
        counts: dict[str, Any] = {kind: values.get(f"rates.{kind}", {}) for kind in (OVERALL, *_KINDS)}
        twin.rates.counts = counts
        twin._judging_only = True
        return twin

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Restore a pickle; an older one begins to count responders by persona, and to know sources."""
        self.__dict__.update(state)
        self.__dict__.setdefault("answerers", Answerers(max_assets=self.max_segments))
        self.__dict__.setdefault("sources", SourceClock())

    def _seats(self) -> dict[str, tuple[Any, str]]:
        return {
            "clock": (self.clock, "counts"),
            "exposures": (self.clock, "exposures"),
            "attendance": (self.attendance, "counts"),
            "hazard": (self.hazard, "weights"),
            "bins": (self.hazard, "counts"),
            "direct": (self.direct, "weights"),
            "measured": (self.measured, "weights"),
            "mixture": (self.mixture, "weights"),
            "responders": (self.responders, "counts"),
            "curves": (self.responders, "curves"),
            "personas": (self.personas, "labels"),
            "places": (self.places, "counts"),
            "answerers": (self.answerers, "counts"),
            "sources": (self.sources, "counts"),
            "sources.seen": (self.sources, "seen"),
            "sources.holes": (self.sources, "holes"),
        }
