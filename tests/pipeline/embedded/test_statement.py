"""Where statements end and data begin."""

import pytest

from pipeline.embedded.statement import StatementError, read_statement


@pytest.mark.parametrize(
    ("text", "statement", "form", "data"),
    [
        (b"INSERT INTO t FORMAT Native\n\x01\n\n;\x00", b"INSERT INTO t FORMAT Native", "Native", b"\x01\n\n;\x00"),
        (b"insert into t (a, `format`) format CSV 1,2", b"insert into t (a, `format`) format CSV", "CSV", b"1,2"),
        (b"INSERT INTO t FORMAT CSV\r\n\n1", b"INSERT INTO t FORMAT CSV", "CSV", b"\n1"),
        (b"INSERT INTO t FORMAT CSV", b"INSERT INTO t FORMAT CSV", "CSV", b""),
        (b"/* INSERT FORMAT x */ INSERT INTO format FORMAT TSV\n1", None, "TSV", b"1"),
        (b"INSERT INTO d.values (`a\\`FORMAT b`) FORMAT TSV\n1", None, "TSV", b"1"),
        (b"INSERT INTO FUNCTION file('SELECT', CSV) FORMAT TSV\n1", None, "TSV", b"1"),
        (b"INSERT INTO t SETTINGS x = 'FORMAT y' FORMAT TSV\n1", None, "TSV", b"1"),
    ],
)
def test_inserts_with_data(text: bytes, statement: bytes | None, form: str, data: bytes) -> None:
    read = read_statement(text)
    assert (read.format, read.data, read.has_result) == (form, data, False)
    assert text.startswith(read.text)
    if statement is not None:
        assert read.text == statement


@pytest.mark.parametrize("text", [b"INSERT INTO t SETTINGS a = 1 FORMAT CSV\n1", b"INSERT INTO t FORMAT CSV\n1"])
def test_from_infile_belongs_before_settings_and_format(text: bytes) -> None:
    read = read_statement(text)
    assert read.text[: read.infile_at] == b"INSERT INTO t "


@pytest.mark.parametrize(
    "text",
    [
        b"INSERT INTO t VALUES (1, ' FORMAT CSV '), (2, ';')",
        b"INSERT INTO t (a) SELECT a FROM u FORMAT CSV",
        b"INSERT INTO t WITH 1 AS x SELECT x",
        b"INSERT INTO t FROM INFILE 'x' FORMAT CSV",
    ],
)
def test_inserts_that_bring_their_rows_along_stay_as_they_are(text: bytes) -> None:
    read = read_statement(text)
    assert (read.text, read.data, read.has_result) == (text, None, False)


@pytest.mark.parametrize(
    ("text", "form"),
    [
        (b"SELECT 1", ""),
        (b"SELECT 1 FORMAT JSON", "JSON"),
        (b"SELECT 1\nformat JSON ; -- done\n;", "JSON"),
        (b"SELECT 1 FORMAT JSON SETTINGS max_threads = 1, b = 'x'", "JSON"),
        (b"SELECT 1 SETTINGS max_threads = 1 FORMAT JSON", "JSON"),
        (b"SELECT format AS a FROM t", ""),
        (b"SELECT format f, 2 FROM t", ""),
        (b"SELECT 1 -- FORMAT JSON", ""),
        (b"(SELECT 1 FORMAT CSV)", ""),
        (b"WITH $a$ ; FORMAT JSON $a$ AS x SELECT x FORMAT CSV", "CSV"),
        (b"SHOW TABLES FORMAT TSV", "TSV"),
    ],
)
def test_the_format_of_a_result(text: bytes, form: str) -> None:
    read = read_statement(text)
    assert (read.text, read.format, read.has_result) == (text, form, True)


@pytest.mark.parametrize("verb", [b"CREATE", b"drop", b" -- x\nALTER", b"SYSTEM", b"set"])
def test_what_has_no_result(verb: bytes) -> None:
    assert not read_statement(verb + b" something").has_result


@pytest.mark.parametrize("text", [b"SELECT 1; SELECT 2", b"SELECT 1;;DROP TABLE t", b"", b"  ", b"-- x", b";"])
def test_anything_but_one_statement_is_refused(text: bytes) -> None:
    with pytest.raises(StatementError, match=r"one statement|Empty query"):
        read_statement(text)
