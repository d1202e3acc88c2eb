"""Reader of Slack's own export, a folder or a zip: its public channels, and nothing else of it."""

import re
import time
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from agents.normalise import AHEAD_SECONDS
from agents.normalise.slack_delivery import SLACKBOT
from agents.normalise.translator import UntranslatableError
from pipeline.replay.broken import broken
from pipeline.replay.export_files import INDEX, ExportFiles, open_export
from pipeline.replay.past import Message, Move, Past, UnreadablePastError
from pipeline.replay.slack_messages import ExportTranslator
from pipeline.replay.slack_records import SOURCE, ExportedChannel, ExportedMessage, ExportedUser, parse_records
from schemas.dead_letter import DeadLetter
from schemas.directory import Channel, DirectoryRecord, Member

USERS = ("users.json", "org_users.json")  # the second in exports of an Enterprise Grid
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\.json")


def read_slack_export(path: Path, key: bytes, *, undated_hours: float, workspace: str) -> Past:
    """Read an export; a broken record or file becomes a dead letter, and all others are used."""
    with open_export(path) as files:
        refused = [
            broken(SOURCE, repr(name)[:200], 0, "the name leads out of the export; not read", "", "unsafe_name")
            for name in files.unsafe
        ]
        users = _users(files, refused)
        channels = _channels(files, refused)
        bots = frozenset({SLACKBOT, *(user for user, bot in users.items() if bot)})
        translate = ExportTranslator(key, workspace, bots, undated_hours)
        told: list[Message | Move] = []
        latest: list[float] = []
        for item, time in _days(files, channels, translate, refused):
            latest.append(time)
            if item is not None:
                told.append(item)
        if not latest:
            why = f". {refused[0].topic}: {refused[0].reason}" if refused else ""
            msg = f"{path}: there is no message in any public channel of this export{why}"
            raise UnreadablePastError(msg)
        people = {translate.member(user) for user, bot in users.items() if user not in bots}
        posting = {item.author for item in told if isinstance(item, Message) and item.bot}
        return Past(
            source=SOURCE,
            workspace=workspace,
            told=tuple(told),
            bots=frozenset(map(translate.member, bots)) | (posting - people),  # an app may post for a person
            observed_until=max(latest),
            directory=_directory(users, channels, translate, bots),
            broken=tuple(letter.model_copy(update={"topic": f"{workspace}/{letter.topic}"}) for letter in refused),
            notes=_notes(files, channels),
        )


def _users(files: ExportFiles, refused: list[DeadLetter]) -> dict[str, bool]:
    """Return every user, and whether they are a bot."""
    name = next((name for name in USERS if name in files.names), None)
    if name is None:
        reason = "the file is missing: only those who post as bots are known to be bots"
        refused.append(broken(SOURCE, USERS[0], 0, reason, "", "missing"))
        return {}
    users: dict[str, bool] = {}
    for _, user in parse_records(files, name, ExportedUser):
        if isinstance(user, DeadLetter):
            refused.append(user)
        else:
            users[user.id] = user.is_bot
    return users


def _channels(files: ExportFiles, refused: list[DeadLetter]) -> dict[str, ExportedChannel]:
    """Return the public channels by the names of their folders."""
    channels: dict[str, ExportedChannel] = {}
    for _, channel in parse_records(files, INDEX, ExportedChannel):
        if isinstance(channel, DeadLetter):
            refused.append(channel)
        elif channel.public:
            channels[unicodedata.normalize("NFC", channel.name)] = channel
    return channels


def _days(
    files: ExportFiles, channels: dict[str, ExportedChannel], translate: ExportTranslator, refused: list[DeadLetter]
) -> Iterator[tuple[Message | Move | None, float]]:
    """Give what every record of every public channel tells, and its time; None for what says nothing."""
    seen: dict[tuple[str, str], str] = {}
    latest = time.time() + AHEAD_SECONDS  # one wrong date would pass for the end of the export
    for name in files.names:
        folder, _, day = name.rpartition("/")
        channel = channels.get(folder)
        if channel is None or not _DAY.fullmatch(day):
            continue
        for index, record in parse_records(files, name, ExportedMessage, channel=channel.id, channel_type="channel"):
            if isinstance(record, DeadLetter):
                refused.append(record)
                continue
            first = seen.setdefault((channel.id, record.ts), f"{name}[{index}]")
            if first != f"{name}[{index}]":
                reason = f"the message is already in {first}, which counts"
                refused.append(broken(SOURCE, name, index, reason, "ts", "duplicate"))
                continue
            if float(record.ts) > latest:
                reason = "the message is from the future"
                refused.append(broken(SOURCE, name, index, reason, "ts", "future"))
                continue
            try:
                yield translate(record), float(record.ts)
            except UntranslatableError as error:
                where = error.where.removeprefix("event.")
                refused.append(broken(SOURCE, name, index, error.reason, where, type(error).__name__))


def _directory(
    users: dict[str, bool], channels: dict[str, ExportedChannel], translate: ExportTranslator, bots: frozenset[str]
) -> tuple[DirectoryRecord, ...]:
    members = [Member(member=translate.member(user), bot=user in bots) for user in users]
    places = [
        Channel(
            source=SOURCE,
            conversation=channel.id,
            name=channel.name,
            members=tuple(map(translate.member, dict.fromkeys(channel.members))),
        )
        for channel in channels.values()
    ]
    return (*members, *places)


def _notes(files: ExportFiles, channels: dict[str, ExportedChannel]) -> tuple[str, ...]:
    folders = {name.rpartition("/")[0] for name in files.names if _DAY.fullmatch(name.rpartition("/")[2])}
    others = len(folders - channels.keys() - {""})
    if not others:
        return ()
    return (
        f"{others} folder{'s' if others > 1 else ''} left out: not a public channel of {INDEX}. "
        "Private channels and direct messages (groups.json, dms.json, mpims.json) are never read.",
    )
