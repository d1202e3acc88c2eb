"""The text of a file that a person wrote, perhaps with a spreadsheet."""

from pathlib import Path

from pipeline.directory.problem import Problem

_ALLOWED = "UTF-8, with or without BOM (in a spreadsheet: save as CSV UTF-8)"


def read_text(path: Path) -> str | Problem:
    """Return a file's text without BOM, or what is wrong with it."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        return Problem(path, 0, "", f"the file cannot be read: {error.strerror}", "a file that exists and may be read")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return Problem(path, raw.count(b"\n", 0, error.start) + 1, "", "the line is not UTF-8", _ALLOWED)
