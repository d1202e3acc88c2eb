"""Stock Faust as its guide shows it: an agent that validates, and (`table`) writes one table entry an event."""

import os
import sys
import tempfile
from typing import Any

import faust

from benchmarks.contestants.meter import Meter, Options
from schemas.event import EVENT


def build(options: Options, *, with_table: bool) -> Any:
    meter = Meter(options)
    app = faust.App(
        options.group,
        broker=f"aiokafka://{options.bootstrap_servers}",
        datadir=tempfile.mkdtemp(prefix="faust-"),
        consumer_auto_offset_reset="earliest",
        topic_disable_leader=True,
        web_enabled=False,
    )
    topic = app.topic(options.topic, key_serializer="raw", value_serializer="raw")
    seen = app.Table("seen", default=int, partitions=len(options.first)) if with_table else None

    async def validate(stream: Any) -> None:
        async for record in stream.events():
            meter.start()
            event = EVENT.validate_json(record.value)
            if seen is not None:
                seen[getattr(event, "thread", None) or event.message] += 1
            if meter.note(record.message.partition, record.message.offset, event.kind):
                if seen is not None:
                    await app.producer.flush()  # the table's changelog is part of the work
                meter.finish()
                os._exit(0)  # stopping is not measured, and takes it half a minute

    app.agent(topic, name="validate")(validate)
    return app


def main() -> None:
    app = build(Options.parse(sys.argv[1]), with_table="table" in sys.argv[2:])
    worker: Any = faust.Worker(app, loglevel="WARNING", quiet=True)
    worker.execute_from_commandline()


if __name__ == "__main__":
    main()
