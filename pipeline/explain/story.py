"""The story of one prompt as it stands in the tables: what was posted, expected, came and was found."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

SMALLEST_GROUP = 5
"""A persona of which fewer members were reached is not named, as in the views: that would speak of individuals."""

SMALL_GROUPS = "small groups"


@dataclass(frozen=True)
class Posted:
    """What was posted, where, and who could see it."""

    prompt_id: str
    source: str
    workspace: str
    conversation: str
    author: str
    posted_at: datetime
    asset_id: str
    title: str
    asset_type: str
    asset_type_from: str
    persona: str
    persona_given: bool
    reach: dict[str, int]
    reach_total: int
    active_members: int
    competing_prompts: int
    earlier_prompts: int


@dataclass(frozen=True)
class Expected:
    """What was expected when it was posted.

    Attributes
    ----------
    responders, responders_horizon
        By the deadline (else the horizon), and by the horizon.
    p_zero, p_zero_horizon
        Chance of silence until then.
    deadline, alpha
        When that chance falls below alpha; None: it never does, too little is expected to tell.
    horizon
        Until when it is waited for; None: not known of rows from before it was recorded.
    views
        p_zero at the horizon by each view of the model, `mix` is what counts.
    borrowed, borrowed_from
        Share of the expected responders that comes from above the segment, 0 to 1, and where most of that comes from;
        empty: not recorded.
    """

    responders: float
    responders_horizon: float
    p_zero: float
    p_zero_horizon: float
    deadline: datetime | None
    alpha: float
    horizon: datetime | None
    views: dict[str, float]
    as_of: datetime
    version: int
    borrowed: float = 0.0
    borrowed_from: str = ""


@dataclass(frozen=True)
class Came:
    """What came, as far as it is known.

    Attributes
    ----------
    silent_at
        When it was called silent; later than the deadline where what had come was taken back. None: not now.
    """

    status: str
    flagged: bool
    closed: bool
    responders: int
    responses: int
    by_persona: dict[str, int]
    first_response_at: datetime | None
    known_until: datetime
    time: datetime
    silent_at: datetime | None = None


@dataclass(frozen=True)
class Stage:
    """The life of the prompt until the end of one age bin; `came` is None where that is not known (yet)."""

    until: datetime
    hours: float
    p_zero: float
    expected: float
    came: int | None


@dataclass(frozen=True)
class Cause:
    """A hypothesis of the checklist; question and finding are empty where the package's checklist has no such code."""

    code: str
    probability: float
    question: str
    finding: str


@dataclass(frozen=True)
class Evidence:
    """One thing that is known, and for what it counts.

    Attributes
    ----------
    weights
        Hypothesis -> log likelihood ratio (nats); empty in rows from before it was recorded.
    speaks_for, speaks_against
        Hypotheses for which that is clear.
    """

    code: str
    value: str
    sentence: str
    weights: dict[str, float]
    speaks_for: list[str]
    speaks_against: list[str]

    def factor(self, cause: str) -> float | None:
        """Return by what the odds of a cause are multiplied; None: not known.

        >>> Evidence("a", "true", "A.", {"elsewhere": 0.6931}, [], []).factor("elsewhere")
        2.0
        """
        return round(math.exp(self.weights[cause]), 2) if cause in self.weights else None


@dataclass(frozen=True)
class Diagnosis:
    """Why it is likely silent.

    Attributes
    ----------
    level
        Whether it speaks of this prompt, or of the asset over its prompts.
    beside
        The cause that leads together with the hypothesis; empty: none.
    checklist
        Digest of the checklist that explained it; empty: not recorded.
    causes, evidence
        The likeliest first; what counts most for or against that one first.
    """

    level: str
    verdict: str
    time: datetime
    hypothesis: str
    causes: list[Cause]
    evidence: list[Evidence]
    next_step: str
    beside: str = ""
    checklist: str = ""
    state: str = "open"


@dataclass(frozen=True)
class Said:
    """What people say of it, and still stands; `level` is that of the anomaly they speak of, prompt or asset."""

    level: str
    says: str
    cause: str
    note: str
    time: datetime
    people: int


@dataclass(frozen=True)
class OverPrompts:
    """What the prompts of the asset say together: the run that this prompt belongs to.

    Attributes
    ----------
    time
        When the state became true.
    e_value, limit
        What the run weighs, and from where on that is news: a healthy asset gets there at most once in `limit` prompts.
    """

    state: str
    time: datetime
    prompts: int
    e_value: float
    limit: float


@dataclass(frozen=True)
class Chronic:
    """That the segment of the prompt is never answered, so that expectations have got used to it.

    Attributes
    ----------
    since, found_at
        Posting of the first prompt in a row that nobody answered, and when that was found to be chronic.
    prompts
        Of the segment in a row that ended in silence.
    reference, reference_by
        Share of silent prompts that would be usual, and whose share that is.
    """

    since: datetime
    found_at: datetime
    prompts: int
    reference: float
    reference_by: str


@dataclass(frozen=True)
class Posting:
    """A prompt of the same asset, in one line."""

    prompt_id: str
    posted_at: datetime
    conversation: str
    status: str
    responders: int
    expected_horizon: float
    too_little: bool


@dataclass(frozen=True)
class Story:
    """All of it. `course` is empty in rows from before it was recorded, `part_of` where it is silent by itself."""

    posted: Posted
    expected: Expected
    came: Came
    course: list[Stage]
    over_prompts: OverPrompts | None
    diagnosis: Diagnosis | None
    history: list[Posting]
    said: list[Said] = field(default_factory=list)
    chronic: Chronic | None = None
    part_of: str = ""
    hidden_personas: list[str] = field(default_factory=list)


def without_small_groups(counts: Mapping[str, int], reach: Mapping[str, int]) -> dict[str, int]:
    """Return counts by persona, those of which fewer than five members were reached added up under one name.

    >>> without_small_groups({"sales": 9, "managers": 1, "guests": 1}, {"sales": 40, "managers": 4})
    {'sales': 9, 'small groups': 2}
    """
    shown: dict[str, int] = {}
    for persona, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        name = persona if reach.get(persona, 0) >= SMALLEST_GROUP else SMALL_GROUPS
        shown[name] = shown.get(name, 0) + count
    return shown
