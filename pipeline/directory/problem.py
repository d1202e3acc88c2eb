"""What is wrong in a directory's file, and what would be right."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong; `line` 0: the file as a whole."""

    file: Path
    line: int
    field: str  # column or key; empty: the whole line
    reason: str
    allowed: str  # what would be right

    def __str__(self) -> str:
        """Return the sentence that a person reads."""
        place = f"{self.file}" + (f":{self.line}" if self.line else "") + (f", {self.field}" if self.field else "")
        return f"{place}: {self.reason}; allowed: {self.allowed}"
