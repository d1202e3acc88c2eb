"""The workload as Slack would deliver it: raw webhooks, with texts of the length that the events have."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from pipeline.simulate.payload import Message, envelope, posted, reacted
from schemas.event import MessagePosted, ReactionAdded
from schemas.webhook import Webhook

WORDS = (
    "the new release is out and we would like to hear how it went for you in the last weeks, what helped and what did "
    "not, so that the next one can be better for everybody who uses it every day "
)
LINK = "<https://example.org/notes|the notes> "
Happened = MessagePosted | ReactionAdded


def webhooks(events: Iterable[Happened], authors: dict[tuple[str, str], str]) -> Iterator[tuple[Webhook, Happened]]:
    """Turn each event into the webhook of which `normalise` makes it again (but for pseudonyms and traits).

    `authors` keeps who wrote which root, for the events that follow.
    """
    for n, event in enumerate(events):
        payload = _payload(event, authors)
        body = json.dumps(envelope(payload, f"Ev{n:08d}", event.time))
        yield Webhook(source=event.source, received_at=event.time + 0.3, body=body), event


def _payload(event: MessagePosted | ReactionAdded, authors: dict[tuple[str, str], str]) -> dict[str, Any]:
    if isinstance(event, ReactionAdded):
        root = _message(event.conversation, event.message, authors[event.conversation, event.message], "")
        return reacted(root, event.author, event.reaction, f"{event.time:.6f}")
    root = None
    if event.thread is None:
        authors[event.conversation, event.message] = event.author
    else:
        root = _message(event.conversation, event.thread, authors[event.conversation, event.thread], "")
    return posted(_message(event.conversation, event.message, event.author, _text(event), root))


def _message(conversation: str, ts: str, user: str, text: str, root: Message | None = None) -> Message:
    identity = f"{ts.replace('.', ''):0>32}"
    return Message(conversation, ts, float(ts), user, text, identity, root)


def _text(event: MessagePosted) -> str:
    traits = event.traits
    start = ("<@U0COLLEAGUE> " if traits.mentions else "") + (LINK if traits.link else "")
    text = (start + WORDS * (traits.length // len(WORDS) + 1))[: max(traits.length, len(start))]
    return text + ("?" if traits.question else "") + (f" #asset:{event.asset_id}" if event.asset_id else "")
