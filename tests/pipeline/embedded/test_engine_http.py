"""The engine as curl and others see it: plain HTTP."""

import gzip
import json
import shutil
import subprocess
import threading
import urllib.error
import urllib.request
from dataclasses import dataclass
from urllib.parse import urlencode

import pytest

from pipeline.embedded import EmbeddedEngine

pytestmark = pytest.mark.process


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    text: str


def ask(
    engine: EmbeddedEngine, body: bytes | None = None, headers: dict[str, str] | None = None, **arguments: object
) -> Answer:
    request = urllib.request.Request(f"{engine.url}/?{urlencode(arguments)}", body, headers or {})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return Answer(answer.status, dict(answer.headers), answer.read().decode())
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, dict(error.headers), error.read().decode())


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_curl(engine: EmbeddedEngine) -> None:
    command = ["curl", "--silent", "--show-error", f"{engine.url}/", "-d", "SELECT 1 AS one FORMAT JSON"]
    answer = subprocess.run(command, capture_output=True, check=True, timeout=60)
    assert json.loads(answer.stdout)["data"] == [{"one": 1}]


def test_get_reads_and_cannot_write(engine: EmbeddedEngine) -> None:
    assert ask(engine, query="SELECT 1").text == "1\n"
    refused = ask(engine, query="CREATE TABLE default.by_link (a Int8) ENGINE = Memory")
    assert refused.headers["X-ClickHouse-Exception-Code"] == "164"
    assert refused.status == 403
    assert ask(engine, b"EXISTS TABLE default.by_link").text == "0\n"


@pytest.mark.parametrize(
    ("sql", "headers", "arguments", "form", "text"),
    [
        (b"SELECT 1 AS a, 'x' AS b", {}, {}, "TabSeparated", "1\tx\n"),
        (b"SELECT 1 AS a FORMAT CSVWithNames", {}, {"default_format": "TSV"}, "CSVWithNames", '"a"\n1\n'),
        (b"SELECT 1 AS a", {}, {"default_format": "JSONEachRow"}, "JSONEachRow", '{"a":1}\n'),
        (b"SELECT 1 AS a", {"X-ClickHouse-Format": "CSV"}, {"default_format": "TSV"}, "CSV", "1\n"),
        (b"SELECT 1 WHERE 0", {}, {}, "TabSeparated", ""),
    ],
)
def test_formats(
    sql: bytes, headers: dict[str, str], arguments: dict[str, str], form: str, text: str, engine: EmbeddedEngine
) -> None:
    answer = ask(engine, sql, headers, **arguments)
    assert (answer.status, answer.text, answer.headers["X-ClickHouse-Format"]) == (200, text, form)


def test_what_has_no_result_names_no_format(engine: EmbeddedEngine) -> None:
    answer = ask(engine, b"CREATE DATABASE IF NOT EXISTS elsewhere", query_id="q1")
    assert (answer.status, answer.text) == (200, "")
    assert "X-ClickHouse-Format" not in answer.headers
    assert answer.headers["X-ClickHouse-Query-Id"] == "q1"


def test_the_statement_in_the_url_and_the_data_in_the_body(engine: EmbeddedEngine) -> None:
    ask(engine, b"CREATE OR REPLACE TABLE default.u (a UInt8, b String) ENGINE = MergeTree ORDER BY a")
    inserted = ask(
        engine, gzip.compress(b"1,x\n2,y\n"), {"Content-Encoding": "gzip"}, query="INSERT INTO default.u FORMAT CSV"
    )
    assert json.loads(inserted.headers["X-ClickHouse-Summary"])["written_rows"] == "2"
    assert ask(engine, b"(3, 'z')", query="INSERT INTO default.u VALUES").status == 200
    assert ask(engine, b"FROM default.u", query="SELECT sum(a)").text == "6\n"


@pytest.mark.parametrize(
    ("body", "arguments", "status", "code"),
    [
        (b"SELECT * FROM nowhere", {}, 404, 60),
        (b"SELEC 1", {}, 400, 62),
        (b"SELECT 1; DROP DATABASE default", {}, 400, 62),
        (b" -- nothing\n", {}, 400, 62),
        (b"SELECT 1", {"no_such_setting": 1}, 404, 115),
        (b"SELECT 1", {"max_threads = 1, readonly": 0}, 404, 115),
        (b"SELECT 1", {"decompress": 1}, 501, 48),
        (b"SELECT {a:UInt8}", {}, 400, 456),
    ],
)
def test_errors(body: bytes, arguments: dict[str, object], status: int, code: int, engine: EmbeddedEngine) -> None:
    answer = ask(engine, body, **arguments)
    assert (answer.status, answer.headers["X-ClickHouse-Exception-Code"]) == (status, str(code))
    assert answer.text.startswith(f"Code: {code}. ")
    assert ask(engine, b"SELECT 1").text == "1\n"


@pytest.mark.parametrize("encoding", ["", "gzip"])
def test_a_body_that_is_too_large_is_refused_with_a_reason(
    encoding: str, engine: EmbeddedEngine, max_body_bytes: int
) -> None:
    body = b"SELECT 1 --" + b" " * max_body_bytes
    body = gzip.compress(body) if encoding else body
    answer = ask(engine, body, {"Content-Encoding": encoding} if encoding else {})
    assert (answer.status, answer.headers["X-ClickHouse-Exception-Code"]) == (413, "307")
    assert "larger than 8,000,000 bytes: insert fewer rows at a time" in answer.text


@pytest.mark.parametrize(("encoding", "body"), [("br", b"x"), ("gzip", b"x"), ("lz4", b"x"), ("zstd", b"x")])
def test_a_body_that_cannot_be_read_is_refused_with_a_reason(
    encoding: str, body: bytes, engine: EmbeddedEngine
) -> None:
    answer = ask(engine, body, {"Content-Encoding": encoding})
    assert (answer.status, answer.headers["X-ClickHouse-Exception-Code"]) == (400, "432")
    assert encoding in answer.text


@pytest.mark.parametrize("headers", [{"Origin": "https://example.com"}, {"Host": "example.com"}])
def test_web_pages_are_refused(headers: dict[str, str], engine: EmbeddedEngine) -> None:
    answer = ask(engine, b"SELECT 1", headers)
    assert (answer.status, answer.headers["X-ClickHouse-Exception-Code"]) == (403, "497")


def test_ping_answers_while_a_query_runs(engine: EmbeddedEngine) -> None:
    # The query ends only because it is killed, after the ping.
    answers: list[Answer] = []
    sql = b"SELECT sum(sleepEachRow(0.1)) FROM system.numbers SETTINGS max_block_size = 1"
    endless = threading.Thread(target=lambda: answers.append(ask(engine, sql)))
    endless.start()
    its_query = b"query LIKE '%sleepEachRow(0.1)%' AND query NOT LIKE '%LIKE%'"
    while ask(engine, b"SELECT count() FROM system.processes WHERE " + its_query).text != "1\n":
        assert endless.is_alive(), answers
    with urllib.request.urlopen(f"{engine.url}/ping", timeout=30) as ping:
        assert ping.read() == b"Ok.\n"
    assert endless.is_alive()
    ask(engine, b"KILL QUERY WHERE " + its_query)
    endless.join(60)
    assert [answer.headers.get("X-ClickHouse-Exception-Code") for answer in answers] == ["394"]
