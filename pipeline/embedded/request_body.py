"""Compressed request bodies, read up to a limit: a small body may unfold into a very large one."""

import importlib
import sys
import zlib
from collections.abc import Callable
from typing import Any

from schemas.errors import CricketsError


class BodySizeError(CricketsError):
    """A request is larger than is taken at once."""


class BodyEncodingError(CricketsError):
    """A request's body is not what its Content-Encoding says."""


def read_body(body: bytes, encoding: str, limit: int) -> bytes:
    """Return the body without its compression; `BodySizeError` when that is more than `limit` bytes."""
    if len(body) > limit:
        raise BodySizeError(too_large(limit))
    if encoding in ("", "identity"):
        return body
    if encoding not in _DECOMPRESSORS:
        msg = f"Content-Encoding {encoding!r} is not known here: use one of {', '.join(_DECOMPRESSORS)}, or none"
        raise BodyEncodingError(msg)
    whole = bytearray()
    while body:  # several compressed frames may follow one another
        decompressor = _DECOMPRESSORS[encoding]()
        try:
            whole += decompressor.decompress(body, limit + 1 - len(whole))
        except (RuntimeError, ValueError, zlib.error, _zstd().ZstdError) as error:
            msg = f"The body is not {encoding}: {error}"
            raise BodyEncodingError(msg) from error
        if len(whole) > limit:
            raise BodySizeError(too_large(limit))
        if not decompressor.eof:
            msg = f"The body ends in the middle of its {encoding} compression"
            raise BodyEncodingError(msg)
        body = decompressor.unused_data or b""
    return bytes(whole)


def too_large(limit: int) -> str:
    """Say that a body is too large, and what to do."""
    return f"The request is larger than {limit:,} bytes: insert fewer rows at a time"


def _zstd() -> Any:
    return importlib.import_module("compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd")


def _lz4() -> Any:
    return importlib.import_module("lz4.frame").LZ4FrameDecompressor()


def _zlib() -> Any:
    return zlib.decompressobj(zlib.MAX_WBITS | 32)  # gzip and deflate, told apart by their headers


_DECOMPRESSORS: dict[str, Callable[[], Any]] = {
    "lz4": _lz4,
    "zstd": lambda: _zstd().ZstdDecompressor(),
    "gzip": _zlib,
    "deflate": _zlib,
}
