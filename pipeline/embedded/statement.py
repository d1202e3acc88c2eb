"""Just enough of ClickHouse's grammar to take an HTTP request apart: where a statement ends and its data begin."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from schemas.errors import CricketsError

_TOKEN = re.compile(
    rb"""
    (?P<blank> \s+ | --[^\n]* | \#[ !][^\n]* | /\*.*?\*/ )
  | (?P<word> [A-Za-z_][A-Za-z0-9_]* )
  | (?P<quoted> '(?:[^'\\]|\\.)*' | "(?:[^"\\]|\\.)*" | `(?:[^`\\]|\\.)*` | (?P<tag>\$[A-Za-z0-9_]*\$).*?(?P=tag) )
  | (?P<open> [(\[{] )
  | (?P<close> [)\]}] )
  | (?P<other> [0-9][A-Za-z0-9_.]* | . )
    """,
    re.VERBOSE | re.DOTALL,
)
_BEFORE_DATA = re.compile(rb"[ \t\f]*(\r?\n)?")
_NO_RESULT = frozenset(
    b"ALTER ATTACH BACKUP CREATE DELETE DETACH DROP EXCHANGE GRANT INSERT MOVE OPTIMIZE RENAME REPLACE RESTORE "
    b"REVOKE SET SYSTEM TRUNCATE UNDROP UPDATE USE".split()
)

_BEFORE_NAME = (b".", b"INTO", b"TABLE", b"FUNCTION")  # what follows is a name, whatever it looks like
_ROWS_FOLLOW = (b"SELECT", b"WITH", b"VALUES", b"FROM")  # the statement brings its rows along


class StatementError(CricketsError):
    """A request's text is not one statement."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement as the engine takes it."""

    text: bytes
    format: str = ""  # what its FORMAT clause says, of the result or of `data`
    data: bytes | None = None  # rows to insert, in `format`; None: the statement needs none
    infile_at: int = 0  # where FROM INFILE belongs, when there are data
    has_result: bool = True


def read_statement(text: bytes) -> Statement:
    r"""Separate an INSERT from the data that follow it, and find what a result's format will be.

    >>> read_statement(b"INSERT INTO t (a) FORMAT CSV\n1\n2").data
    b'1\n2'
    >>> read_statement(b"SELECT format('{}', a) FROM t FORMAT JSON").format
    'JSON'
    """
    tokens = _significant(text)
    for _, word, _ in tokens:
        if word == b"INSERT":
            return _read_insert(text, tokens)
        if word:
            return Statement(text, _result_format(tokens), has_result=word not in _NO_RESULT)
    msg = "Syntax error: Empty query: send a statement in the body or as ?query="
    raise StatementError(msg)


_Tokens = Iterator[tuple[int, bytes, re.Match[bytes]]]


def _significant(text: bytes) -> _Tokens:
    """Yield depth of brackets, the upper-case word (empty: no word) and the token, without blanks and comments."""
    depth = 0
    for token in _TOKEN.finditer(text):
        kind = token.lastgroup
        if kind == "blank":
            continue
        depth += (kind == "open") - (kind == "close")
        yield depth, token[0].upper() if kind == "word" else b"", token


def _read_insert(text: bytes, tokens: _Tokens) -> Statement:
    """Look no further than where the data begin: they may be binary."""
    settings_at = format_at = 0
    previous = b"INSERT"
    for depth, word, token in tokens:
        if previous == b"FORMAT" and format_at and word:
            gap = _BEFORE_DATA.match(text, token.end())
            data = text[gap.end() if gap else token.end() :]
            return Statement(text[: token.end()], token[0].decode(), data, settings_at or format_at, has_result=False)
        if depth == 0 and word and previous not in _BEFORE_NAME:
            if word in _ROWS_FOLLOW:
                break
            if word == b"SETTINGS":
                settings_at = token.start()
            elif word == b"FORMAT":
                format_at = token.start()
        previous = word or token[0]
    return Statement(text, has_result=False)


def _result_format(tokens: _Tokens) -> str:
    """Return what the FORMAT clause says; it comes last, but for settings; a column may be called the same."""
    found = ""
    previous = b""
    in_settings = ended = False
    for depth, word, token in tokens:
        if token[0] == b";" and depth == 0:
            ended = True
            continue
        if ended:
            msg = "Syntax error: Multi-statements are not allowed: send one statement a request"
            raise StatementError(msg)
        if depth == 0:
            if previous == b"FORMAT" and word:
                found = token[0].decode()
            elif word == b"SETTINGS":
                in_settings = True
            elif not in_settings:
                found = ""
        previous = word or token[0]
    return found
