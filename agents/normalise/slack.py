"""Slack's Events API, translated."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from agents.normalise.slack_delivery import SLACKBOT, Delivery
from agents.normalise.slack_envelope import Envelope, MembershipEvent, MessageEvent, ReactionEvent, is_direct
from agents.normalise.slack_messages import translate_message
from agents.normalise.translator import UntranslatableError, told
from schemas.event import Event, MemberJoined, MemberLeft, ReactionAdded, ReactionRemoved
from schemas.webhook import Webhook

M = TypeVar("M", bound=BaseModel)

_IGNORED_OUTER_TYPES = frozenset({"url_verification", "app_rate_limited"})

IGNORED_EVENTS = frozenset({"app_rate_limited", "app_uninstalled", "tokens_revoked"})
"""What Slack may send about the app itself."""


@dataclass(frozen=True, slots=True)
class SlackTranslator:
    """Translates what the gateway took from Slack; `key` is the installation's secret for pseudonyms."""

    key: bytes = field(repr=False)

    def __call__(self, webhook: Webhook) -> Iterator[Event]:
        """Return the events of one delivery."""
        try:
            envelope = Envelope.model_validate_json(webhook.body)
        except ValidationError as error:
            raise _untranslatable(error, "") from error
        if envelope.type in _IGNORED_OUTER_TYPES:
            return
        if envelope.type != "event_callback":
            msg = f"unknown type of delivery{told(envelope.type)}"
            raise UntranslatableError(msg, "type")
        if envelope.event is None:
            msg = "event_callback without an event"
            raise UntranslatableError(msg, "event")
        kind = envelope.event.get("type")
        if not isinstance(kind, str):
            msg = "the event has no type"
            raise UntranslatableError(msg, "event.type")
        translate = HANDLED.get(kind)
        if translate is not None:
            yield from translate(envelope.event, Delivery(webhook, envelope, self.key))
        elif kind not in IGNORED_EVENTS:
            msg = f"unknown type of event{told(kind)}"
            raise UntranslatableError(msg, "event.type")


def _message(event: dict[str, Any], delivery: Delivery) -> Iterator[Event]:
    return translate_message(_parse(MessageEvent, event), delivery)


def _reaction(event: dict[str, Any], delivery: Delivery) -> Iterator[Event]:
    reaction = _parse(ReactionEvent, event)
    item = reaction.item
    if item.type != "message":
        return
    if item.channel is None or item.ts is None:
        msg = "the reaction does not say to which message"
        raise UntranslatableError(msg, "event.item")
    if is_direct(item.channel, item.channel_type):
        return
    member = delivery.member(reaction.user)
    added = event["type"] == "reaction_added"
    when = delivery.moment(reaction.event_ts)  # without it, reacting once more after taking it back would be lost
    yield (ReactionAdded if added else ReactionRemoved)(
        event_id=delivery.id(item.channel, event["type"], item.ts, member, reaction.reaction, when),
        source=delivery.source,
        workspace=delivery.workspace,
        conversation=item.channel,
        time=delivery.time(reaction.event_ts),
        author=member,
        bot=reaction.user == SLACKBOT,
        message=item.ts,
        reaction=reaction.reaction,
    )


def _membership(event: dict[str, Any], delivery: Delivery) -> Iterator[Event]:
    change = _parse(MembershipEvent, event)
    if is_direct(change.channel, change.channel_type):
        return
    member = delivery.member(change.user)
    joined = event["type"] == "member_joined_channel"
    when = delivery.moment(change.event_ts)
    yield (MemberJoined if joined else MemberLeft)(
        event_id=delivery.id(change.channel, "joined" if joined else "left", member, when),
        source=delivery.source,
        workspace=delivery.workspace,
        conversation=change.channel,
        time=delivery.time(change.event_ts),
        author=member,
    )


HANDLED: dict[str, Callable[[dict[str, Any], Delivery], Iterator[Event]]] = {
    "message": _message,
    # The same post as its `message`, and so the same event_id: whichever comes first counts, the other is a duplicate.
    "app_mention": _message,
    "reaction_added": _reaction,
    "reaction_removed": _reaction,
    "member_joined_channel": _membership,
    "member_left_channel": _membership,
}
"""Every type of event that says something; deploy/slack/manifest.yaml subscribes to just these."""


def _parse(model: type[M], event: dict[str, Any]) -> M:
    try:
        return model.model_validate(event)
    except ValidationError as error:
        raise _untranslatable(error, "event") from error


def _untranslatable(error: ValidationError, parent: str) -> UntranslatableError:
    """Name the first field that is wrong, and what is wrong with it, but not what stands in it."""
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    path = ".".join(str(part) for part in (parent, *first["loc"]) if part != "")
    return UntranslatableError(first["msg"], path or "body")
