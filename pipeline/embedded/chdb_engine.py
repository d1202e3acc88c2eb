"""ClickHouse inside this process, a session of its own for every query."""

import re
import tempfile
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import chdb

from pipeline.embedded.statement import Statement
from schemas.errors import CricketsError

_SETTING = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_CODE = re.compile(r"Code: (\d+)")
_UNKNOWN_SETTING = 115
_UNKNOWN_EXCEPTION = 1002
_GLOBS = set("*?{}")  # the engine would read a path with these as a pattern


class QueryError(CricketsError):
    """The engine refused or failed a query; `code` is ClickHouse's own."""

    def __init__(self, message: str, code: int) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Query:
    """A statement with all that ClickHouse's HTTP interface lets one send along."""

    statement: Statement
    format: str = "TabSeparated"  # of the result, unless the statement names one
    database: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """A result, and what it took."""

    body: bytes
    summary: dict[str, str]


class ChdbEngine:
    """The one engine of this process, over one folder.

    Each query gets a connection of its own, which costs 0.2 ms: a database or a setting cannot leak into the next
    query, and queries of different threads run at the same time (the engine gives up Python's lock while it works).
    """

    def __init__(self, folder: Path, spool: Path) -> None:
        self._path = str(folder)
        self._spool = None if _GLOBS & set(str(spool)) else spool
        try:
            self._keeps_open = chdb.connect(self._path)
            result = self._keeps_open.query("SELECT version(), timezone()", "TabSeparated")
        except RuntimeError as error:
            msg = f"The store in {folder} cannot be opened: {error}"
            raise QueryError(msg, _code(error)) from error
        self.version, self.timezone = result.bytes().decode().split()

    def run(self, query: Query) -> Answer:
        """Execute a query; every failure is a `QueryError`."""
        with closing(chdb.connect(self._path)) as connection:
            try:
                return self._run(connection, query)
            except RuntimeError as error:
                text = str(error)
                start = _CODE.search(text)
                message = text[start.start() :].strip() if start else text
                msg = f"{message} (version {self.version})"
                raise QueryError(msg, _code(error)) from error

    def close(self) -> None:
        """Close the store; no query may run."""
        self._keeps_open.close()

    def _run(self, connection: Any, query: Query) -> Answer:
        if query.database:
            connection.query(f"USE {_identifier(query.database)}", "Null")
        if query.settings:
            connection.query(f"SET {_assignments(query.settings)}", "Null")
        if query.statement.data is None:
            result = connection.query(query.statement.text, query.format, params=dict(query.parameters))
            return Answer(result.bytes() or b"", _summary(result, "read"))
        # Data within the statement's text would be cut at blank lines, which binary data may well contain.
        with tempfile.NamedTemporaryFile(dir=self._spool, prefix="insert-") as file:
            file.write(query.statement.data)
            file.flush()
            text, at = query.statement.text, query.statement.infile_at
            source = f"FROM INFILE {_literal(file.name)} ".encode()
            result = connection.query(text[:at] + source + text[at:], query.format, params=dict(query.parameters))
        return Answer(b"", _summary(result, "written"))


def _summary(result: Any, what: str) -> dict[str, str]:
    return {
        "read_rows": "0",
        "written_rows": "0",
        f"{what}_rows": str(result.rows_read()),
        f"{what}_bytes": str(result.bytes_read()),
        "elapsed_ns": str(int(result.elapsed() * 1e9)),
    }


def _assignments(settings: Mapping[str, str]) -> str:
    for name in settings:
        if not _SETTING.fullmatch(name):
            msg = f"Code: {_UNKNOWN_SETTING}. DB::Exception: {name!r} is no name of a setting. (UNKNOWN_SETTING)"
            raise QueryError(msg, _UNKNOWN_SETTING)
    return ", ".join(f"{name} = {_literal(value)}" for name, value in settings.items())


def _literal(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _identifier(name: str) -> str:
    escaped = name.replace("\\", "\\\\").replace("`", "\\`")
    return f"`{escaped}`"


def _code(error: Exception) -> int:
    found = _CODE.search(str(error))
    return int(found[1]) if found else _UNKNOWN_EXCEPTION
