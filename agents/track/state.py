"""The state of a partition: what stands in the changelog, one record a key."""

from itertools import count
from math import exp, floor
from typing import Any

import msgspec
from msgspec import Struct

from schemas.asset import AssetType
from schemas.base import HOUR
from schemas.compiled import changed, compiled
from schemas.erasure import ERASED, digest, without
from schemas.expectation import BorrowedFrom
from schemas.outcome import Status
from schemas.response import Asked, Responding, Responses

NEVER = float("inf")
NEVER_HEARD = float("-inf")

HEARD_APART = 60.0
"""Seconds: what is heard sooner after what was taken in of a conversation changes nothing, and is not written."""

encode = msgspec.msgpack.Encoder().encode
"""Write a record of the changelog."""


def viewer(erased: str) -> int:
    """Return the number by which it is known that a member saw a prompt, from the digest of their pseudonym.

    Half of the digest: nobody gets back from it, and erasure, which has but the digest, finds it.
    """
    return int(erased[:16], 16)


class Clock(Struct, array_like=True, gc=False):
    """How far the partition has come; key `clock`."""

    offset: int = -1
    time: float = 0.0
    as_of: float = 0.0
    promised: float = 0.0
    observed_until: float = NEVER
    lived: float | None = None  # while time passes: what was due until then is told; else that is `time`
    heard: dict[str, float] = {}  # source_key -> its latest event here; not written by older versions

    def reached(self, epoch: float) -> float:
        """Return the start of the epoch that has been reached: nothing that is told now belongs to an earlier one."""
        return floor(self.time / epoch) * epoch


class Moments(Asked, array_like=True, frozen=True, gc=False):
    """When the silence of a prompt means something, and what is told of an age bin: the beginning of its facts."""

    horizon_at: float
    deadline: float | None
    edges: tuple[float, ...]  # ends of the age bins, seconds of calendar time, cut when it was judged
    workspace: str
    features: bytes  # as JSON: they are only ever passed on


class Facts(Moments, array_like=True, frozen=True, gc=False):
    """What never changes of an open prompt; key `prompt <id>`, written once.

    What it needs to be judged and learned from is kept with it: learning uses the same features that judging used.
    It stays packed as long as the prompt is open, and those who need but its beginning read but that.
    """

    source: str
    conversation: str
    asset_id: str
    asset_type: AssetType
    asset_type_from: str
    persona: str
    persona_given: bool
    reach: dict[str, int]
    surroundings: tuple[int, int, float, int, int]
    expectation: tuple[float, float, float, float, float, float, int]
    views: dict[str, float]
    length: int
    borrowed: float = 0.0  # as of here with defaults: older records end before
    borrowed_from: BorrowedFrom = ""


class Lived(Struct, array_like=True, gc=False):
    """What has happened to an open prompt; key `life <id>`, written when there is more than its beginning.

    Age bins that passed in silence are not written: how many they are follows from the clock.
    """

    version: int
    status: Status
    flagged: bool
    deadline_passed: bool
    answered: bool
    closed: bool
    bins_passed: int
    told: tuple[int, int]
    responses: Responses
    personas: dict[str, str]
    postponed: float | None = None  # not written by older versions
    held: float | None = None  # nor this
    viewers: list[int] | None = None  # nor this; sorted, so that equal states are written alike


