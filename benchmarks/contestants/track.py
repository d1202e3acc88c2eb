"""Ours: a worker of the product with the agent `track` alone; settings come from the environment, as always.

The runner measures it from outside: its CPU time is that of the whole process. With `CRICKETS_BENCHMARK_STAMPS` it
writes what happened when (`stamped.py`) into that file at its end.
"""

import atexit
import logging
import os
from typing import Any

import faust

from agents.knowledge import Knowledge
from agents.track import Track, TrackRules
from benchmarks.contestants.stamped import StampedTrack
from pipeline.settings import Settings
from pipeline.transport.app import BatchApp
from pipeline.transport.lane import AgentSpec
from pipeline.wiring import new_knowledge, track_rules
from schemas.topic import Topic


def build(settings: Settings, stamps: str) -> BatchApp:
    """Return the app."""
    knowledge = new_knowledge(settings)
    app = BatchApp(settings, knowledge)
    app.add_agent(spec(knowledge, track_rules(settings), stamps))
    return app


def spec(knowledge: Knowledge, rules: TrackRules, stamps: str) -> AgentSpec:
    """Return the agent, as the product wires it."""
    if not stamps:
        return AgentSpec("track", Topic.EVENTS, lambda partition: Track(partition, knowledge, rules))
    atexit.register(StampedTrack.write, stamps)
    return AgentSpec("track", Topic.EVENTS, lambda partition: StampedTrack(partition, knowledge, rules))


def main() -> None:
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    for library in ("aiokafka", "kafka"):
        logging.getLogger(library).setLevel(logging.CRITICAL)
    settings = Settings(_env_file=None)
    app = build(settings, os.environ.get("CRICKETS_BENCHMARK_STAMPS", ""))
    worker: Any = faust.Worker(app, override_logging=False, quiet=True, blocking_timeout=30.0)
    worker.execute_from_commandline()


if __name__ == "__main__":
    main()
