"""Dead letters: what could not be understood, why, and where its original stands."""

from pydantic import Field

from schemas.base import Contract, Seconds


class DeadLetter(Contract):
    """A pointer to a record that was put aside, never a copy of it: text does not spread."""

    stage: str = Field(description="the agent or command that refused it")
    source: str = ""
    reason: str = Field(description="what is wrong, for a person")
    field: str = Field(default="", description="path of the field that is wrong")
    error: str = Field(default="", description="kind of error")
    time: Seconds = Field(default=0.0, description="event time of the original as far as it is known; 0: not known")
    topic: str = Field(default="", description="where the original stands: a topic, or a file")
    partition: int = 0
    offset: int = Field(default=0, ge=0, description="offset in the topic, or line (index) in the file")
    tries: int = Field(default=1, ge=1, description="how often it was tried in vain")
    traceback: str = Field(
        default="",
        description="where an agent raised, a line a frame, and the type of the exception: never its message nor a "
        "value, which may be what somebody wrote",
    )

    @property
    def dead_letter_id(self) -> str:
        """Return the id: the same original refused twice is one dead letter."""
        return f"{self.stage}/{self.topic}/{self.partition}/{self.offset}"
