"""How the worker's clients connect: aiokafka's keyword arguments, and Faust's."""

import ssl
from typing import Any

import faust

from pipeline.settings import KafkaSettings


def _ssl_context(settings: KafkaSettings) -> ssl.SSLContext | None:
    if not settings.security_protocol.endswith("SSL"):
        return None
    return ssl.create_default_context(cafile=settings.ssl_cafile or None)


def aiokafka_client(settings: KafkaSettings) -> dict[str, Any]:
    """Return what every aiokafka client needs to connect."""
    config: dict[str, Any] = {
        "bootstrap_servers": settings.bootstrap_servers,
        "security_protocol": settings.security_protocol,
    }
    if (context := _ssl_context(settings)) is not None:
        config["ssl_context"] = context
    if settings.security_protocol.startswith("SASL"):
        config |= {
            "sasl_mechanism": settings.sasl_mechanism,
            "sasl_plain_username": settings.sasl_username,
            "sasl_plain_password": settings.sasl_password.get_secret_value(),
        }
    return config


def isolation(settings: KafkaSettings) -> str:
    """Return how records are to be read: those of transactions that were given up are nobody's business."""
    return "read_committed" if settings.transactions else "read_uncommitted"


def reading(settings: KafkaSettings) -> dict[str, Any]:
    """Return what every aiokafka consumer needs to connect and to read what workers write."""
    return aiokafka_client(settings) | {"isolation_level": isolation(settings)}


def faust_broker(settings: KafkaSettings) -> dict[str, Any]:
    """Return what the Faust app needs to connect."""
    servers = ";".join(f"aiokafka://{server.strip()}" for server in settings.bootstrap_servers.split(","))
    config: dict[str, Any] = {"broker": servers}
    context = _ssl_context(settings)
    if settings.security_protocol.startswith("SASL"):
        config["broker_credentials"] = faust.SASLCredentials(
            username=settings.sasl_username,
            password=settings.sasl_password.get_secret_value(),
            ssl_context=context,
            mechanism=settings.sasl_mechanism,
        )
    elif context is not None:
        config["broker_credentials"] = faust.SSLCredentials(context)
    return config
