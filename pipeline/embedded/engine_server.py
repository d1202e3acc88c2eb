"""The process that owns a folder of tables and serves it: python -m pipeline.embedded.engine_server FOLDER."""

import argparse
import asyncio
import os
import secrets
import shutil
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from pipeline.embedded.endpoint import Endpoint, remove_endpoint, write_endpoint
from pipeline.embedded.ownership import ENGINE, FOLDER_IN_USE, own

_THREADS = 8
_LAST_QUERIES_SECONDS = 3.0


def main() -> None:
    """Own the folder, serve it until SIGTERM, leave it closed."""
    arguments = _arguments()
    folder: Path = arguments.folder
    lock = own(folder, ENGINE)
    if lock is None:
        sys.exit(FOLDER_IN_USE)
    # From here on we are the only one in the folder.
    remove_endpoint(folder)
    spool = folder / "spool"
    shutil.rmtree(spool, ignore_errors=True)  # of a killed one
    spool.mkdir()
    asyncio.run(_serve(folder, spool, arguments.port, arguments.max_body_bytes))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="engine_server")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--max-body-bytes", type=int, required=True)
    return parser.parse_args()


async def _serve(folder: Path, spool: Path, port: int, max_body_bytes: int) -> None:
    # Imported with the lock in hand: they take a third of a second, and one that finds the folder owned needs neither.
    from aiohttp import web

    from pipeline.embedded.chdb_engine import ChdbEngine
    from pipeline.embedded.engine_http import EngineHttp

    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    engine = ChdbEngine(folder / "store", spool)
    identity = secrets.token_hex(16)
    http = EngineHttp(engine, ThreadPoolExecutor(_THREADS, "query"), identity, max_body_bytes)
    # Clients choose the compression, and not all of theirs is known to aiohttp.
    runner = web.AppRunner(
        http.application(), access_log=None, auto_decompress=False, shutdown_timeout=_LAST_QUERIES_SECONDS
    )
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port)
    await site.start()
    bound = runner.addresses[0][1]
    write_endpoint(folder, Endpoint(f"http://127.0.0.1:{bound}", identity, os.getpid()))
    await stopped.wait()
    remove_endpoint(folder)
    await runner.cleanup()
    if not http.running:
        engine.close()
    # A query that still runs would keep its thread, and with it this process; tables survive that.
    os._exit(0)


if __name__ == "__main__":
    main()
