"""The yardstick itself, on an archive small enough to count by hand."""

import gzip
import json
from pathlib import Path
from typing import Any

from tests.pipeline.replay.independent_count import DAY, HOUR, count_silence


def _line(id_: str, author: str, ts: float, **more: Any) -> dict[str, Any]:
    line = {"id": id_, "author": author, "ts": ts, "root": id_, "reactions": [], "kind": "message", "is_bot": False}
    return line | more


def _reaction(author: str, name: str = "+1", **when: float) -> dict[str, Any]:
    return {"author": author, "name": name, "ts": None} | when


def test_by_hand(tmp_path: Path) -> None:
    lines = [
        _line("answered", "ann", 0.0, reactions=[_reaction("ben"), _reaction("ben"), _reaction("robot")]),
        _line("r1", "cyd", 60.0, root="answered"),
        _line("r2", "cyd", 61.0, root="answered"),
        _line("r3", "ann", 62.0, root="answered"),
        _line("r4", "dan", 7 * DAY + 1, root="answered"),
        _line("late reaction", "ann", 10.0, reactions=[_reaction("ben", ts=8 * DAY)]),
        _line("bound", "ann", 20.0, reactions=[_reaction("ben", ts_lo=7 * DAY + 21)]),
        _line("early bound", "ann", 30.0, reactions=[_reaction("ben", ts_hi=31.0)]),
        _line("of a bot", "robot", 40.0, is_bot=True, reactions=[_reaction("ben")]),
        _line("deleted", "ann", 50.0, kind="tombstone"),
        _line("to the deleted", "ben", 51.0, root="deleted"),
        _line("last", "ann", 7 * DAY + 2 * HOUR),
    ]
    path = tmp_path / "small.jsonl.gz"
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(line) + "\n" for line in lines)

    counted = count_silence(path)

    assert counted.responders_by_root == {
        "answered": {"ben", "cyd"},
        "late reaction": frozenset(),
        "bound": frozenset(),
        "early bound": {"ben"},
        "last": frozenset(),
    }
    assert (counted.roots, counted.silent, counted.censored) == (5, 3, 1)
    assert (counted.responders, counted.responses) == (3, 4)
