"""The agent `heed`: feedback joins the verdicts, so that both stand in one order."""

from collections.abc import Iterator, Sequence

from agents.body import Position
from agents.decode import decode
from agents.effects import Effect, Record, Send
from schemas.feedback import FEEDBACK, feedback_key
from schemas.topic import Topic

STAGE = "heed"


class Heed(Position):
    """Checks feedback and passes it on, once each: anybody may write it, and what is broken ends here."""

    def __call__(self, records: Sequence[Record]) -> Iterator[Effect]:
        """Work through a batch."""
        for record in records:
            if record.offset <= self.durable or record.value is None:
                continue  # None: whoever said it was erased
            read = decode(FEEDBACK, record, STAGE)
            if isinstance(read, Send):
                yield read
            else:
                yield Send(Topic.VERDICTS, key=f"feedback:{feedback_key(read)}", value=read, partition=0)
        self.durable = max(self.durable, records[-1].offset)
