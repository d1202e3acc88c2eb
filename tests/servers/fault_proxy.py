"""A proxy before ClickHouse's HTTP interface that makes faults; what it does not spoil it passes on byte by byte."""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Self
from urllib.parse import urlsplit

REFUSALS = {
    "wrong password": (403, 516, "crickets: Authentication failed: password is incorrect. (AUTHENTICATION_FAILED)"),
    "disk full": (500, 243, "Cannot reserve 1.00 MiB, not enough space. (NOT_ENOUGH_SPACE)"),
}
"""HTTP status, code and text of a real server, played by the proxy."""

SLOW_SECONDS = 0.3


class FaultProxy:
    """Listens on a loopback port and hands on to `target`; `fault` hits every insert while it is set.

    Faults are `reset` (in the middle of the request's body), `503`, `slow`, `no answer` (the insert took effect), and
    the refusals. A context manager. `before` is called with each insert that has been handed on, before it is answered.
    """

    def __init__(self, target: str) -> None:
        self.aim(target)
        self.fault = ""
        self.hits = 0
        self.before: Callable[[], None] | None = None
        self._port = 0
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()

    def aim(self, target: str) -> None:
        """Hand on to another engine from now on."""
        address = urlsplit(target)
        self.host, self.target_port = address.hostname or "", address.port or 0

    @property
    def url(self) -> str:
        """Where the proxy listens; the same after every `up`."""
        return f"http://127.0.0.1:{self._port}"

    async def up(self) -> None:
        """Listen."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self._port, limit=2**26)
        self._port = self._server.sockets[0].getsockname()[1]

    async def down(self) -> None:
        """Refuse connections, and cut those that are."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for writer in list(self._open):
            writer.transport.abort()
        await asyncio.sleep(0)

    async def __aenter__(self) -> Self:
        await self.up()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.down()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                while await self._request(reader, writer):
                    pass
        finally:
            self._open.discard(writer)
            writer.close()

    async def _request(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = await reader.readuntil(b"\r\n\r\n")
        body = await _body(reader, head)
        fault = self.fault if b"insert_deduplication_token" in head else ""
        self.hits += bool(fault)
        if fault == "503":
            writer.write(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n")
        elif fault in REFUSALS:
            writer.write(_refusal(*REFUSALS[fault]))
        else:
            if fault == "slow":
                await asyncio.sleep(SLOW_SECONDS)
            answer = await self._hand_on(head, body, reset=fault == "reset")
            if fault == "no answer":
                await reader.read()  # until the client gives up
                return False
            if not answer:
                writer.transport.abort()
                return False
            writer.write(answer)
        await writer.drain()
        return True

    async def _hand_on(self, head: bytes, body: bytes, *, reset: bool) -> bytes:
        """Return the engine's answer; nothing when there is none."""
        reader, writer = await asyncio.open_connection(self.host, self.target_port, limit=2**26)
        try:
            writer.write(head + body[: len(body) // 2])
            await writer.drain()
            if reset:
                writer.transport.abort()
                return b""
            writer.write(body[len(body) // 2 :])
            await writer.drain()
            if self.before is not None and b"insert_deduplication_token" in head:
                self.before()
            answer = await reader.readuntil(b"\r\n\r\n")
            return answer + await _body(reader, answer)
        except (OSError, asyncio.IncompleteReadError):
            return b""
        finally:
            writer.close()


async def _body(reader: asyncio.StreamReader, head: bytes) -> bytes:
    """Read what follows a head, chunks and all."""
    fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:] if b": " in line)
    if fields.get(b"transfer-encoding") != b"chunked":
        return await reader.readexactly(int(fields.get(b"content-length", b"0")))
    parts: list[bytes] = []
    while True:
        size = await reader.readuntil(b"\r\n")
        parts += [size, await reader.readexactly(int(size, 16) + 2)]
        if int(size, 16) == 0:
            return b"".join(parts)


def _refusal(status: int, code: int, text: str) -> bytes:
    body = f"Code: {code}. DB::Exception: {text}\n".encode()
    head = f"HTTP/1.1 {status} Refused\r\nX-ClickHouse-Exception-Code: {code}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body
