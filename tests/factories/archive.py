"""Message archives for tests: a few weeks of a small community, seeded, one message a line."""

import gzip
import json
from pathlib import Path
from random import Random
from typing import Any

START = 1_735_689_600.0
"""2025-01-01 00:00 UTC."""
HOUR = 3600.0


def archive_lines(seed: int = 1, *, weeks: float = 3.0, channels: int = 5, members: int = 14) -> list[dict[str, Any]]:
    """Return the lines: lively channels where most roots are answered, and quiet ones; reactions dated or not."""
    random = Random(seed)
    lines: list[dict[str, Any]] = []

    def line(id_: str, channel: str, time: float, root: str, **more: Any) -> dict[str, Any]:
        length = random.randrange(400)
        made = {
            "id": id_, "channel": channel, "author": f"u{random.randrange(members)}", "ts": round(time, 3),
            "parent": None if root == id_ else root, "root": root, "reactions": [], "text_length": length,
            "is_question": random.random() < 0.4, "kind": "message", "is_bot": False, "has_link": length % 5 == 0,
        } | more  # fmt: skip
        lines.append(made)
        return made

    for c in range(channels):
        channel, time, number = f"c{c}", START + random.uniform(0, HOUR), 0
        while time < START + weeks * 168 * HOUR:
            number += 1
            root = f"{channel}:{number}"
            message = line(root, channel, time, root)
            if random.random() < 0.05:
                message |= {"author": "robot", "is_bot": True}
            for n in range(random.choice((0, *[3] * 30) if c % 2 else (0, 0, 0, 1, 1))):
                after = time + random.expovariate(1 / (2 * HOUR))
                if random.random() < 0.5:
                    line(f"{root}.{n}", channel, after, root)
                else:
                    dated = {"ts": round(after, 3)} if random.random() < 0.5 else {"ts": None, "ts_hi": time + 9 * HOUR}
                    message["reactions"].append({"author": f"u{random.randrange(members)}", "name": f"e{n}", **dated})
            time += random.expovariate(1 / (4 * HOUR))
    return sorted(lines, key=lambda made: made["ts"])


def write_archive(path: Path, lines: list[dict[str, Any] | str]) -> Path:
    """Write lines, gzipped; a text is written as it is."""
    with gzip.open(path, "wt", encoding="utf-8") as file:
        for made in lines:
            file.write((made if isinstance(made, str) else json.dumps(made)) + "\n")
    return path
