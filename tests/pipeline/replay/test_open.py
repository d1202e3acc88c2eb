import gzip
import json
from pathlib import Path

import pytest

from pipeline.replay import UnreadablePastError, open_source, workspace_name
from pipeline.settings import Settings
from tests.factories.slack_export import small_export

KEY = b"0123456789abcdef"


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("nothing.jsonl", b"", "is empty"),
        ("blank.jsonl", b"\n\n", "is empty"),
        ("notes.txt", b"hello\n", "holds neither"),
        ("cut.jsonl.gz", gzip.compress(b"{}" * 999, mtime=0)[:20], "is a damaged gzip file"),
        ("2025-01-01.json", b'[{"ts": "1.2"}]', "give the folder or zip that it belongs to"),
        ("other.jsonl", b'{"name": "x"}\n', "Expected is Slack's own export"),
        ("deep.jsonl", b"[" * 100_000, "holds a JSON list"),
    ],
)
def test_says_what_is_wrong_with_a_file_that_is_neither(tmp_path: Path, name: str, content: bytes, says: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(UnreadablePastError, match=says) as caught:
        open_source(path, KEY, Settings(_env_file=None))
    assert str(path) in str(caught.value)


def test_says_that_a_path_does_not_exist_and_that_a_folder_is_no_export(tmp_path: Path) -> None:
    with pytest.raises(UnreadablePastError, match="does not exist"):
        open_source(tmp_path / "nowhere", KEY, Settings(_env_file=None))
    with pytest.raises(UnreadablePastError, match=r"there is no channels\.json in it"):
        open_source(tmp_path, KEY, Settings(_env_file=None))


def test_one_good_line_among_the_first_makes_an_archive(tmp_path: Path) -> None:
    good = {"id": "m", "channel": "c", "author": "a", "ts": 1.0, "root": "m", "reactions": [], "text_length": 1}
    good |= {"is_question": False, "kind": "message", "is_bot": False}
    path = tmp_path / "a.jsonl"
    path.write_text("{broken\n" + json.dumps(good) + "\n", encoding="utf-8")
    past = open_source(path, KEY, Settings(_env_file=None))
    assert (past.messages, len(past.broken)) == (1, 1)


def test_a_folder_with_two_exports_is_refused(tmp_path: Path) -> None:
    small_export().write_folder(tmp_path / "one")
    small_export().write_folder(tmp_path / "two")
    with pytest.raises(UnreadablePastError, match="holds 2 exports"):
        open_source(tmp_path, KEY, Settings(_env_file=None))


@pytest.mark.parametrize(
    ("name", "workspace"),
    [
        ("dd2030_slack.jsonl.gz", "dd2030_slack"),
        ("Acme Corp Slack export Jan 1 2025 - Jan 31 2025.zip", "acme-corp"),
        ("Acme Corp Slack export Feb 1 2025 - Feb 28 2025", "acme-corp"),
        ("v1.2 archive.NDJSON", "v1.2-archive"),
        ("---.zip", "workspace"),
    ],
)
def test_a_workspace_is_named_after_its_file_whatever_the_dates(name: str, workspace: str) -> None:
    assert workspace_name(Path("some/folder") / name) == workspace
