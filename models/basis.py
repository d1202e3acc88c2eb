"""The basis of an expectation in words: what people should know before they act on it."""

from schemas.expectation import BorrowedFrom

MOSTLY = 0.5
"""Share of an expectation above which people are told that it is borrowed."""

_WORDS: dict[BorrowedFrom, str] = {
    "asset_type": "all prompts of the same asset type: this persona has little history with it",
    "everything": "prompts of all kinds: this asset type has little history here",
    "prior": "what is assumed before anything is known: there is little history here",
}


def basis(borrowed: float, borrowed_from: BorrowedFrom) -> str:
    """Return what an expectation is based on when that is mostly something else than its own segment, else nothing.

    Parameters
    ----------
    borrowed
        Share of the expectation that comes from above the segment, in [0, 1].
    borrowed_from
        Where most of that comes from; empty: not known.

    Examples
    --------
    >>> basis(0.82, "asset_type")
    'based mostly (82%) on all prompts of the same asset type: this persona has little history with it'
    >>> basis(0.3, "asset_type"), basis(0.0, "")
    ('', '')
    """
    words = _WORDS.get(borrowed_from, "")
    return f"based mostly ({borrowed:.0%}) on {words}" if words and borrowed > MOSTLY else ""
