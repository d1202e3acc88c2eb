"""What a real archive is made of, to hold the workload against: `python -m benchmarks.archive_shares FILE`.

Reads our JSONL (one message a line with `root`, `parent`, `reactions`, `is_bot`, `text_length`), plain or gzipped.
"""

import gzip
import json
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path


def shares(archive: Path) -> dict[str, float]:
    """Return the shares of roots, replies and reactions among what humans did, and of unanswered roots."""
    counts: Counter[str] = Counter()
    roots: set[str] = set()
    answered: set[str] = set()
    with gzip.open(archive, "rt") if archive.suffix == ".gz" else archive.open() as lines:
        for line in lines:
            message = json.loads(line)
            if message["is_bot"]:
                continue
            is_root = message["parent"] is None
            counts["roots" if is_root else "replies"] += 1
            counts["reactions"] += len(message["reactions"])
            counts["characters"] += message["text_length"]
            if is_root:
                roots.add(message["id"])
            if not is_root or message["reactions"]:
                answered.add(message["root"])
    return _as_shares(counts) | {"unanswered roots": len(roots - answered) / max(len(roots), 1)}


def _as_shares(counts: Mapping[str, int]) -> dict[str, float]:
    events = sum(counts[kind] for kind in ("roots", "replies", "reactions"))
    messages = counts["roots"] + counts["replies"]
    return {
        "events": events,
        **{kind: counts[kind] / max(events, 1) for kind in ("roots", "replies", "reactions")},
        "characters of a message": counts["characters"] / max(messages, 1),
    }


def main() -> None:
    for name in sys.argv[1:] or ["--help"]:
        if name.startswith("-"):
            print(__doc__)
            return
        print(name)
        for what, value in shares(Path(name)).items():
            print(f"  {what:24} {value:,.3f}" if value < 1 else f"  {what:24} {value:,.0f}")


if __name__ == "__main__":
    main()
