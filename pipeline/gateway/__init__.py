"""The HTTP end: webhooks come in, are verified, and stand in topic `webhooks` before they are acknowledged."""

from pipeline.gateway.serve import GatewayError, running_gateway, serve

__all__ = ["GatewayError", "running_gateway", "serve"]
