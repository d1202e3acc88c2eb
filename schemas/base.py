"""The base of everything that travels."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]
"""A moment: seconds since 1970-01-01T00:00:00 UTC."""

MINUTE, HOUR = 60.0, 3600.0
"""In seconds: ages are kept in hours, moments in seconds."""


class Contract(BaseModel):
    """A record of a topic: immutable, and refused when it carries what nobody defined."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def wire(self) -> bytes:
        """Return the record as the bytes that stand in the topic."""
        return self.model_dump_json(exclude_none=True).encode()
