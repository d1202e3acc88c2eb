"""Reader of message archives: JSONL, plain or gzipped, one message with its reactions a line, without text."""

import gzip
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Annotated, BinaryIO

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agents.normalise import AHEAD_SECONDS
from pipeline.replay.broken import broken, invalid
from pipeline.replay.past import Message, Past, Reaction, UnreadablePastError, View, distinct, first_views, reacted_at
from schemas.asset import AssetType
from schemas.base import Seconds
from schemas.dead_letter import DeadLetter
from schemas.event import Traits
from schemas.ids import pseudonym

SOURCE = "archive"
TOMBSTONE = "tombstone"

Name = Annotated[str, Field(min_length=1)]
Moment = Annotated[Seconds, Field(le=4_102_444_800)]  # the year 2100: whoever writes milliseconds is told so


class _Part(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="ignore")


class ArchivedReaction(_Part):
    """A reaction: when it is known, or bounds, or neither."""

    author: Name
    name: Name
    ts: Moment | None = None
    ts_lo: Moment | None = None
    ts_hi: Moment | None = None


class ArchivedView(_Part):
    """Somebody saw the message."""

    author: Name
    ts: Moment


class ArchivedMessage(_Part):
    """A line; keys that are not named here are passed over."""

    id: Name
    channel: Name
    author: Name
    ts: Moment
    root: Name
    reactions: tuple[ArchivedReaction, ...]
    text_length: int = Field(ge=0)
    is_question: bool
    kind: str
    is_bot: bool
    n_mentions: int = Field(default=0, ge=0)
    broadcast: bool = False
    has_link: bool = False
    has_code: bool = False
    has_file: bool = False
    views: tuple[ArchivedView, ...] = ()


def read_archive(path: Path, key: bytes, *, undated_hours: float, workspace: str) -> Past:
    """Read an archive; a broken line becomes a dead letter, and all others are used."""
    member = lru_cache(maxsize=None)(lambda author: pseudonym(key, workspace, author))
    told: list[Message] = []
    refused: list[DeadLetter] = []
    bots: set[str] = set()
    seen: dict[tuple[str, str], int] = {}
    observed_until: float | None = None
    latest = time.time() + AHEAD_SECONDS  # one wrong date would pass for the end of the archive
    for number, line in _parse(path):
        if isinstance(line, DeadLetter):
            refused.append(line)
            continue
        first = seen.setdefault((line.channel, line.id), number)
        if first != number:
            reason = f"the message is already on line {first}, which counts"
            refused.append(broken(SOURCE, path.name, number, reason, "id", "duplicate"))
            continue
        if (field := _future(line, latest)) is not None:
            reason = "this is from the future: seconds are expected, and a date that has been"
            refused.append(broken(SOURCE, path.name, number, reason, field, "future"))
            continue
        observed_until = max(line.ts, observed_until or 0.0)
        if line.kind == TOMBSTONE:  # somebody deleted it: no message any more, but its replies are replies still
            continue
        if line.is_bot:
            bots.add(member(line.author))
        reactions = [
            Reaction(
                author=member(reaction.author),
                name=reaction.name,
                time=reacted_at(line.ts, undated_hours, at=reaction.ts, lo=reaction.ts_lo, hi=reaction.ts_hi),
                dated=reaction.ts is not None,
            )
            for reaction in line.reactions
        ]
        told.append(
            Message(
                conversation=line.channel,
                message=line.id,
                thread=line.root if line.root != line.id else None,
                author=member(line.author),
                bot=line.is_bot,
                time=line.ts,
                traits=_traits(line),
                reactions=distinct(reactions),
                views=first_views(View(member(view.author), view.ts) for view in line.views),
            )
        )
    if observed_until is None:
        why = f" Line {refused[0].offset}: {refused[0].field} {refused[0].reason}." if refused else ""
        msg = f"{path}: no line of this archive is a message.{why}"
        raise UnreadablePastError(msg)
    return Past(SOURCE, workspace, tuple(told), frozenset(bots), observed_until, broken=tuple(refused))


@contextmanager
def open_lines(path: Path) -> Iterator[BinaryIO]:
    """Open a file of lines; whether it is gzipped is told by its first bytes, not by its name."""
    with path.open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
        file.seek(0)
        if packed:
            with gzip.GzipFile(fileobj=file) as lines:
                yield lines  # type: ignore[misc]  # GzipFile is a binary file in all but its declared base
        else:
            yield file


def _parse(path: Path) -> Iterator[tuple[int, ArchivedMessage | DeadLetter]]:
    number = 0
    with open_lines(path) as lines:
        try:
            for number, line in enumerate(lines, 1):
                if not line.strip():
                    continue
                try:
                    yield number, ArchivedMessage.model_validate_json(line)
                except ValidationError as error:
                    yield number, invalid(SOURCE, path.name, number, error)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            reason = "the gzip file is damaged or cut off here; everything before is used"
            yield number + 1, broken(SOURCE, path.name, number + 1, reason, "", type(error).__name__)


def _future(line: ArchivedMessage, latest: float) -> str | None:
    """Return the field that says that the line, a reaction or a view was after a moment; None: there is none."""
    if line.ts > latest:
        return "ts"
    for n, reaction in enumerate(line.reactions):
        for bound, said in (("ts", reaction.ts), ("ts_lo", reaction.ts_lo)):
            if said is not None and said > latest:
                return f"reactions.{n}.{bound}"
    return next((f"views.{n}.ts" for n, view in enumerate(line.views) if view.ts > latest), None)


def _traits(line: ArchivedMessage) -> Traits:
    flags = (line.broadcast, line.has_link, line.has_code, line.has_file)
    return _measures(line.text_length, line.is_question, line.n_mentions, *flags)


@lru_cache(maxsize=100_000)
def _measures(
    length: int, question: bool, mentions: int, broadcast: bool, link: bool, code: bool, file: bool
) -> Traits:
    """Make equal traits once: short messages are alike, and a record of its own for each would be the most of it."""
    return Traits(
        length=length,
        question=question,
        broadcast=broadcast,
        mentions=mentions,
        link=link,
        code=code,
        file=file,
        ask=AssetType.QUESTION if question else None,
    )
