"""Messages that were seen and are no prompts: what answers them has not come too early."""

from array import array

SLOTS = 1 << 18


class SeenMessages:
    """A bounded record of the messages seen lately in a partition: eight bytes each, two megabytes in all.

    It is not in the changelog. What it forgets, or loses in a crash, costs a record that is kept aside for an hour,
    and changes nothing that is told.

    Attributes
    ----------
    hashes, mask
        A message of hash h stands at `h & mask`; for whoever has no time for a call.
    """

    def __init__(self, slots: int = SLOTS) -> None:
        self.mask = slots - 1  # a power of two
        self.hashes = array("q", bytes(8 * slots))

    def add(self, identity: str) -> None:
        """Note that a message was seen; it takes the place of an older one."""
        hashed = hash(identity)
        self.hashes[hashed & self.mask] = hashed

    def __contains__(self, identity: str) -> bool:
        hashed = hash(identity)
        return self.hashes[hashed & self.mask] == hashed
