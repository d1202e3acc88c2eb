"""Quix Streams, stateless or (`state` as second argument) with one state entry an event; in its own environment."""

import sys
import tempfile
from typing import Any

from quixstreams import Application, message_context

from benchmarks.contestants.meter import Meter, Options
from schemas.event import EVENT


def main(options: Options, *, with_state: bool) -> None:
    meter = Meter(options)
    app = Application(
        broker_address=options.bootstrap_servers,
        consumer_group=options.group,
        auto_offset_reset="earliest",
        loglevel="WARNING",
        state_dir=tempfile.mkdtemp(prefix="quix-"),
    )
    topic = app.topic(options.topic, key_deserializer="bytes", value_deserializer="bytes")

    def validate(value: bytes) -> None:
        meter.start()
        event = EVENT.validate_json(value)
        context = message_context()
        if meter.note(context.partition, context.offset, event.kind):
            meter.finish()
            app.stop()

    def validate_and_keep(value: bytes, state: Any) -> None:
        meter.start()
        event = EVENT.validate_json(value)
        key = getattr(event, "thread", None) or event.message
        state.set(key, state.get(key, 0) + 1)
        context = message_context()
        if meter.note(context.partition, context.offset, event.kind):
            meter.finish()
            app.stop()

    frame = app.dataframe(topic)
    if with_state:
        frame.update(validate_and_keep, stateful=True)
    else:
        frame.update(validate)
    app.run()


if __name__ == "__main__":
    main(Options.parse(sys.argv[1]), with_state="state" in sys.argv[2:])
