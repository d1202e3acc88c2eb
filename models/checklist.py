"""The checklist as a classifier: which of the experts' questions most likely explains a silence."""

from bisect import bisect_right
from collections.abc import Mapping
from math import exp, isnan, log
from typing import Any

from river import base

from models.checklist_counts import Counts, Learned
from models.checklist_file import ChecklistError, ChecklistFile, Item, load_checklist
from schemas.anomaly import UNDETERMINED

Value = str | float | bool | None
"""What was found for an item of the evidence; None is the same as leaving it out."""


class Checklist(base.Classifier):
    r"""Naive Bayes over beta counts, which says what spoke for its answer.

    The probability of hypothesis $h$ given the evidence $x$ is, in log space,

    $$\log p(h \mid x) = \log \pi_h + s \sum_{i \text{ known}} w_i \log \frac{a_{i,h}(x_i)}{\sum_v a_{i,h}(v)} + c$$

    where $a_{i,h}(v)$ counts (starting counts, then cases) how often item $i$ had value $v$ when $h$ was the cause. The
    fraction is the posterior mean of a beta distribution (Dirichlet, for a number in buckets), which is the exact
    predictive probability of the value. $\pi_h$ is the starting count of the hypothesis; it is not learned, since
    whoever gives feedback speaks of what struck them, and not of every silence alike.

    $s$ is the `sharpness` of the file, an inverse temperature (Guo et al., On Calibration of Modern Neural Networks,
    ICML 2017) of the evidence alone: people who name likelihoods are cautious (Edwards, Conservatism in Human
    Information Processing, 1968), and so is damping what comes together. 1 takes the counts at their word; without
    evidence the probabilities are the priors' whatever it is.

    What cases do to the counts: `models.checklist_counts`.

    An item whose value is not known is left out of the sum: "not known" is never "no".

    Items of one group tend to come together (who comes by rarely writes rarely), so counting each in full would be too
    sure. By Kish's design effect (Survey Sampling, 1965) $n$ of them with correlation $\rho$ are worth
    $e(n) = n / (1 + (n - 1) \rho)$ independent ones. So they are counted in the order of what they tell (the range of
    their log likelihoods over the hypotheses; the order of the file where that is equal), and the $n$-th weighs what it
    adds: $w = e(n) - e(n - 1)$. The first weighs 1, as does an item without a group: however little another one tells,
    knowing it must not take from what this one does. Only what is known counts.

    Parameters
    ----------
    definition
        Hypotheses, items and starting counts; the checklist of the package when left out.

    Examples
    --------
    >>> checklist = Checklist()
    >>> answers = checklist.predict_proba_one({"wiifm_named": False, "rates_designer": True})
    >>> checklist.leading(answers)
    'no_wiifm'
    >>> checklist.leading(checklist.predict_proba_one({}))
    'undetermined'

    Feedback moves it: what was confirmed is counted.

    >>> evidence = {"rates_designer": True, "channel_used": 0.05}
    >>> before = checklist.predict_proba_one(evidence)["no_need"]
    >>> for _ in range(20):
    ...     checklist.learn_one(evidence, "no_need")
    >>> checklist.predict_proba_one(evidence)["no_need"] > before
    True
    """

    def __init__(self, definition: ChecklistFile | None = None) -> None:
        self.definition = definition
        self._reset()

    def _reset(self) -> None:
        self._file = self.definition or load_checklist()
        self._items: dict[str, Item] = {item.code: item for item in self._file.evidence}
        self._priors = {hypothesis.code: hypothesis.prior for hypothesis in self._file.hypotheses}
        self._counts = Counts(self._file)

    @classmethod
    def default(cls) -> "Checklist":
        """Return the checklist of the package, before any feedback."""
        return cls(load_checklist())

    @property
    def file(self) -> ChecklistFile:
        """Return questions, findings, next steps and starting counts."""
        return self._file

    @property
    def codes(self) -> tuple[str, ...]:
        """Return the codes of the hypotheses, in the order of the file."""
        return tuple(self._priors)

    @property
    def _multiclass(self) -> bool:
        return True

    def learn_one(self, x: Mapping[Any, Any], y: Any) -> None:
        """Count one case whose cause is known.

        Parameters
        ----------
        x
            Code of an item -> value; what the checklist does not ask about is passed over.
        y
            Code of the hypothesis that was confirmed, or that a person gave instead.

        Raises
        ------
        ChecklistError
            If there is no such hypothesis, or a value is of the wrong kind; nothing has been counted then.
        """
        self._counts.learn(self._known(x), y)

    def see_one(self, x: Mapping[Any, Any]) -> None:
        """Take note of evidence, whatever its cause is: it tells what is usual here."""
        self._counts.see(self._known(x))

    def unlearn_one(self, x: Mapping[Any, Any], y: Any) -> None:
        """Take back a case that was learned: afterwards everything is, bit for bit, as if it never had been.

        Raises
        ------
        ChecklistError
            If no such case was learned; nothing has changed then.
        """
        self._counts.learn(self._known(x), y, -1)

    @property
    def learned(self) -> Learned:
        """Return the cases learned so far, for `restore`."""
        return self._counts.learned

    def restore(self, learned: Learned) -> None:
        """Begin anew with cases learned before; what the checklist does not ask about any more is left out."""
        self._counts.restore(learned)

    def predict_proba_one(self, x: Mapping[Any, Any], **kwargs: Any) -> dict[base.typing.ClfTarget, float]:  # noqa: ARG002 - River's signature
        """Return the probability of each hypothesis; they sum to 1.

        Parameters
        ----------
        x
            Code of an item -> value, as for `learn_one`.
        """
        known = self._known(x)
        weights = self._weights(known)
        scores = {}
        for code, prior in self._priors.items():
            said = sum(
                weights[item] * log(self._counts.likelihood(item, bucket, code)) for item, bucket in known.items()
            )
            scores[code] = log(prior) + self._file.sharpness * said
        highest = max(scores.values())
        odds = {code: exp(score - highest) for code, score in scores.items()}
        total = sum(odds.values())
        return {code: value / total for code, value in odds.items()}

    def contributions(self, x: Mapping[Any, Any]) -> dict[str, dict[str, float]]:
        r"""Return what each known item says for (above 0) and against (below 0) each hypothesis.

        The damped log likelihood ratio $s w_i \log \frac{p(x_i \mid h)}{p(x_i \mid \text{not } h)}$, in nats, where
        "not h" is the average of the other hypotheses, weighted by their priors.

        Parameters
        ----------
        x
            Code of an item -> value, as for `learn_one`.
        """
        known = self._known(x)
        weights = self._weights(known)
        ratios: dict[str, dict[str, float]] = {}
        for item, bucket in known.items():
            by_code = {code: self._counts.likelihood(item, bucket, code) for code in self._priors}
            ratios[item] = {}
            for code, likelihood in by_code.items():
                others = [other for other in self._priors if other != code]
                weight = sum(self._priors[other] for other in others)
                average = sum(self._priors[other] * by_code[other] for other in others) / weight
                ratios[item][code] = self._file.sharpness * weights[item] * log(likelihood / average)
        return ratios

    def leading(self, probabilities: Mapping[Any, float]) -> str:
        """Return the hypothesis that stands out, else "undetermined".

        It does when it has at least `leading.probability` of the file (0.48 in the package's, where five share) and at
        least `leading.ratio` times (1.5) the probability of the next.
        """
        first, second = sorted(probabilities, key=lambda code: -probabilities[code])[:2]
        limits = self._file.leading
        probable = probabilities[first] >= limits.probability
        alone = probabilities[first] >= limits.ratio * probabilities[second]
        return str(first) if probable and alone else UNDETERMINED

    def together(self, probabilities: Mapping[Any, float]) -> tuple[str, str] | None:
        """Return the two hypotheses that stand out as one where neither does alone, the more probable first.

        They do when together they have at least `leading.together` of the file (0.75 in the package's), and the less
        probable of them at least `leading.ratio` times the probability of the third: two causes at once, of which
        each keeps the other from standing out, are no lack of knowledge.
        """
        first, second, *rest = sorted(probabilities, key=lambda code: -probabilities[code])
        third = max((probabilities[code] for code in rest), default=0.0)
        limits = self._file.leading
        probable = probabilities[first] + probabilities[second] >= limits.together
        return (str(first), str(second)) if probable and probabilities[second] >= limits.ratio * third else None

    def _known(self, x: Mapping[Any, Any]) -> dict[str, int]:
        """Return the bucket of every item whose value is known, in the order of the file."""
        buckets = {code: _bucket(item, x.get(code)) for code, item in self._items.items()}
        return {code: bucket for code, bucket in buckets.items() if bucket is not None}

    def _weights(self, known: Mapping[str, int]) -> dict[str, float]:
        """Return what each known item weighs: alone 1, in a group what it adds to those that tell more."""
        weights = dict.fromkeys(known, 1.0)
        groups: dict[str, list[str]] = {}
        for item in sorted(known, key=lambda item: -self._telling(item, known[item])):
            if (group := self._items[item].group) is not None:
                groups.setdefault(group, []).append(item)
        for group, items in groups.items():
            correlation, before = self._file.groups[group], 0.0
            for n, item in enumerate(items, start=1):
                worth = n / (1.0 + (n - 1) * correlation)
                weights[item], before = worth - before, worth
        return weights

    def _telling(self, item: str, bucket: int) -> float:
        by_code = [self._counts.likelihood(item, bucket, code) for code in self._priors]
        return log(max(by_code) / min(by_code))


def _bucket(item: Item, value: Value) -> int | None:
    if value is None:
        return None
    if item.edges is None:
        if not isinstance(value, bool):
            msg = f"`{item.code}` is true or false, not {value!r}"
            raise ChecklistError(msg)
        return 0 if value else 1
    if isinstance(value, bool | str):
        msg = f"`{item.code}` is a number, not {value!r}"
        raise ChecklistError(msg)
    return None if isnan(value) else bisect_right(item.edges, value)
