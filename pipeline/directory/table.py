"""Tables: CSV files with a header line, each row with the line it starts on."""

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pipeline.directory.problem import Problem
from pipeline.directory.text import read_text

LONGEST_CELL = 16 * 1024 * 1024
"""Characters: a channel may have very many members, and the csv module's own limit is 131,072."""


@dataclass(frozen=True)
class Columns:
    """The columns that a table must have, and those that it may have."""

    required: tuple[str, ...]
    optional: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return them as a person reads them."""
        may = f" and, if you like, {', '.join(self.optional)}" if self.optional else ""
        return f"the columns {', '.join(self.required)}{may}, separated by commas"


@dataclass(frozen=True)
class Row:
    """A row; every column is there, empty where the table does not have it."""

    file: Path
    line: int
    cells: dict[str, str]

    def problem(self, column: str, reason: str, allowed: str) -> Problem:
        """Point to one of its cells."""
        return Problem(self.file, self.line, column, reason, allowed)


def read_table(path: Path, columns: Columns) -> Iterator[Row | Problem]:
    """Give every row that fits the header, and what is wrong with the others, in the order of the file."""
    text = read_text(path)
    if isinstance(text, Problem):
        yield text
        return
    names: list[str] | None = None
    for line, cells in _lines(text):
        if isinstance(cells, csv.Error):
            allowed = "a cell with a comma or a line break in double quotes, a double quote in it doubled"
            yield Problem(path, line, "", f"not CSV: {cells}", allowed)
        elif names is None:
            names = [name.lower() for name in cells]
            wrong = list(_check_header(path, line, names, columns))
            yield from wrong
            if wrong:
                return
        elif len(cells) != len(names):
            reason = f"the row has {len(cells)} cells, the header {len(names)}"
            yield Problem(path, line, "", reason, f"{len(names)} cells; a cell with a comma in double quotes")
        else:
            empty = dict.fromkeys((*columns.required, *columns.optional), "")
            yield Row(path, line, empty | dict(zip(names, cells, strict=True)))
    if names is None:
        yield Problem(path, 1, "", "the file has no header", str(columns))


def _lines(text: str) -> Iterator[tuple[int, list[str] | csv.Error]]:
    """Give the rows that are not blank and the lines on which they start; an error ends the file."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    line = 1
    while True:
        try:
            with _long_cells():
                row = [cell.strip() for cell in next(reader)]
        except StopIteration:
            return
        except csv.Error as error:
            yield line, error
            return
        if any(row):
            yield line, row
        line = reader.line_num + 1


@contextmanager
def _long_cells() -> Iterator[None]:
    """Raise the limit of the csv module, which is one for the whole process, and put it back."""
    before = csv.field_size_limit(LONGEST_CELL)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def _check_header(path: Path, line: int, names: list[str], columns: Columns) -> Iterator[Problem]:
    for number, name in enumerate(names):
        if name not in (*columns.required, *columns.optional):
            yield Problem(path, line, name[:80], "there is no such column", str(columns))
        elif name in names[:number]:
            yield Problem(path, line, name, "the column is there twice", str(columns))
    for name in columns.required:
        if name not in names:
            yield Problem(path, line, name, "the column is missing", str(columns))
