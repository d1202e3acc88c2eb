"""ClickHouse's HTTP interface, as far as its clients use it, in front of the in-process engine.

Left out: sessions (every request is one of its own), external tables, roles, compressed answers, progress headers.
"""

import asyncio
import json
import socket
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import Executor
from urllib.parse import urlsplit

from aiohttp import BodyPartReader, web

from pipeline.embedded.chdb_engine import Answer, ChdbEngine, Query, QueryError
from pipeline.embedded.endpoint import IDENTITY_HEADER
from pipeline.embedded.error_status import status_of
from pipeline.embedded.request_body import BodyEncodingError, BodySizeError, read_body, too_large
from pipeline.embedded.statement import StatementError, read_statement

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_NOT_SETTINGS = """
buffer_size client_protocol_version close_session compress database decompress default_format password query query_id
quota_key role session_check session_id session_timeout stacktrace user wait_end_of_query
"""
_NOT_A_SETTING = frozenset(_NOT_SETTINGS.split())
_CONTENT_TYPES = {
    "CSV": "text/csv; charset=UTF-8",
    "CSVWithNames": "text/csv; charset=UTF-8; header=present",
    "JSON": "application/json; charset=UTF-8",
    "JSONCompact": "application/json; charset=UTF-8",
    "JSONEachRow": "application/x-ndjson; charset=UTF-8",
    "Native": "application/octet-stream",
    "Parquet": "application/octet-stream",
    "RowBinary": "application/octet-stream",
    "TabSeparated": "text/tab-separated-values; charset=UTF-8",
}
_SYNTAX_ERROR = 62
_NOT_IMPLEMENTED = 48
_TOO_LARGE = 307  # TOO_MANY_BYTES
_BAD_ENCODING = 432  # UNKNOWN_CODEC
_DENIED = 497  # ACCESS_DENIED


_Next = Callable[[web.Request], Awaitable[web.StreamResponse]]


