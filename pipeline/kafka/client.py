"""How every client connects, and how its errors become ours."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from kafka import KafkaProducer
from kafka.errors import KafkaError, MessageSizeTooLargeError

from pipeline.settings import KafkaSettings
from schemas.errors import CricketsError


class BrokerError(CricketsError):
    """The broker cannot be reached, or did not confirm a record."""


class RecordSizeError(BrokerError):
    """A record is larger than the broker takes; sending it again is of no use."""


def topic_name(settings: KafkaSettings, topic: str) -> str:
    """Return the topic's name in the broker."""
    return f"{settings.prefix}{topic}"


def client_config(settings: KafkaSettings) -> dict[str, Any]:
    """Return what every kafka-python client needs to connect, as its keyword arguments."""
    servers = [server.strip() for server in settings.bootstrap_servers.split(",") if server.strip()]
    if not servers:
        msg = "No Kafka broker is named: set CRICKETS_KAFKA__BOOTSTRAP_SERVERS=host:port"
        raise BrokerError(msg)
    config: dict[str, Any] = {"bootstrap_servers": servers, "security_protocol": settings.security_protocol}
    if settings.security_protocol.startswith("SASL"):
        if not settings.sasl_username:
            msg = (
                f"{settings.security_protocol} needs a user: "
                "set CRICKETS_KAFKA__SASL_USERNAME and CRICKETS_KAFKA__SASL_PASSWORD"
            )
            raise BrokerError(msg)
        config |= {
            "sasl_mechanism": settings.sasl_mechanism,
            "sasl_plain_username": settings.sasl_username,
            "sasl_plain_password": settings.sasl_password.get_secret_value(),
        }
    if settings.security_protocol.endswith("SSL") and settings.ssl_cafile:
        config["ssl_cafile"] = settings.ssl_cafile
    return config


def connect_producer(settings: KafkaSettings, timeout: float, **overrides: Any) -> Any:
    """Connect a producer that gives up on a record after `timeout` seconds and confirms one when all replicas have it.

    Idempotence is kafka-python's default wherever the broker knows it; the partition is murmur2 of the key, as in Java.
    """
    hide_records_from_log()
    milliseconds = max(1, int(timeout * 1000))
    config = {
        "acks": "all",
        "allow_auto_create_topics": False,
        "bootstrap_timeout_ms": milliseconds,
        "max_block_ms": milliseconds,
        "request_timeout_ms": milliseconds,
        "delivery_timeout_ms": milliseconds + 1 + int(overrides.get("linger_ms", 0)),
        "reconnect_backoff_max_ms": 1000,
    }
    with explained(settings):
        return connect(KafkaProducer, client_config(settings) | config | overrides)


def connect(kind: Any, config: dict[str, Any]) -> Any:
    """Make a client of kafka-python; when that fails, close what it leaves behind: a thread and sockets a try."""
    made: list[Any] = []

    def network(**arguments: Any) -> Any:
        made.append(kind.DEFAULT_CONFIG["kafka_client"](**arguments))
        return made[-1]

    try:
        return kind(**config, kafka_client=network)
    except BaseException:
        for client in made:
            client.close()
        raise


def close_producer(producer: Any, timeout: float) -> None:
    """Disconnect; what cannot be sent within `timeout` seconds is given up, and whoever waits for it is told."""
    with suppress(KafkaError):
        producer.flush(timeout)
    producer.flush = lambda _timeout: None  # close() flushes first, and where it cannot, raises and closes nothing
    producer.close(0)


def hide_records_from_log() -> None:
    """Let kafka-python say warnings at most: its debug lines show records, requests and passwords."""
    library = logging.getLogger("kafka")
    library.setLevel(max(library.getEffectiveLevel(), logging.WARNING))


@contextmanager
def explained(settings: KafkaSettings) -> Iterator[None]:
    """Turn what kafka-python raises into a `BrokerError` that says what to do."""
    try:
        yield
    except (KafkaError, OSError, ValueError) as error:
        raise explain(settings, error) from error


def explain(settings: KafkaSettings, error: Exception) -> BrokerError:
    """Say what an error of kafka-python means here; its own text can hold records, so only its kind is told."""
    kind = type(error).__name__
    servers = settings.bootstrap_servers
    if isinstance(error, MessageSizeTooLargeError) or kind == "RecordTooLargeError":
        return RecordSizeError(f"Kafka does not take a record of this size ({kind})")
    if kind == "UnknownTopicOrPartitionError":
        return BrokerError(f"A topic is missing at {servers} ({kind}): run `crickets topics`")
    if "Auth" in kind or "Sasl" in kind:
        return BrokerError(f"Kafka at {servers} refuses us ({kind}): see CRICKETS_KAFKA__SASL_* and the user's rights")
    if isinstance(error, FileNotFoundError):
        return BrokerError(f"{settings.ssl_cafile} does not exist: see CRICKETS_KAFKA__SSL_CAFILE")
    return BrokerError(f"Kafka at {servers} cannot be used ({kind}): is it up, and CRICKETS_KAFKA__* right?")
