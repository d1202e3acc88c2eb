"""The counts of a checklist: judgement to start with, then cases, beside what is usual in an organisation."""

from collections.abc import Mapping
from typing import Any

from models.checklist_file import ChecklistError, ChecklistFile

Learned = dict[str, dict[str, list[int]]]
"""Hypothesis -> item -> cases learned with each of its values; under `cases` their number, under `*` all that was seen.
"""

CASES, SEEN = "cases", "*"
_OWN = 0.5
"""How much what is usual here counts at most, beside what the starting counts take for usual."""


class Counts:
    r"""How often each item had each value when each hypothesis was the cause.

    An organisation is unlike another one in what is usual there, whatever the cause. One cause that is corrected often
    would learn that, and the others would not, so that everything usual would speak for it. So starting counts
    $s_{i,h}(v)$ are read as leanings from what is usual, $\bar s_i(v)$, and moved to what was seen here, $q_i(v)$, as
    far as cases were learned ($n$ with item $i$), half of the way at most:

    $$a_{i,h}(v) = s \, t_{i,h}(v) / \sum_u t_{i,h}(u) + n_{i,h}(v), \quad
    t_{i,h}(v) = \frac{s_{i,h}(v)}{\bar s_i(v)} ((1 - b) \bar s_i(v) + b q_i(v)), \quad
    b = \min(n / (n + 10), 1 / 2)$$

    with $s$ the sum of the starting counts. Without feedback nothing moves.

    Parameters
    ----------
    file
        Hypotheses, items and starting counts.
    """

    def __init__(self, file: ChecklistFile) -> None:
        self._items = {item.code: item for item in file.evidence}
        self._priors = {hypothesis.code: hypothesis.prior for hypothesis in file.hypotheses}
        self._counts: dict[tuple[str, str], list[float]] = {}
        self.restore({})

    def likelihood(self, item: str, bucket: int, code: str) -> float:
        """Return how likely a value of an item is when a hypothesis is the cause."""
        counts = self._counts[item, code]
        return counts[bucket] / sum(counts)

    def see(self, known: Mapping[str, int]) -> None:
        """Take note of what was found, item -> bucket."""
        seen = self._learned.setdefault(SEEN, {})
        for item, bucket in known.items():
            seen.setdefault(item, [0] * self._items[item].width)[bucket] += 1
            if len(self._learned) > 1:  # without cases it moves nothing
                self._add_up(item)

    def learn(self, known: Mapping[str, int], code: Any, step: int = 1) -> None:
        """Count a case, item -> bucket; with `step` -1 take one back.

        Raises
        ------
        ChecklistError
            If there is no such hypothesis, or no such case to be taken back; nothing has changed then.
        """
        if code not in self._priors:
            msg = f"no hypothesis is called `{code}`; known: {', '.join(self._priors)}"
            raise ChecklistError(msg)
        places = {CASES: 0, **known}
        learned = self._learned.setdefault(str(code), {})
        for item, bucket in places.items():
            if step < 0 and (item not in learned or learned[item][bucket] < 1):
                msg = f"such a case of `{code}` was not learned, so it cannot be taken back"
                raise ChecklistError(msg)
        for item, bucket in places.items():
            width = 1 if item == CASES else self._items[item].width
            learned.setdefault(item, [0] * width)[bucket] += step
            if item != CASES:
                self._add_up(item)

    @property
    def learned(self) -> Learned:
        """Return the cases learned so far, for `restore`."""
        return {code: {item: list(counts) for item, counts in items.items()} for code, items in self._learned.items()}

    def restore(self, learned: Learned) -> None:
        """Begin anew with cases learned before; what is not asked about any more is left out."""
        self._learned: Learned = {
            code: {
                item: list(counts)
                for item, counts in items.items()
                if item == CASES or (item in self._items and self._items[item].width == len(counts))
            }
            for code, items in learned.items()
            if code in self._priors or code == SEEN
        }
        for item in self._items:
            self._add_up(item)

    def _add_up(self, item: str) -> None:
        """Count anew from starting counts and whole numbers of cases: a sum of steps would round otherwise."""
        likelihood, values = self._items[item].likelihood, range(self._items[item].width)
        cases = {code: self._learned.get(code, {}).get(item) or [0] * len(values) for code in self._priors}
        learned = sum(map(sum, cases.values()))
        seen = self._learned.get(SEEN, {}).get(item)
        if not learned or not seen or not any(seen):
            for code, starts in likelihood.items():
                self._counts[item, code] = [start + n for start, n in zip(starts, cases[code], strict=True)]
            return
        weight = sum(self._priors.values())
        usual = [
            sum(prior * likelihood[code][v] / sum(likelihood[code]) for code, prior in self._priors.items()) / weight
            for v in values
        ]
        own = min(learned / (learned + 10.0), _OWN)
        here = [(1.0 - own) * usual[v] + own * seen[v] / sum(seen) for v in values]
        for code, starts in likelihood.items():
            leanings = [starts[v] / usual[v] * here[v] for v in values]
            scale = sum(starts) / sum(leanings)
            self._counts[item, code] = [scale * leanings[v] + cases[code][v] for v in values]
