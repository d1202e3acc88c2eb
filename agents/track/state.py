"""The state of a partition: what stands in the changelog, one record a key."""

from collections import Counter
from math import floor

from pydantic import BaseModel, Field

from schemas.expectation import Expectation
from schemas.observation import Features
from schemas.outcome import Prompt, Status
from schemas.response import Asked, Responding, Responses

NEVER = float("inf")


class Clock(BaseModel):
    """How far the partition has come; key `clock`."""

    offset: int = -1
    time: float = 0.0
    as_of: float = 0.0
    promised: float = 0.0
    observed_until: float = NEVER

    def reached(self, epoch: float) -> float:
        """Return the start of the epoch that has been reached: nothing that is told now belongs to an earlier one."""
        return floor(self.time / epoch) * epoch


class OpenPrompt(BaseModel):
    """A prompt until its horizon; key `prompt <id>`.

    What it needs to be judged and learned from is kept with it: learning uses the same features that judging used.
    """

    prompt: Prompt
    expectation: Expectation
    features: Features
    keys: dict[str, str]
    edges: list[float] = Field(description="ends of the age bins, seconds of calendar time, cut when it was judged")
    horizon_at: float
    responses: Responses = Field(default_factory=Responses)
    personas: dict[str, str] = Field(default_factory=dict, description="responder -> persona when they first came")
    version: int = 0
    status: Status = "open"
    flagged: bool = False
    deadline_passed: bool = False
    answered: bool = Field(default=False, description="has ever been answered: its age bins are told")
    bins_passed: int = 0
    told: tuple[int, int] = Field(default=(0, 0), description="responders and responses of the latest outcome")
    closed: bool = False

    @property
    def asked(self) -> Asked:
        """Return what the definition of a response needs to know."""
        return Asked(message=self.prompt.message, author=self.prompt.author, posted_at=self.prompt.posted_at)

    @property
    def counts(self) -> tuple[int, int]:
        """Return how many responders and responses stand."""
        return len(self.responses.responders), len(self.responses.standing)

    @property
    def responders_by_persona(self) -> dict[str, int]:
        """Count the standing responders by the persona that they had when they came."""
        return dict(sorted(Counter(self.personas[member] for member in self.responses.responders).items()))

    def may_tell(self, due: float) -> bool:
        """Say whether passing a moment that is due may end in a verdict; most of them only pass an age bin."""
        if self.closed or self.responses.standing:
            return False
        return due >= self.horizon_at or (due == self.expectation.deadline and not self.deadline_passed)

    def next_due(self) -> float:
        """Return the moment at which silence means something again."""
        due = self.horizon_at
        if self.closed:
            return due
        if not self.answered and self.bins_passed < len(self.edges):
            due = min(due, self.edges[self.bins_passed])
        deadline = self.expectation.deadline
        if deadline is not None and not self.deadline_passed:
            due = min(due, deadline)
        return due


class Early(BaseModel):
    """What came before its prompt, kept aside for a while; key `early <prompt id>`."""

    until: float
    events: list[Responding] = Field(default_factory=list)


class Recent(BaseModel):
    """A prompt that was posted in a conversation lately."""

    time: float
    prompt_id: str


class Conversation(BaseModel):
    """The pulse of a conversation; key `conversation <id>`."""

    first_seen: float
    recent: list[Recent] = Field(default_factory=list)
    assets: dict[str, int] = Field(default_factory=dict, description="asset -> prompts of it posted here")


class Presence(BaseModel):
    """A member in a conversation; key `presence <conversation> <member>`."""

    day: int = Field(default=-1, description="day of the last activity, counted from 1970-01-01 UTC; -1: never")
    joined: bool | None = Field(default=None, description="by an event; None: the directory knows")
