"""Messages that were seen and are no prompts: what answers them has not come too early."""

from array import array

SLOTS = 1 << 18


class SeenMessages:
    """A bounded record of the messages seen lately in a partition: eight bytes each, two megabytes in all.

    It is not in the changelog. What it forgets, or loses in a crash, costs a record that is kept aside for an hour,
    and changes nothing that is told.
    """

    def __init__(self, slots: int = SLOTS) -> None:
        self._mask = slots - 1  # a power of two
        self._hashes = array("q", bytes(8 * slots))

    def add(self, identity: str) -> None:
        """Note that a message was seen; it takes the place of an older one."""
        hashed = hash(identity)
        self._hashes[hashed & self._mask] = hashed

    def __contains__(self, identity: str) -> bool:
        hashed = hash(identity)
        return self._hashes[hashed & self._mask] == hashed
