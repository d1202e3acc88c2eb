"""Killing the recorder between an insert and its acknowledgement, again and again."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

from pipeline.clickhouse.client import connect
from pipeline.clickhouse.migrate import migrate
from pipeline.settings import ClickHouseSettings
from tests.sink.faults import Met
from tests.sink.load import Load


def kill_recorder(engine_url: str, database: str, file: Path, *, size: int, kills: int) -> Met:
    """Let a process record the load, kill it as often, and compare the views with the truth.

    Every process cuts its batches otherwise (its seed), so what comes again has other tokens.
    """
    settings = ClickHouseSettings(database=database)
    client = connect(settings, engine_url)
    migrate(client, database)
    file.write_text(json.dumps([]))
    slowest = 0.0
    for number in range(kills + 1):
        last = number == kills
        draws = str(number), "0" if last else str(2 + number)
        began = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-m", "tests.sink.recorder_process", engine_url, database, str(file), str(size), *draws],
            timeout=60,
            check=False,
        )
        slowest = max(slowest, time.monotonic() - began)
        if done.returncode != (0 if last else -signal.SIGKILL):
            msg = f"recorder {number} ended with {done.returncode}"
            raise AssertionError(msg)
    load = Load(size)
    lost, doubled = load.compare(client, database)
    client.command(f"DROP DATABASE {database}")
    client.close()
    return Met("recorder killed before the ack", load.rows, lost, doubled, round(slowest, 1))
