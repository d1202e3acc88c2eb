"""An archive lived through in memory: nothing of the future is known, and what came is counted right."""

from pathlib import Path
from random import Random
from typing import Any

import pytest

from models.expectations import Expectations
from pipeline.evaluate.life import Life, live
from pipeline.replay.open import open_source
from pipeline.settings import Settings
from tests.factories.archive import HOUR, START, archive_lines, write_archive
from tests.pipeline.replay.independent_count import count_silence

KEY = b"0123456789abcdef"
SETTINGS = Settings(_env_file=None)
ALPHAS = (0.05, 0.2)
WEEK = 168.0


def lived(path: Path) -> Life:
    return live(open_source(path, KEY, SETTINGS), SETTINGS, ALPHAS)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_archive(tmp_path_factory.mktemp("archive") / "small.jsonl.gz", archive_lines(weeks=4.0))


@pytest.fixture(scope="module")
def life(archive: Path) -> Life:
    return lived(archive)


def test_every_prompt_is_counted_and_those_whose_horizon_is_behind_the_end_are_not_scored(
    archive: Path, life: Life
) -> None:
    counted = count_silence(archive)
    assert life.prompts == counted.roots
    assert life.censored + len(life.lived) == counted.roots
    assert 0 < life.censored < len(life.lived)
    assert all(later.posted_at >= former.posted_at for former, later in zip(life.lived, life.lived[1:], strict=False))


def test_silence_and_responders_are_those_of_an_independent_count(archive: Path, life: Life) -> None:
    counted = count_silence(archive)
    assert sum(prompt.silent for prompt in life.lived) == counted.silent - counted.censored
    assert {prompt.silent for prompt in life.lived} == {True, False}
    assert all(prompt.silent == (prompt.responders == 0) == (prompt.first_hours is None) for prompt in life.lived)
    assert all(0 <= prompt.first_hours <= WEEK for prompt in life.lived if prompt.first_hours is not None)


def test_who_reacted_without_a_time_makes_the_first_response_a_guess(life: Life) -> None:
    assert {prompt.dated for prompt in life.lived} == {True, False}
    assert all(prompt.dated for prompt in life.lived if prompt.silent)


def test_a_smaller_alpha_never_tells_earlier(life: Life) -> None:
    pairs = [prompt.deadlines for prompt in life.lived]
    assert all(strict is None or (loose is not None and loose <= strict) for strict, loose in pairs)
    assert any(loose is not None for _, loose in pairs)


def test_what_is_said_of_a_prompt_does_not_depend_on_what_came_after_it(tmp_path: Path, life: Life) -> None:
    """The archive ends a week earlier: all that was posted and is scored in both is judged the same."""
    until = START + 3 * WEEK * HOUR
    lines = [line for line in archive_lines(weeks=4.0) if line["ts"] < until]
    for line in lines:
        line["reactions"] = [r for r in line["reactions"] if (r.get("ts") or 0.0) < until]
    cut = lived(write_archive(tmp_path / "small.jsonl.gz", lines))
    assert len(cut.lived) > 100
    for before, after in zip(cut.lived, life.lived, strict=False):
        assert (before.posted_at, before.views, before.features) == (after.posted_at, after.views, after.features)
        assert before.deadlines == after.deadlines


DAY = 24 * HOUR
OFF = range(28, 30)


def busy_lines() -> list[dict[str, Any]]:
    """Return five weeks of a channel in which much is said by day and most is answered; then two days of nothing.

    Nobody answers what is asked in the last hour before them.
    """
    random, lines = Random(4), list[dict[str, Any]]()
    for hour in range(24 * 37):
        for n in range(random.randint(1, 4) if 8 <= hour % 24 < 18 and hour // 24 not in OFF else 0):
            asked = START + (hour + random.random()) * HOUR
            told = [(asked, None), (asked + random.expovariate(1 / (0.3 * HOUR)), f"{hour}.{n}")]
            for time, parent in told[:1] if hour == OFF.start * 24 - 7 or random.random() < 0.02 else told:
                lines.append(
                    {"id": f"{hour}.{n}" + (".a" if parent else ""), "channel": "c", "ts": round(time, 3),
                     "author": f"u{random.randrange(30)}", "parent": parent, "root": f"{hour}.{n}", "reactions": [],
                     "text_length": 80,
                     "is_question": True, "kind": "message", "is_bot": False, "has_link": False}
                )  # fmt: skip
    return sorted(lines, key=lambda line: line["ts"])


def test_a_deadline_that_was_postponed_is_reported_as_it_stood_in_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_archive(tmp_path / "busy.jsonl.gz", busy_lines())
    lives = [lived(path).lived]
    monkeypatch.setattr(Expectations, "postponed", lambda *_: None)
    lives.append(lived(path).lived)
    pairs = [(after, before) for after, before in zip(*lives, strict=True) if after.deadlines != before.deadlines]
    # what is due in the night before, told at 08:00, may stand
    off = START + OFF.start * DAY + 8 * HOUR, START + OFF.stop * DAY
    waited = []
    for after, before in pairs:
        assert after.views == before.views, "what was expected is the same"
        for now, was in zip(after.deadlines, before.deadlines, strict=True):
            assert was is not None
            assert now is None or now == was or now >= was + 1 - 1e-6
            if off[0] < before.posted_at + was * HOUR < off[1]:
                waited.append(after.posted_at + (now or WEEK) * HOUR)
    assert waited
    assert min(waited) >= off[1]


def test_a_source_that_is_quiet_for_weeks_does_not_bias_what_is_learned(tmp_path: Path) -> None:
    """Every fifth week an hour and a half of talk, and then nothing: any silence of it is doubtful at first."""
    random, lines = Random(2), list[dict[str, Any]]()
    for episode in range(14):
        for n in range(60):
            time, root = START + episode * 5 * WEEK * HOUR + n * 90.0, f"{episode}:{n}"
            said = {"channel": "help", "reactions": [], "kind": "message", "is_bot": False, "has_link": False}
            said |= {"text_length": 40, "is_question": True, "root": root}
            lines.append(said | {"id": root, "author": f"u{random.randrange(300)}", "ts": time, "parent": None})
            for answer in range(4 if random.random() < 0.5 else 0):
                after = time + 60.0 + 20 * answer
                lines.append(said | {"id": f"{root}.{answer}", "author": f"h{answer}", "ts": after, "parent": root})
    found = lived(write_archive(tmp_path / "rare.jsonl.gz", sorted(lines, key=lambda line: line["ts"]))).lived
    last = found[len(found) // 2 :]
    silent = sum(prompt.silent for prompt in last) / len(last)
    assert 0.4 < silent < 0.6
    for view in ("segment", "hazard", "direct", "mix"):
        said_so = sum(prompt.views[view] for prompt in last) / len(last)
        assert said_so == pytest.approx(silent, abs=0.08), view
