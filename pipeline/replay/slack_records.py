"""What of a Slack export's records is used: unknown fields are passed over, those used are strict."""

from collections.abc import Iterator
from typing import Any, Literal, TypeVar

import pydantic_core
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agents.normalise.slack_envelope import MessageEvent, SlackId, Timestamp
from pipeline.replay.broken import broken, invalid
from pipeline.replay.export_files import ExportFiles, UnreadableFileError
from schemas.dead_letter import DeadLetter

SOURCE = "slack-export"

R = TypeVar("R", bound=BaseModel)


class _Part(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="ignore")


class ExportedChannel(_Part):
    """A record of channels.json."""

    id: SlackId
    name: str = Field(min_length=1)
    members: list[SlackId] = Field(default_factory=list)
    is_private: bool = False
    is_im: bool = False
    is_mpim: bool = False

    @property
    def public(self) -> bool:
        """Whether everybody may look: other tools than Slack's own list private places here, too."""
        return not (self.is_private or self.is_im or self.is_mpim)


class ExportedUser(_Part):
    """A record of users.json."""

    id: SlackId
    is_bot: bool = False


class ExportedReaction(_Part):
    """Who reacted with what; nobody knows when. `count` may be larger, where Slack left out users."""

    name: str = Field(min_length=1, max_length=200)
    users: list[SlackId]


class ExportedMessage(MessageEvent):
    """A record of a day file: the message as Slack's event has it, and what came of it."""

    type: Literal["message"] = "message"
    ts: Timestamp
    reactions: list[ExportedReaction] = Field(default_factory=list)


def parse_records(files: ExportFiles, name: str, model: type[R], **given: str) -> Iterator[tuple[int, R | DeadLetter]]:
    """Give every record of a file, or the dead letter it becomes, with its index; `given` is added to each."""
    try:
        records = pydantic_core.from_json(files.read(name), allow_inf_nan=False)
    except UnreadableFileError as error:
        yield 0, broken(SOURCE, name, 0, str(error), "", type(error).__name__)
        return
    except ValueError as error:
        yield 0, broken(SOURCE, name, 0, f"the file is no JSON: {error}", "", "json_invalid")
        return
    if not isinstance(records, list):
        yield 0, broken(SOURCE, name, 0, "the file should hold a list of records", "", "list_type")
        return
    for index, record in enumerate(records):
        if not isinstance(record, dict):
            yield index, broken(SOURCE, name, index, "the record should be an object", "", "dict_type")
            continue
        values: dict[str, Any] = record | given
        try:
            yield index, model.model_validate(values)
        except ValidationError as error:
            yield index, invalid(SOURCE, name, index, error)
