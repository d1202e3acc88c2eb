"""Compressed bodies."""

import gzip
import importlib
import sys
import zlib
from collections.abc import Callable

import lz4.frame
import pytest

from pipeline.embedded.request_body import BodyEncodingError, BodySizeError, read_body

BODY = b"0123456789" * 10_000


zstd = importlib.import_module("compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd")

ENCODINGS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "lz4": lz4.frame.compress,
    "zstd": zstd.compress,
}


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_what_clients_compress_is_read(encoding: str) -> None:
    compress = ENCODINGS[encoding]
    assert read_body(compress(BODY), encoding, 100_000) == BODY
    assert read_body(compress(BODY) + compress(b"more"), encoding, 100_004) == BODY + b"more"


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_what_unfolds_beyond_the_limit_is_refused(encoding: str) -> None:
    compress = ENCODINGS[encoding]
    with pytest.raises(BodySizeError, match="99,999 bytes"):
        read_body(compress(BODY), encoding, 99_999)
    with pytest.raises(BodySizeError):
        read_body(compress(BODY) + compress(b"more"), encoding, 100_003)


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("cut", [slice(5, None), slice(None, -3)])
def test_what_is_broken_is_refused(encoding: str, cut: slice) -> None:
    with pytest.raises(BodyEncodingError, match=encoding):
        read_body(ENCODINGS[encoding](BODY)[cut], encoding, 1_000_000)


def test_plain_bodies() -> None:
    assert read_body(BODY, "", 100_000) == read_body(BODY, "identity", 100_000) == BODY
    with pytest.raises(BodySizeError):
        read_body(BODY, "", 99_999)
    with pytest.raises(BodyEncodingError, match=r"'br'.*lz4"):
        read_body(BODY, "br", 100_000)
