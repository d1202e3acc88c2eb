"""Raw webhooks, as the gateway (or a platform team) writes them."""

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from schemas.base import Contract, Seconds
from schemas.erasure import Erased
from schemas.event import Watermark


class Webhook(Contract):
    """One delivery: its verified body as it came, and the headers that matter to its source.

    The only record that holds message text; its topic's retention is short.
    """

    kind: Literal["webhook"] = "webhook"
    source: str = Field(min_length=1, description="name of the configured source")
    received_at: Seconds
    headers: dict[str, str] = Field(default_factory=dict)
    body: str


WebhookRecord = Annotated[Webhook | Watermark | Erased, Field(discriminator="kind")]
"""A record of topic `webhooks`."""

WEBHOOK: TypeAdapter[WebhookRecord] = TypeAdapter(WebhookRecord)
