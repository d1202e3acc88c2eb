"""The e-detector: evidence that adds up over prompts too weak to be judged alone."""

from river import base


class EDetector(base.Estimator):
    """Shiryaev-Roberts e-detector of silence.

        S <- (S + 1) * E,    E = 1[silent] / p_zero

    E is an e-value: its mean is at most 1 while p_zero is right. So the average number of prompts until a false alarm
    at `S >= 1 / alpha` is at least 1 / alpha (Shin, Ramdas and Rinaldo 2022, "E-detectors").

    Parameters
    ----------
    alpha
        One false alarm in at least 1 / alpha prompts.
    floor
        p_zero is clipped from below, so that one overconfident expectation is not proof.
    evidence
        S to go on with.

    Examples
    --------
    >>> detector = EDetector(alpha=0.1)
    >>> for prompt in range(3):
    ...     detector.learn_one(silent=True, p_zero=0.5)
    ...     print(detector.evidence, detector.flagged)
    2.0 False
    6.0 False
    14.0 True
    >>> detector.learn_one(silent=False, p_zero=0.5)
    >>> detector.evidence
    0.0
    """

    def __init__(self, alpha: float = 0.1, floor: float = 0.01, evidence: float = 0.0) -> None:
        self.alpha = alpha
        self.floor = floor
        self.evidence = evidence

    @property
    def flagged(self) -> bool:
        """Whether the silence is too unlikely by now."""
        return self.evidence >= 1.0 / self.alpha

    def learn_one(self, silent: bool, p_zero: float) -> None:
        """Take one prompt into account.

        Parameters
        ----------
        silent
            Whether it was silent when it was looked at.
        p_zero
            The probability of that, as predicted when it was posted.
        """
        capped = min(self.evidence, 1e300)  # a long dead asset shall not end in infinity
        self.evidence = (capped + 1.0) / min(max(p_zero, self.floor), 1.0) if silent else 0.0
        self.evidence = min(self.evidence, 1e300)

    def clone(self, new_params: dict[str, object] | None = None, include_attributes: bool = False) -> "EDetector":
        """Return a fresh detector: evidence is what was seen, so a clone starts without."""
        return super().clone({"evidence": 0.0} | (new_params or {}), include_attributes)
