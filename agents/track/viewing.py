"""Who saw an open prompt, where a source tells; what no source tells is not known, and never nobody."""

from agents.track.facts import read_moments
from agents.track.partition import PartitionState
from agents.track.reach import DAY
from agents.track.state import Facts, viewer
from schemas.erasure import ERASED, digest
from schemas.event import MessageSeen
from schemas.ids import prompt_id

TOLD_DAYS = 28
"""For so many days after a view in a conversation its source is taken to tell of views there."""

MOST_VIEWERS = 10_000
"""So many viewers of one prompt are told apart; what comes after is as good as everybody."""


class Viewing:
    """Counts the distinct members who saw each open prompt of a partition.

    A view that comes before its prompt is not counted: sources tell of a message before they tell who saw it.

    Parameters
    ----------
    state
        Prompts and conversations.
    """

    def __init__(self, state: PartitionState) -> None:
        self._state = state

    def see(self, event: MessageSeen, *, staff: bool) -> None:
        """Take in that somebody saw a message."""
        self._note(event)
        life = self._state.prompts.get(prompt_id(event.source, event.conversation, event.message))
        if life is None or life.viewers is None or event.bot or staff or event.author == ERASED:
            return
        moments = read_moments(life.facts)
        if event.author == moments.author or not moments.posted_at <= event.time <= moments.horizon_at:
            return
        number = viewer(digest(event.author))
        if number not in life.viewers and len(life.viewers) < MOST_VIEWERS:
            life.viewers.add(number)
            self._state.touch(life)

    def opened(self, facts: Facts) -> set[int] | None:
        """Return nobody where views are told of when a prompt is posted, else None; later views do not change it."""
        known = self._state.conversations.get(f"{facts.source}:{facts.conversation}")
        if known is None or known.views is None:
            return None
        since, until = known.views
        return set() if since <= facts.posted_at <= until + TOLD_DAYS * DAY else None

    def _note(self, event: MessageSeen) -> None:
        """Note that views are told of in a conversation: written once a day, not with each."""
        place = event.place
        known = self._state.conversation(place, event.time)
        day = event.time // DAY * DAY
        if known.views is None or known.views[1] + TOLD_DAYS * DAY < event.time:
            known.views = event.time, day
        elif day > known.views[1]:
            known.views = known.views[0], day
        else:
            return
        self._state.touch_conversation(place, known)
