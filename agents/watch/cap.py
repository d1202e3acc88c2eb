"""The cap: of all that is silent together, no more is told than leaves few false ones among it."""

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from models.discoveries import Discoveries
from schemas.erasure import ERASED, digest
from schemas.outcome import Outcome

_DAY = 86_400.0


class Cap:
    """Lets through what is silent while few of all that is told are false, and keeps the others waiting.

    The streams are assets, channels and segments, all in one: a key names level and subject. What a detector would tell
    waits until the end of the epoch, when `models.discoveries` says which of all evidence passes; what does not pass
    waits on, and is asked again at the end of each epoch: other evidence may have come, fewer may be watched.

    Parameters
    ----------
    rate
        Share of false ones a prompt waited (`Discoveries`); None: everything passes at once.
    lately
        Days after its last outcome for which a stream counts as watched, and what waits is kept.
    max_watched
        Bound of all state; the stream without an outcome for longest is forgotten.
    """

    def __init__(self, rate: float | None, lately: float = 91.0, max_watched: int = 100_000) -> None:
        self.rate, self.lately, self.max_watched = rate, lately, max_watched
        self.watched: dict[str, float] = {}
        self.waiting: dict[str, tuple[Outcome, float]] = {}
        self._ordered: list[tuple[float, str]] = []
        self.found = Discoveries(rate or 1.0)
        self._now = 0.0
        self._changed = False

    def see(self, key: str, time: float) -> None:
        """Count a stream as watched: an outcome of it became known at `time` (event time, seconds since 1970)."""
        self.watched.pop(key, None)  # to the end of the order
        self.watched[key] = self._now = time
        if len(self.watched) > self.max_watched:
            self._forget(next(iter(self.watched)))

    def passes(self, key: str, evidence: float, outcome: Outcome, *, told: bool) -> bool:
        """Tell whether a detector that flags may say so at once; if not, it is told by `release`.

        Parameters
        ----------
        evidence
            Of the detector, which flags at its own alpha. Below that it counts as none, and less is safe.
        told
            Whether it was told before and nobody responded: then it stays so.
        """
        self.found.weigh(key, evidence)
        self._changed = True
        if self.rate is None or told:
            return True
        self._stop_waiting(key)
        self.waiting[key] = outcome, evidence
        insort(self._ordered, (evidence, key))
        return False

    def ends(self, key: str) -> None:
        """Somebody responded: there is nothing to tell any more."""
        self.found.weigh(key, 0.0)
        self._stop_waiting(key)
        self._changed = True

    def release(self) -> Iterator[tuple[str, Outcome, float]]:
        """Yield (key, its latest silent outcome, when it is told) of what passes at the end of an epoch."""
        before = self._now - self.lately * _DAY
        while self.watched and (first := next(iter(self.watched.items())))[1] < before:
            self._forget(first[0])
        if not self._changed or not self.waiting:
            return
        self._changed = False
        threshold = 0.0 if self.rate is None else self.found.threshold(len(self.watched))
        while self._ordered and self._ordered[-1][0] >= threshold:
            _, key = self._ordered.pop()
            outcome, _ = self.waiting.pop(key)
            yield key, outcome, self._now

    def _stop_waiting(self, key: str) -> None:
        if (waited := self.waiting.pop(key, None)) is not None:
            del self._ordered[bisect_left(self._ordered, (waited[1], key))]

    def _forget(self, key: str) -> None:
        del self.watched[key]
        self.ends(key)

    def forget(self, erased: str) -> None:
        """Forget who wrote what waits, where that is a member who was erased: the digest of their pseudonym."""
        for key, (outcome, evidence) in self.waiting.items():
            if digest(outcome.prompt.author) == erased:
                prompt = outcome.prompt.model_copy(update={"author": ERASED})
                self.waiting[key] = outcome.model_copy(update={"prompt": prompt}), evidence

    def adopt(self, known: Iterable[tuple[str, float]], time: float) -> None:
        """Take over what an older snapshot knows to be watched: key, and evidence where it was told (else 0)."""
        self._now = time
        for key, evidence in known:
            self.watched[key] = time
            self.found.weigh(key, evidence)

    def state(self) -> dict[str, Any]:
        """Return it, ready for JSON; snapshots are made between epochs."""
        waiting = {
            key: (outcome.model_dump(mode="json"), evidence) for key, (outcome, evidence) in self.waiting.items()
        }
        return {"now": self._now, "watched": self.watched, "evidence": self.found.evidence, "waiting": waiting}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Restore it."""
        self._now, self.watched = state["now"], dict(state["watched"])
        for key, evidence in state["evidence"].items():
            self.found.weigh(key, evidence)
        self.waiting = {
            key: (Outcome.model_validate(each), evidence) for key, (each, evidence) in state["waiting"].items()
        }
        self._ordered = sorted((evidence, key) for key, (_, evidence) in self.waiting.items())
        self._changed = True
