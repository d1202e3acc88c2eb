"""An archive that tells who saw what: the same silence is explained by where people are, or by what they were asked."""

import json
from pathlib import Path
from typing import Any

from pipeline.in_memory import InMemoryPipeline
from pipeline.replay import open_source
from pipeline.settings import Settings
from pipeline.study.life import live_through
from pipeline.wiring import track_rules
from schemas.anomaly import Anomaly
from schemas.base import HOUR
from schemas.dead_letter import DeadLetter

SETTINGS = Settings(_env_file=None)
KEY = b"0123456789abcdef"
START = 1_772_442_000.0
"""2026-03-02T09:00:00Z, a Monday."""

DAYS = 28
MEMBERS = [f"m{n}" for n in range(20)]


def _line(day: int, answered: list[str], seen: list[str]) -> dict[str, Any]:
    posted = START + day * 24 * HOUR
    return {
        "id": f"q{day}", "channel": "c1", "author": "designer", "ts": posted, "parent": None, "root": f"q{day}",
        "reactions": [{"author": a, "name": "+1", "ts": posted + 90.0 + 60 * n} for n, a in enumerate(answered)],
        "views": [{"author": a, "ts": posted + 30.0 + n} for n, a in enumerate(seen)],
        "text_length": 80, "is_question": True, "kind": "message", "is_bot": False,
    }  # fmt: skip


def _told(path: Path, seen: list[str], *, tells: bool = True) -> Anomaly:
    """Return what is first told of the last question, which nobody answers, when so many see it."""
    lines = [_line(day, MEMBERS[: 8 + day % 5], MEMBERS) for day in range(DAYS)]
    lines += [_line(DAYS, [], seen), _line(DAYS + 10, MEMBERS, MEMBERS)]
    path.write_text("".join(json.dumps(line if tells else line | {"views": []}) + "\n" for line in lines))
    past = open_source(path, KEY, SETTINGS)
    anomalies: list[Anomaly] = []
    rules = track_rules(SETTINGS).model_copy(update={"every_root": True})
    pipeline = InMemoryPipeline(SETTINGS, rules, (SETTINGS.judge.alpha,), lambda *_: None, anomaly=anomalies.append)
    events = [item for item in past.read() if not isinstance(item, DeadLetter)]
    live_through(pipeline, events, past.observed_until, 1, SETTINGS, lambda *_: None)
    return next(anomaly for anomaly in anomalies if anomaly.verdict.prompt.message == f"q{DAYS}")


def _sentences(anomaly: Anomaly) -> list[str]:
    return [item.sentence for item in anomaly.evidence if item.code == "seen_share"]


def test_what_all_saw_and_nobody_answered_is_less_likely_elsewhere_and_what_nobody_saw_more(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    all_saw, nobody_saw = _told(path, MEMBERS), _told(path, [])
    not_told = _told(path, [], tells=False)
    assert (all_saw.verdict.viewers, nobody_saw.verdict.viewers, not_told.verdict.viewers) == (20, 0, None)
    assert [len(_sentences(anomaly)) for anomaly in (all_saw, nobody_saw, not_told)] == [1, 1, 0]
    assert _sentences(nobody_saw)[0].startswith("none of the ")
    elsewhere = [anomaly.probabilities["elsewhere"] for anomaly in (all_saw, not_told, nobody_saw)]
    assert elsewhere == sorted(elsewhere) and elsewhere[0] < elsewhere[1] / 1.5 < elsewhere[2] / 1.5 / 1.3


def test_a_view_changes_neither_when_nor_what_is_judged(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    told, not_told = _told(path, MEMBERS).verdict, _told(path, [], tells=False).verdict
    assert told.model_copy(update={"viewers": None}) == not_told
