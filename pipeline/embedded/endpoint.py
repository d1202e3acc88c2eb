"""Where the engine of a folder is reached: kept in a file there, believed only if the engine itself confirms it."""

import json
import os
import urllib.request
from dataclasses import asdict, dataclass
from http.client import HTTPException
from pathlib import Path

IDENTITY_HEADER = "X-Crickets-Engine"
_FILE = "endpoint.json"
_NO_PROXY = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A running engine; `identity` is new with every start, for a port may be somebody else's by now."""

    url: str
    identity: str
    pid: int


def write_endpoint(folder: Path, endpoint: Endpoint) -> None:
    """Tell others where the engine is, in one step."""
    draft = folder / f"{_FILE}.{endpoint.pid}"
    draft.write_text(json.dumps(asdict(endpoint)), encoding="utf-8")
    os.replace(draft, folder / _FILE)


def remove_endpoint(folder: Path) -> None:
    """Take back what was told; the caller owns the folder."""
    (folder / _FILE).unlink(missing_ok=True)


def live_endpoint(folder: Path, timeout: float = 5.0) -> Endpoint | None:
    """Return the engine that serves the folder now, or None: what a killed one left behind counts for nothing."""
    try:
        endpoint = Endpoint(**json.loads((folder / _FILE).read_bytes()))
    except (OSError, ValueError, TypeError):
        return None
    return endpoint if _answers(endpoint, timeout) else None


def _answers(endpoint: Endpoint, timeout: float) -> bool:
    try:
        with _NO_PROXY.open(f"{endpoint.url}/ping", timeout=timeout) as answer:
            return bool(answer.headers.get(IDENTITY_HEADER) == endpoint.identity)
    except (OSError, HTTPException, ValueError):
        return False
