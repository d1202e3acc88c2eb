"""The index of deadlines: what is due next, at a cost that does not depend on how much is due later."""

import heapq

from agents.track.state import NEVER, Life

SLOT = 64.0
"""Seconds of event time of which the index knows no order before they come."""


class Deadlines:
    """Open prompts by the moment at which they have to be looked at.

    A life itself says when that is (`due`); here it stands in a list of its slot, which is sorted when time gets
    there. So a prompt costs one pointer, and entries that are out of date are found out and passed over.

    Attributes
    ----------
    next
        Nothing is due before that.
    """

    def __init__(self) -> None:
        self.next = NEVER
        self._slots: dict[int, list[Life]] = {}
        self._order: list[int] = []  # a heap of the slots that are not open yet
        self._opened = -1
        self._open: list[tuple[float, str, Life]] = []  # a heap

    def schedule(self, life: Life, due: float) -> None:
        """Have a look at a prompt when time has come to `due`, or earlier."""
        if due >= life.due:
            return
        life.due = due
        slot = int(due // SLOT)
        if slot <= self._opened:
            heapq.heappush(self._open, (due, life.prompt_id, life))
            self.next = min(self.next, due)
        elif (waiting := self._slots.get(slot)) is not None:
            waiting.append(life)
        else:
            self._slots[slot] = [life]
            heapq.heappush(self._order, slot)
            self.next = min(self.next, slot * SLOT)

    def pop(self, until: float) -> tuple[float, Life] | None:
        """Return the next that is due up to and including `until`; it must be scheduled anew.

        Called until it returns None: `next` is right then.
        """
        while True:
            while self._order and self._order[0] * SLOT <= until:
                if self._open and self._open[0][0] < self._order[0] * SLOT:
                    break
                self._open_slot()
            if not self._open or self._open[0][0] > until:
                self._look_ahead()
                return None
            due, _, life = heapq.heappop(self._open)
            if life.due == due:
                life.due = NEVER
                return due, life

    def _open_slot(self) -> None:
        self._opened = slot = heapq.heappop(self._order)
        for life in self._slots.pop(slot):
            if life.due // SLOT == slot:  # else it is gone, or was scheduled earlier
                heapq.heappush(self._open, (life.due, life.prompt_id, life))

    def _look_ahead(self) -> None:
        first = self._open[0][0] if self._open else NEVER
        self.next = min(first, self._order[0] * SLOT if self._order else NEVER)
