"""What one item of the evidence says."""

from typing import NamedTuple


class Found(NamedTuple):
    """A value that the checklist weighs, and the sentence that a person reads."""

    value: str | float | bool
    sentence: str


def counted(number: float) -> str:
    """Return a number as people write it: no more digits than it is worth.

    >>> counted(214.3), counted(3.14), counted(2.0), counted(0.04)
    ('214', '3.1', '2', '0')
    """
    return f"{number:.0f}" if number >= 10 else f"{number:.1f}".removesuffix(".0")


def plural(number: float, noun: str) -> str:
    """Return a number with its noun.

    >>> plural(1, "prompt"), plural(12, "prompt")
    ('1 prompt', '12 prompts')
    """
    return f"{counted(number)} {noun}" if counted(number) == "1" else f"{counted(number)} {noun}s"


def with_article(noun: str) -> str:
    """Return a noun with its indefinite article, by its first letter.

    >>> with_article("thumbs up"), with_article("announcement")
    ('a thumbs up', 'an announcement')
    """
    return f"{'an' if noun[:1] in 'aeiou' else 'a'} {noun}"
