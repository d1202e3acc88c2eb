"""Poison: a record that makes an agent raise becomes a dead letter that says where, and nothing of what was in it."""

from collections.abc import Iterator
from pathlib import PurePath
from traceback import walk_tb
from types import TracebackType

from agents.decode import source_of
from agents.effects import Record, Send
from schemas.dead_letter import DeadLetter
from schemas.topic import Topic

MOST_FRAMES = 20
"""Frames of a traceback that are kept: the innermost."""

MOST_CAUSES = 3
"""How far back a chain of exceptions is followed."""

_OURS = ("agents", "models", "pipeline", "schemas")
_INSTALLED = ("site-packages", "dist-packages")
_PROJECT = PurePath(__file__).parent.parent


def poisoned(record: Record, stage: str, error: BaseException, tries: int) -> Send:
    """Return the dead letter of a record on which agent `stage` raised `error`, `tries` times in a row."""
    where = _place(error)
    reason = f"agent {stage} raised {type(error).__name__}" + (f" at {where}" if where else "")
    if tries > 1:
        reason += f", {tries} times in a row"
    source = source_of(record)
    letter = DeadLetter(
        stage=stage,
        source=source,
        reason=reason,
        error=type(error).__name__,
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        tries=tries,
        traceback=trace(error),
    )
    return Send(Topic.DEAD_LETTERS, key=source or stage, value=letter)


def trace(error: BaseException) -> str:
    """Return where an exception was raised and its type: no message, no line of code, no value.

    One line a frame, `file:line in function`, the innermost last; then the type, then the types it was caused by.
    """
    frames = list(_frames(error.__traceback__))
    left_out = len(frames) - MOST_FRAMES
    lines = [f"({left_out} frames before these)"] if left_out > 0 else []
    lines += [f"{place} in {function}" for place, function in frames[-MOST_FRAMES:]]
    lines.append(_kind(error))
    for cause in _causes(error):
        where = _place(cause)
        lines.append(f"caused by {_kind(cause)}" + (f" at {where}" if where else ""))
    return "\n".join(lines)


def _place(error: BaseException) -> str:
    """Return the innermost place in our own code, else the innermost of all."""
    places = [place for place, _ in _frames(error.__traceback__)]
    ours = [place for place in places if place.startswith(tuple(f"{package}/" for package in _OURS))]
    return ours[-1] if ours else places[-1] if places else ""


def _frames(traceback: TracebackType | None) -> Iterator[tuple[str, str]]:
    """Give (file:line, function) of each frame; the lines of code are not read, they are of no use to a row."""
    for frame, line in walk_tb(traceback):
        code = frame.f_code
        yield f"{_relative(code.co_filename)}:{line}", code.co_qualname


def _relative(file: str) -> str:
    """Name a file from the project or from the installed packages on: the rest of its path speaks of a machine.

    >>> _relative("/opt/venv/lib/python3.12/site-packages/river/linear_model/glm.py")
    'river/linear_model/glm.py'
    >>> _relative("/usr/lib/python3.12/json/decoder.py")
    'json/decoder.py'
    >>> _relative("<frozen runpy>")
    '<frozen runpy>'
    """
    path = PurePath(file)
    if path.is_relative_to(_PROJECT) and not set(_INSTALLED) & set(path.relative_to(_PROJECT).parts):
        return path.relative_to(_PROJECT).as_posix()
    parts = path.parts
    for number in reversed(range(len(parts) - 1)):
        if parts[number] in _INSTALLED or (
            parts[number].startswith("python3") and parts[number - 1] in ("lib", "lib64")
        ):
            return "/".join(parts[number + 1 :])
    return path.name


def _kind(error: BaseException) -> str:
    kind = type(error)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Give what led to an exception, as Python would show it, and no more than some of it."""
    for _ in range(MOST_CAUSES):
        cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        if cause is None:
            return
        yield cause
        error = cause
