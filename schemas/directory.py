"""The directory: who is who, who is where, and what an asset was meant to do. Broadcast to every worker."""

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from schemas.asset import AssetType
from schemas.base import Contract
from schemas.erasure import Erased


class Member(Contract):
    """A member: their given persona, and whether they are staff (facilitators, L&D) or a bot."""

    kind: Literal["member"] = "member"
    member: str = Field(min_length=1, description="pseudonym")
    persona: str | None = None
    staff: bool = False
    bot: bool = False


class Channel(Contract):
    """A conversation: its name for people, and who can see what is posted there."""

    kind: Literal["channel"] = "channel"
    source: str = Field(min_length=1)
    conversation: str = Field(min_length=1)
    name: str = ""
    members: tuple[str, ...] = Field(default=(), description="pseudonyms")


class Brief(Contract):
    """What the designer wrote about an asset. What is not said is not known; it is never taken for a no.

    Of the lines `wiifm`, `objective` and `public_reason` None says nothing, and an empty text that there is none.
    """

    kind: Literal["brief"] = "brief"
    asset_id: str = Field(min_length=1)
    title: str = ""
    asset_type: AssetType | None = None
    personas: tuple[str, ...] = Field(default=(), description="targeted; empty: not said")
    wiifm: str | None = Field(default=None, description="what is in it for the learner; empty: nothing")
    objective: str | None = Field(default=None, description="the performance objective it serves; empty: none")
    public_reason: str | None = Field(default=None, description="why in public and asynchronously; empty: no reason")
    owner: str | None = None


DirectoryRecord = Annotated[Member | Channel | Brief | Erased, Field(discriminator="kind")]
"""A record of topic `directory`, keyed `kind:id`."""

DIRECTORY: TypeAdapter[DirectoryRecord] = TypeAdapter(DirectoryRecord)


def directory_key(record: DirectoryRecord) -> str:
    """Return the key under which the latest record of the same thing replaces this one."""
    match record:
        case Member():
            return f"member:{record.member}"
        case Channel():
            return f"channel:{record.source}:{record.conversation}"
        case Brief():
            return f"brief:{record.asset_id}"
        case Erased():
            return f"erased:{record.digest}"
