"""Erasure: a member is forgotten, and who it was does not stand in the record that says so."""

import hashlib
import re
from collections.abc import Set
from functools import lru_cache
from typing import Literal

from pydantic import Field

from schemas.base import Contract, Seconds

ERASED = "m_" + "0" * 20
"""Stands where an erased member stood: one for all of them, so that nothing of one is linked."""

PSEUDONYM = re.compile(r"m_[0-9a-f]{20}")


class Erased(Contract):
    """A member is erased; a record of topics `directory`, `webhooks`, `events`, `observations` and `outcomes`.

    From the digest nobody gets back to the pseudonym. Whoever holds one (the normaliser, which has just made it of a
    member's id; an agent, which has it in its state) can tell whether it is meant.
    """

    kind: Literal["erased"] = "erased"
    digest: str = Field(min_length=32, max_length=32)
    time: Seconds
    id: str = Field(
        default="", description="in `observations` and `outcomes`: its place among records of the same time"
    )


@lru_cache(100_000)
def digest(pseudonym: str) -> str:
    """Return what says of a pseudonym that it is erased: a hash of it, which no table or topic holds otherwise.

    A pseudonym has 80 bits that only the installation's key explains, so there is nothing to guess it by.

    >>> digest("m_0b20e38f47f84c69b86d")
    'd7ceecfab4abbc6e4ab38be54f751fc0'
    """
    return hashlib.blake2b(pseudonym.encode(), digest_size=16, person=b"erased").hexdigest()


def without(text: str, erased: Set[str]) -> str:
    """Return a text with every pseudonym in it replaced whose digest is among the erased.

    >>> without("slack:C1:reaction_added:1.2:m_0b20e38f47f84c69b86d:tada", {digest("m_0b20e38f47f84c69b86d")})
    'slack:C1:reaction_added:1.2:m_00000000000000000000:tada'
    >>> without("m_0b20e38f47f84c69b86d", frozenset())
    'm_0b20e38f47f84c69b86d'
    """
    if not erased:
        return text
    return PSEUDONYM.sub(lambda found: ERASED if digest(found[0]) in erased else found[0], text)