class EngineHttp:
    """Routes and what they answer."""

    def __init__(self, engine: ChdbEngine, threads: Executor, identity: str, max_body_bytes: int) -> None:
        self._engine = engine
        self._threads = threads
        self._limit = max_body_bytes
        self._headers = {
            IDENTITY_HEADER: identity,
            "X-ClickHouse-Server-Display-Name": socket.gethostname(),
            "X-ClickHouse-Timezone": engine.timezone,
        }
        self.running = 0  # queries in work

    def application(self) -> web.Application:
        """Return the application; it has to be served with `auto_decompress=False`."""
        app = web.Application(client_max_size=self._limit, middlewares=[self._loopback_only, self._explain])
        app.router.add_get("/ping", self._ping)
        app.router.add_get("/", self._query)
        app.router.add_post("/", self._query)
        return app

    async def _ping(self, _: web.Request) -> web.Response:
        return web.Response(text="Ok.\n", headers=self._headers)

    async def _query(self, request: web.Request) -> web.Response:
        if not request.query and not request.can_read_body:
            return await self._ping(request)
        arguments = dict(request.query)
        body = await self._body(request, arguments)
        query = _query(arguments, body, request)
        self.running += 1
        try:
            loop = asyncio.get_running_loop()
            answer = await loop.run_in_executor(self._threads, self._engine.run, query)
        finally:
            self.running -= 1
        return self._respond(query, answer, arguments.get("query_id", ""))

    async def _body(self, request: web.Request, arguments: dict[str, str]) -> bytes:
        """Return the body, or merge a form's fields into `arguments`."""
        if request.content_type != "multipart/form-data":
            encoding = request.headers.get("Content-Encoding", "").lower()
            return await asyncio.to_thread(read_body, await request.read(), encoding, self._limit)
        left = self._limit
        async for part in await request.multipart():
            if not isinstance(part, BodyPartReader) or part.filename or not part.name:
                msg = "External tables are not available in the embedded engine: insert them first"
                raise QueryError(_exception(msg, _NOT_IMPLEMENTED, "NOT_IMPLEMENTED"), _NOT_IMPLEMENTED)
            value = bytearray()
            while chunk := await part.read_chunk():
                left -= len(chunk)
                if left < 0:
                    raise BodySizeError(too_large(self._limit))
                value += chunk
            arguments[part.name] = value.decode()
        return b""

    def _respond(self, query: Query, answer: Answer, query_id: str) -> web.Response:
        headers = self._headers | {
            "X-ClickHouse-Query-Id": query_id,
            "X-ClickHouse-Summary": json.dumps(answer.summary),
        }
        form = query.statement.format or query.format
        if query.statement.has_result:  # clients take this header as the sign that there is a result, even if empty
            headers["X-ClickHouse-Format"] = form
        headers["Content-Type"] = _CONTENT_TYPES.get(form, "text/plain; charset=UTF-8")
        return web.Response(body=answer.body, headers=headers)

    @web.middleware
    async def _explain(self, request: web.Request, handler: _Next) -> web.StreamResponse:
        """Turn what goes wrong into ClickHouse's form of it."""
        try:
            return await handler(request)
        except QueryError as error:
            return self._failure(str(error), error.code)
        except StatementError as error:
            return self._failure(_exception(str(error), _SYNTAX_ERROR, "SYNTAX_ERROR"), _SYNTAX_ERROR)
        except BodyEncodingError as error:
            return self._failure(_exception(str(error), _BAD_ENCODING, "UNKNOWN_CODEC"), _BAD_ENCODING)
        except (BodySizeError, web.HTTPRequestEntityTooLarge):
            return self._failure(_exception(too_large(self._limit), _TOO_LARGE, "TOO_MANY_BYTES"), _TOO_LARGE)

    @web.middleware
    async def _loopback_only(self, request: web.Request, handler: _Next) -> web.StreamResponse:
        """Refuse what a web page sends: there is no password, and browsers let any page post to loopback."""
        host = urlsplit(f"//{request.host}").hostname
        if host not in _LOOPBACK or "Origin" in request.headers:
            message = "The embedded engine answers programs of this machine only, not web pages or other host names"
            return self._failure(_exception(message, _DENIED, "ACCESS_DENIED"), _DENIED)
        return await handler(request)

    def _failure(self, message: str, code: int) -> web.Response:
        headers = self._headers | {"X-ClickHouse-Exception-Code": str(code)}
        return web.Response(status=status_of(code), text=f"{message}\n", headers=headers)


def _query(arguments: Mapping[str, str], body: bytes, request: web.Request) -> Query:
    """Put together what the URL, the body and the headers say."""
    for name in ("compress", "decompress"):
        if arguments.get(name, "0") not in ("", "0"):
            msg = f"{name}=1 (ClickHouse's own block compression) is not available here: use Content-Encoding"
            raise QueryError(_exception(msg, _NOT_IMPLEMENTED, "NOT_IMPLEMENTED"), _NOT_IMPLEMENTED)
    # As in ClickHouse, what the URL says comes first, and the body is its end or its data.
    text = arguments["query"].encode() + b"\n" + body if arguments.get("query") else body
    settings = {
        name: value for name, value in arguments.items() if name not in _NOT_A_SETTING and not name.startswith("param_")
    }
    if request.method == "GET":
        settings["readonly"] = "2"  # as ClickHouse does: a link must not change anything
    headers = request.headers
    return Query(
        statement=read_statement(text),
        format=headers.get("X-ClickHouse-Format") or arguments.get("default_format") or "TabSeparated",
        database=headers.get("X-ClickHouse-Database") or arguments.get("database") or "",
        settings=settings,
        parameters={
            name.removeprefix("param_"): value for name, value in arguments.items() if name.startswith("param_")
        },
    )


def _exception(message: str, code: int, name: str) -> str:
    return f"Code: {code}. DB::Exception: {message}. ({name})"
