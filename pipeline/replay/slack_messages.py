"""Messages of a Slack export, by the same rules as those that come by webhook."""

from dataclasses import dataclass, field

from agents.normalise.slack_delivery import Delivery
from agents.normalise.slack_envelope import Envelope
from agents.normalise.slack_messages import translate_message
from agents.normalise.translator import UntranslatableError
from pipeline.replay.past import Message, Move, Reaction, distinct, reacted_at
from pipeline.replay.slack_records import SOURCE, ExportedMessage
from schemas.event import MessagePosted, Traits
from schemas.webhook import Webhook

JOINED = {"channel_join": True, "channel_leave": False}
"""The subtypes that tell of members, and whether they came."""


@dataclass
class ExportTranslator:
    """Translates record after record; the text is measured in passing and goes no further.

    Parameters
    ----------
    key
        Secret of the installation, for pseudonyms.
    workspace
        Its name.
    bots
        Ids of the users that are known to be bots.
    undated_hours
        Hours from a message to its reactions: exports do not tell.
    """

    key: bytes = field(repr=False)
    workspace: str
    bots: frozenset[str]
    undated_hours: float
    _traits: dict[Traits, Traits] = field(default_factory=dict, repr=False)  # equal ones are kept once

    def __post_init__(self) -> None:
        webhook = Webhook(source=SOURCE, received_at=0.0, body="")
        self._delivery = Delivery(webhook, Envelope(type="event_callback", team_id=self.workspace), self.key)

    def member(self, user: str) -> str:
        """Return the pseudonym of a user or bot."""
        return self._delivery.member(user)

    def __call__(self, record: ExportedMessage) -> Message | Move | None:
        """Return what a record tells, None for what Slack says of itself; raises `UntranslatableError`."""
        if record.subtype in JOINED:
            return self._move(record)
        for event in translate_message(record, self._delivery):
            if isinstance(event, MessagePosted):
                return self._message(record, event)
        return None

    def _message(self, record: ExportedMessage, event: MessagePosted) -> Message:
        posted_at = event.time
        return Message(
            conversation=event.conversation,
            message=event.message,
            thread=event.thread,
            author=event.author,
            bot=event.bot or record.user in self.bots,
            time=posted_at,
            traits=self._traits.setdefault(event.traits, event.traits),
            asset_id=event.asset_id,
            edited=record.edited.ts if record.edited is not None else None,
            reactions=distinct(
                [
                    Reaction(
                        author=self.member(user),
                        name=reaction.name,
                        time=reacted_at(posted_at, self.undated_hours, at=None, lo=None, hi=None),
                        dated=False,
                    )
                    for reaction in record.reactions
                    for user in reaction.users
                ]
            ),
        )

    def _move(self, record: ExportedMessage) -> Move:
        if record.user is None:
            reason = "the record does not say who joined or left"
            raise UntranslatableError(reason, "event.user")
        return Move(
            conversation=record.channel,
            author=self.member(record.user),
            bot=record.user in self.bots,
            time=float(record.ts),
            ts=record.ts,
            joined=JOINED[record.subtype or ""],
        )
