"""Deliveries that are known to stand in Kafka."""

from collections import OrderedDict


class Confirmed:
    """Remembers the latest confirmed deliveries, so that their retries are acknowledged without a second record.

    It saves work and nothing depends on it: a record that stands there twice is one event all the same.
    """

    def __init__(self, limit: int = 20_000) -> None:
        self._limit = limit
        self._seen: OrderedDict[tuple[str, bytes], None] = OrderedDict()

    def __contains__(self, delivery: tuple[str, bytes]) -> bool:
        return delivery in self._seen

    def __len__(self) -> int:
        return len(self._seen)

    def add(self, source: str, fingerprint: bytes) -> None:
        """Remember one more and forget the oldest beyond the limit."""
        self._seen[source, fingerprint] = None
        while len(self._seen) > self._limit:
            self._seen.popitem(last=False)
