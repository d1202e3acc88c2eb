"""Slack exports for tests: a story is told call by call, then written as a folder or as a zip."""

import json
import zipfile
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

Record = dict[str, Any]

MONDAY = 1_735_804_800.0
"""2025-01-02T08:00:00Z."""


@dataclass
class SlackExport:
    """An export under construction; `files` may be changed by hand before it is written."""

    channels: list[Record] = field(default_factory=list)
    users: list[Record] | None = field(default_factory=list)
    files: dict[str, Any] = field(default_factory=dict)  # bytes are written as they are
    _days: dict[str, list[Any]] = field(default_factory=lambda: defaultdict(list))

    def channel(self, id_: str, name: str, *members: str, **more: Any) -> None:
        self.channels.append({"id": id_, "name": name, "is_archived": False, "members": list(members)} | more)

    def user(self, id_: str, **more: Any) -> None:
        assert self.users is not None
        self.users.append({"id": id_, "name": id_.lower(), "deleted": False, "is_admin": False, "is_bot": False} | more)

    def message(self, channel: str, ts: str, user: str | None, text: str = "", **more: Any) -> Record:
        record: Record = {"type": "message", "user": user, "text": text, "ts": ts, "team": "T0TEAM"} | more
        return self.record(channel, ts, {name: value for name, value in record.items() if value is not None})

    def record(self, channel: str, ts: str, record: Any) -> Any:
        """Put anything into the day file of a channel."""
        day = datetime.fromtimestamp(float(ts), UTC).date().isoformat()
        self._days[f"{channel}/{day}.json"].append(record)
        return record

    def contents(self) -> dict[str, bytes]:
        """Return all files by name."""
        files: dict[str, Any] = {"channels.json": self.channels, **self._days}
        if self.users is not None:
            files["users.json"] = self.users
        files |= self.files
        return {
            name: content if isinstance(content, bytes) else json.dumps(content).encode()
            for name, content in files.items()
        }

    def write_folder(self, path: Path) -> Path:
        for name, content in self.contents().items():
            file = path / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        return path

    def write_zip(self, path: Path, top: str = "") -> Path:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in self.contents().items():
                archive.writestr(top + name, content)
        return path


def ts(seconds: float) -> str:
    """Return Slack's timestamp of a moment so long after the story's beginning."""
    return f"{MONDAY + seconds:.6f}"


def small_export() -> SlackExport:
    """Two channels: a prompt with a thread, reactions, a broadcast reply and an edit; joins, an app, a tombstone."""
    export = SlackExport()
    for user in ("UANN", "UBEN", "UCYD"):
        export.user(user)
    export.user("UROBOT", is_bot=True)
    export.user("UGONE", deleted=True)
    export.channel("C1", "general", "UANN", "UBEN", "UCYD", "UROBOT")
    export.channel("C2", "random", "UANN")
    export.message("general", ts(0), "UBEN", "<@UBEN> has joined the channel", subtype="channel_join")
    export.message(
        "general",
        ts(100),
        "UANN",
        "<!here> what do you think of <https://example.org|this>? #asset:podcast-3",
        thread_ts=ts(100),
        reply_count=2,
        replies=[{"user": "UBEN", "ts": ts(160)}, {"user": "UCYD", "ts": ts(90_000)}],
        edited={"user": "UANN", "ts": ts(130)},
        reactions=[
            {"name": "+1", "users": ["UBEN", "UCYD", "UROBOT"], "count": 3},
            {"name": "eyes", "users": ["UBEN"], "count": 1},
        ],
    )
    export.message("general", ts(160), "UBEN", "I liked it", thread_ts=ts(100), parent_user_id="UANN")
    export.message(
        "general", ts(90_000), "UCYD", "me too", subtype="thread_broadcast", thread_ts=ts(100), root={"ts": ts(100)}
    )
    export.message("general", ts(200), None, "build 12 passed", subtype="bot_message", bot_id="B1")
    export.message("general", ts(300), "UCYD", "my notes", subtype="file_share", files=[{"id": "F1"}])
    export.message("general", ts(400), "USLACKBOT", "This message was deleted.", subtype="tombstone", thread_ts=ts(400))
    export.message("general", ts(410), "UBEN", "why was it deleted?", thread_ts=ts(400))
    export.message("general", ts(500), "UANN", "set the channel topic", subtype="channel_topic", topic="x")
    metadata = {"event_type": "crickets_asset", "event_payload": {"asset_id": "quiz-7"}}
    export.message("random", ts(50), "UROBOT", "a quiz", bot_id="B2", metadata=metadata)
    export.message("random", ts(600), "UCYD", "<@UCYD> has left the channel", subtype="channel_leave")
    return export
