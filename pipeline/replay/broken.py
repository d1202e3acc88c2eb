"""Dead letters of a recording: which line of which file is wrong, and in what, but never what stands in it."""

from pydantic import ValidationError

from pipeline.replay.past import STAGE
from schemas.dead_letter import DeadLetter


def broken(source: str, file: str, line: int, reason: str, where: str = "", error: str = "") -> DeadLetter:
    """Point to line (or index) `line` of a file."""
    return DeadLetter(stage=STAGE, source=source, reason=reason, field=where, error=error, topic=file, offset=line)


def invalid(source: str, file: str, line: int, error: ValidationError) -> DeadLetter:
    """Point to a line, with the first field that is wrong."""
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    return broken(source, file, line, first["msg"], where, first["type"])
