"""What every Slack translation needs of the delivery around its event."""

from dataclasses import dataclass

from agents.normalise.slack_envelope import Envelope
from schemas.ids import event_id, pseudonym
from schemas.webhook import Webhook

SLACKBOT = "USLACKBOT"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One webhook and its envelope, and the key that pseudonyms are made with."""

    webhook: Webhook
    envelope: Envelope
    key: bytes

    @property
    def source(self) -> str:
        """Return the name of the source."""
        return self.webhook.source

    @property
    def workspace(self) -> str:
        """Return the Slack team."""
        return self.envelope.team_id or ""

    def member(self, user: str) -> str:
        """Return the pseudonym of a user or bot."""
        return pseudonym(self.key, self.workspace, user)

    def id(self, conversation: str, *natural: str) -> str:
        """Return the id of what happened, the same for every delivery of it."""
        return event_id(self.source, conversation, *natural)

    def time(self, ts: str | None) -> float:
        """Return the moment that the event names, else the latest that is known of it."""
        if ts is not None:
            return float(ts)
        if self.envelope.event_time is not None:
            return float(self.envelope.event_time)
        return self.webhook.received_at

    def moment(self, ts: str | None) -> str:
        """Return what tells this event from the next of its kind: `ts` where Slack gives one."""
        if ts is not None:
            return ts
        if self.envelope.event_time is not None:
            return str(self.envelope.event_time)
        return self.envelope.event_id or str(self.webhook.received_at)
