"""How each cause of a silence shows itself, and what blurs that.

Written from what the questions of the checklist mean, and by no means from the counts by which it weighs the answers:
nothing here reads models/checklist.yaml, or is read by it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from schemas.asset import AssetType

NO_WIIFM, ELSEWHERE, WRONG_AUDIENCE = "no_wiifm", "elsewhere", "wrong_audience"
NO_NEED, SLOW_BUILD = "no_need", "slow_build"

CAUSES = (NO_WIIFM, ELSEWHERE, WRONG_AUDIENCE, NO_NEED, SLOW_BUILD)
PAIRS = tuple(combinations(CAUSES, 2))

SHOWN = 0.85
"""Probability that a sign of a cause is there."""

STRAY = 0.15
"""Probability that the same sign is there without the cause."""

INCOMPLETE = 0.5
"""Share of the briefs that lack lines, whatever the designer had in mind."""

RATINGS = (AssetType.THUMBS_UP, AssetType.POLL)
EXCHANGES = (AssetType.QUESTION, AssetType.DISCUSSION, AssetType.CHALLENGE)


@dataclass(frozen=True, slots=True)
class Design:
    """What a designer did, on purpose or not.

    Attributes
    ----------
    ask
        What it asks for: a rating serves the designer, an exchange the learners.
    wiifm, objective, public_reason
        Whether there is one, and the brief says so.
    crowd
        Posted where everybody is, instead of where one persona is.
    for_all
        The brief names every persona.
    own_place
        Posted in a place of its own, instead of where people are.
    quiet
        Those it is for do not write in that place, but for very few.
    new_place
        That place opened for it; else it is old.
    competing
        Other prompts are posted there on the same day, each time.
    rushed
        For the persona that hardly has time.
    young
        Among the first prompts of a programme.
    left_out
        Lines that the brief lacks although there is something to say.
    """

    ask: AssetType
    wiifm: bool = True
    objective: bool = True
    public_reason: bool = True
    crowd: bool = False
    for_all: bool = False
    own_place: bool = False
    quiet: bool = False
    new_place: bool = False
    competing: bool = False
    rushed: bool = False
    young: bool = False
    left_out: frozenset[str] = frozenset()


LINES = ("wiifm", "objective", "public_reason", "personas", "asset_type")


def plant(causes: Sequence[str], rng: np.random.Generator, template: bool = False, stray: bool = False) -> Design:
    """Draw a design that fails for these causes; for none, a healthy one with the same stray signs.

    Where a `template` is in use everything of a brief is filled in, and what dies of `no_need` looks different there: a
    rating with a wiifm and a reason, for people with time, on a quiet day. No checklist expects that.

    What a cause consists in is always there (who posts in a deserted place posts in a deserted place), what goes with
    it nearly always, and what goes with the others now and then. With `stray` no sign gives a cause away: other assets,
    healthy ones too, have a place of their own or come early now and then, and a deserted place may not look like it.
    """

    def sign(cause: str, shown: float = SHOWN, stray: float = STRAY) -> bool:
        return bool(rng.random() < (shown if cause in causes else stray))

    asks = RATINGS if sign(NO_WIIFM) else EXCHANGES
    drawn = Design(
        ask=asks[rng.integers(len(asks))],
        wiifm=not sign(NO_WIIFM),
        objective=not sign(WRONG_AUDIENCE),
        public_reason=not sign(NO_NEED),
        crowd=sign(WRONG_AUDIENCE, shown=1.0),
        for_all=sign(WRONG_AUDIENCE),
        own_place=sign(ELSEWHERE, shown=1.0) if stray else ELSEWHERE in causes,
        quiet=sign(ELSEWHERE) if stray else ELSEWHERE in causes,
        new_place=bool(rng.random() < 0.5),
        competing=sign(NO_NEED),
        rushed=sign(NO_NEED, shown=0.6),
        young=sign(SLOW_BUILD, shown=1.0) if stray else SLOW_BUILD in causes,
    )
    if template and NO_NEED in causes:
        rating = RATINGS[rng.integers(len(RATINGS))]
        return replace(drawn, ask=rating, wiifm=True, public_reason=True, competing=False, rushed=False)
    return replace(drawn, left_out=frozenset() if template else _left_out(rng))


def _left_out(rng: np.random.Generator) -> frozenset[str]:
    """Draw what an incomplete brief lacks: one line at least, each as likely as not."""
    incomplete, lacks, one = rng.random() < INCOMPLETE, rng.random(len(LINES)) < 0.5, rng.integers(len(LINES))
    if not incomplete:
        return frozenset()
    return frozenset(line for n, line in enumerate(LINES) if lacks[n] or n == one)
