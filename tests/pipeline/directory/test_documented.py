"""The examples of docs/directory.md can be loaded as they stand there."""

import re
from pathlib import Path

from pipeline.directory import load_directory

PAGE = Path(__file__).resolve().parents[3] / "docs" / "directory.md"


def test_the_examples_load(tmp_path: Path) -> None:
    examples = re.findall(r"^## (\S+)\n\n```\w+\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    assert [name for name, _ in examples] == ["members.csv", "channels.csv", "briefs.yaml"]
    for name, content in examples:
        (tmp_path / name).write_text(content, encoding="utf-8")
    records, problems = load_directory(tmp_path, b"0123456789abcdef")
    assert problems == ()
    assert len(records) == 3 + 2 + 2
