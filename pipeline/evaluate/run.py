"""Evaluates archives one after the other."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pipeline.evaluate.life import live
from pipeline.evaluate.scores import ALPHAS, Scores, score
from pipeline.replay.open import open_source, workspace_name
from pipeline.settings import Settings
from schemas.errors import CricketsError

Report = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done and how much there is."""


_KEY = b"crickets evaluate"
"""Of pseudonyms that nobody keeps: the same archive gives the same figures everywhere."""


class NothingToScoreError(CricketsError):
    """An archive has no prompt whose horizon it reaches."""


@dataclass(frozen=True)
class Evaluated:
    """An archive and its scores."""

    name: str
    scores: Scores

    def as_json(self) -> dict[str, Any]:
        """Return it for programs; figures that cannot be had are null."""
        scores = asdict(self.scores)
        del scores["leads"]
        scores["alphas"] = {f"{alpha:g}": told for alpha, told in scores["alphas"].items()}
        scores["windows"] = {f"{hours:g}": window for hours, window in scores["windows"].items()}
        return {"name": self.name, **scores}


def evaluate(paths: Sequence[Path], settings: Settings, report: Report) -> list[Evaluated]:
    """Live through every archive and score it.

    Raises
    ------
    UnreadablePastError
        One of them cannot be read.
    NothingToScoreError
        One of them is too short.
    """
    found = []
    for path in paths:
        name = workspace_name(path)
        past = open_source(path, _KEY, settings)
        life = live(past, settings, ALPHAS, lambda done, total, name=name: report(name, done, total))  # type: ignore[misc]
        scores = score(life)
        if scores is None:
            days = settings.judge.horizon_days
            msg = (
                f"{path}: none of its {life.prompts:,} prompts can be scored: an archive has to go on for more than "
                f"{days:g} days (CRICKETS_JUDGE__HORIZON_DAYS) after the first of them"
            )
            raise NothingToScoreError(msg)
        found.append(Evaluated(name, scores))
    return found
