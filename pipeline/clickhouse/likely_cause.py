"""How a likely cause is told on the terminal."""

from rich.text import Text


def likely_cause(hypothesis: str, beside: str, probability: float) -> Text:
    """Return the leading cause with its probability, and the other one where two lead together.

    >>> likely_cause("no_wiifm", "", 0.61).plain
    'no_wiifm (61%)'
    >>> likely_cause("no_wiifm", "elsewhere", 0.41).plain
    'no_wiifm (41%) or elsewhere'
    """
    return Text(f"{hypothesis} ({probability:.0%})" + (f" or {beside}" if beside else ""), style="bold")
