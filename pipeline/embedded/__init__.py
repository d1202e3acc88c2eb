"""The broker and the store as child processes, so that one command needs nothing installed or started before it."""

from pipeline.embedded.broker import BrokerStartError, EmbeddedBroker
from pipeline.embedded.engine import EmbeddedEngine, EngineStartError
from pipeline.embedded.leash import ChildStartError, Leash

__all__ = ["BrokerStartError", "ChildStartError", "EmbeddedBroker", "EmbeddedEngine", "EngineStartError", "Leash"]
