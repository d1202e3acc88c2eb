"""An archive lived through in memory: nothing of the future is known, and what came is counted right."""

from pathlib import Path

import pytest

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