class Life(Struct, gc=False):
    """An open prompt in memory: small, since there may be a million of them."""

    prompt_id: str
    facts: bytes = b""
    due: float = NEVER  # when it will be looked at: never later than silence means something again
    version: int = 1
    status: Status = "open"
    flagged: bool = False
    deadline_passed: bool = False
    answered: bool = False  # has ever been: its age bins are told
    closed: bool = False
    bins_passed: int = 0
    told: tuple[int, int] = (0, 0)  # responders and responses of the latest outcome
    responses: Responses | None = None
    personas: dict[str, str] | None = None  # responder -> persona when they first came
    postponed: float | None = None  # the deadline, since the one of the facts fell into hours that nobody lived
    held: float | None = None  # when to look again, past the horizon: the source delivered nothing for a while
    viewers: set[int] | None = None  # who saw it, by `viewer`; None: nobody tells
    stored: bool = False  # has a record `life`

    def record(self) -> bytes:
        """Return the record `life`."""
        return encode(
            (
                self.version, self.status, self.flagged, self.deadline_passed, self.answered, self.closed,
                self.bins_passed, self.told, self.responses or _NONE, self.personas or {}, self.postponed,
                self.held, None if self.viewers is None else sorted(self.viewers),
            )
        )  # fmt: skip

    def restore(self, record: bytes) -> None:
        """Take over what a record `life` says."""
        lived = _LIVED(record)
        self.version, self.status, self.told = lived.version, lived.status, lived.told
        self.flagged, self.deadline_passed = lived.flagged, lived.deadline_passed
        self.answered, self.closed, self.bins_passed = lived.answered, lived.closed, lived.bins_passed
        self.responses = lived.responses if lived.responses.items else None
        self.personas = lived.personas or None
        self.postponed, self.held = lived.postponed, lived.held
        self.viewers = None if lived.viewers is None else set(lived.viewers)
        self.stored = True

    def forget(self, erased: str) -> bool:
        """Put somebody without a name in an erased member's place; tell whether they were here."""
        there = self._forget_viewer(erased)
        responses = self.responses
        member = responses.member(erased) if responses is not None else None
        if responses is None or member is None:
            return there
        nobody = responses.rename(member)
        if self.personas and (persona := self.personas.pop(member, None)) is not None:
            self.personas[nobody] = persona
        return True

    def _forget_viewer(self, erased: str) -> bool:
        seen = self.viewers
        if seen is None or (number := viewer(erased)) not in seen:
            return False
        seen.remove(number)
        seen.add(next(nobody for nobody in count() if nobody not in seen))
        return True

    def deadline(self, moments: Moments) -> float | None:
        """Return the moment from which silence is a finding, as it stands now."""
        return moments.deadline if self.postponed is None else self.postponed

    def live_until(self, moments: Moments, time: float) -> None:
        """Pass over what was due until a moment and has been told: only its count is missing."""
        if self.closed or self.held is not None:
            return
        if not self.answered:
            edges = moments.edges
            while self.bins_passed < len(edges) and edges[self.bins_passed] <= time:
                self.bins_passed += 1
        deadline = self.deadline(moments)
        if deadline is not None and deadline <= time:
            self.deadline_passed = True

    @property
    def standing(self) -> bool:
        """Say whether any response stands."""
        return self.responses is not None and self.responses.answered

    @property
    def responders(self) -> dict[str, float]:
        """Return the members with a standing response, and the time of their first."""
        return self.tally()[0]

    def tally(self) -> tuple[dict[str, float], int]:
        """Return the members with a standing response and the time of their first, and how many responses stand."""
        return ({}, 0) if self.responses is None else self.responses.tally()

    @property
    def counts(self) -> tuple[int, int]:
        """Return how many responders and responses stand."""
        responders, responses = self.tally()
        return len(responders), responses

    @property
    def viewed_by(self) -> int | None:
        """Return how many members saw it; None: nobody tells."""
        return None if self.viewers is None else len(self.viewers)

    def by_persona(self, responders: dict[str, float]) -> dict[str, int]:
        """Count responders by the persona that they had when they came."""
        counted: dict[str, int] = {}
        if self.personas is not None:
            for member in responders:
                persona = self.personas[member]
                counted[persona] = counted.get(persona, 0) + 1
        return dict(sorted(counted.items())) if len(counted) > 1 else counted

    def asks(self, moments: Moments, due: float) -> bool:
        """Say whether what was learned is asked when a moment that is due passes; most of them only pass an age bin."""
        if self.closed:
            return False
        if due >= moments.horizon_at:
            return True
        return due == self.deadline(moments) and not (self.deadline_passed or self.standing)

    def next_due(self, moments: Moments) -> float:
        """Return the moment at which silence means something again."""
        if self.held is not None:
            return self.held
        due = moments.horizon_at
        if self.closed:
            return due
        if not self.answered and self.bins_passed < len(moments.edges):
            due = min(due, moments.edges[self.bins_passed])
        if not self.deadline_passed and (deadline := self.deadline(moments)) is not None:
            due = min(due, deadline)
        return due


class Early(Struct, array_like=True):
    """What came before its prompt, kept aside for a while; key `early <prompt id>`."""

    until: float
    events: list[Responding]

    def record(self) -> bytes:
        """Return the record."""
        return encode((self.until, self.events))

    def forget(self, erased: str) -> bool:
        """Put somebody without a name in an erased member's place; tell whether they were here."""
        there = False
        for index, event in enumerate(self.events):
            if event.kind != "message_deleted" and digest(event.author) == erased:
                self.events[index] = changed(event, author=ERASED, event_id=without(event.event_id, {erased}))
                there = True
        return there

    @classmethod
    def restored(cls, record: bytes) -> "Early":
        """Return what a record says."""
        return cls(*_EARLY(record))


class Recent(Struct, array_like=True, frozen=True, gc=False):
    """A prompt that was posted in a conversation lately."""

    time: float
    prompt_id: str


class Conversation(Struct, array_like=True, gc=False):
    """The pulse of a conversation; key `conversation <id>`."""

    first_seen: float
    recent: list[Recent] = []
    assets: dict[str, int] = {}  # asset -> prompts of it posted here
    views: tuple[float, float] | None = None  # since when, and until which day, it is told who saw what
    heard: float = NEVER_HEARD  # when somebody was heard there, to the minute; not written by older versions
    lively: float = 0.0  # minutes in which somebody was, each fading over an hour, as of `heard`; nor this

    def lively_at(self, time: float) -> float:
        """Return in how many minutes somebody was heard, each counted as exp(-age / 1 h)."""
        return self.lively * exp(-max(time - self.heard, 0.0) / HOUR)


_NONE = Responses()
_LIVED = msgspec.msgpack.Decoder(Lived).decode
_EARLY = msgspec.msgpack.Decoder(tuple[float, list[compiled(Responding)]]).decode  # type: ignore[misc]

facts: Any = msgspec.msgpack.Decoder(Facts).decode
