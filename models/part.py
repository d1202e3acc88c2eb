"""A published part of what is learned: a flat dict that knows which keys were touched."""

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any, TypeVar

V = TypeVar("V")
_ABSENT = object()


def _published(value: Any) -> Any:
    """Copy a list: what was published must not change when learning goes on in place."""
    return list(value) if isinstance(value, list) else value


class Part(dict[str, V]):
    """A dict of JSON-able values that records what changed, and forgets what was not written for longest.

    Parameters
    ----------
    values
        What it starts with; counts as touched.
    max_keys
        Most keys it holds. One more, and the sixteenth part that was written longest ago goes at once, so that a
        full part costs no more per write than an empty one. None: no bound.

    Examples
    --------
    >>> part = Part[float](max_keys=2)
    >>> part["a"], part["b"] = 1.0, 2.0
    >>> part["a"] = 3.0
    >>> part["c"] = 4.0
    >>> part
    {'a': 3.0, 'c': 4.0}
    >>> part.take_changes()
    {'a': 3.0, 'b': None, 'c': 4.0}
    >>> part.take_changes()
    {}
    """

    def __init__(self, values: Mapping[str, V] | Iterable[tuple[str, V]] = (), max_keys: int | None = None) -> None:
        super().__init__()
        self.max_keys = max_keys
        self._touched: dict[str, None] = {}  # a dict, not a set: its order is the same in every process
        self.update(values)

    def take_changes(self) -> dict[str, V | None]:
        """Return what was written (key -> value) or removed (key -> None) since the last call."""
        changes = {key: _published(self.get(key)) for key in self._touched}
        self._touched = {}
        return changes

    def everything(self) -> dict[str, V]:
        """Return a copy of all of it, in the order of writing."""
        return {key: _published(value) for key, value in self.items()}

    def __setitem__(self, key: str, value: V) -> None:
        self._touched[key] = None
        if self.max_keys is None:
            super().__setitem__(key, value)
            return
        super().pop(key, None)  # written again: goes to the end of the dict's order
        super().__setitem__(key, value)
        if len(self) > self.max_keys:
            self._forget()

    def _forget(self) -> None:
        for oldest in list(islice(self, max(1, (self.max_keys or 0) // 16))):
            del self[oldest]

    def __delitem__(self, key: str) -> None:
        super().__delitem__(key)
        self._touched[key] = None

    def update(self, values: Any = (), /, **more: V) -> None:
        """Write several keys at once, which takes less than one after the other."""
        written = dict(values, **more)
        self._touched.update(dict.fromkeys(written))
        if self.max_keys is None:
            super().update(written)
            return
        pop = super().pop
        for key in written:
            pop(key, None)
        super().update(written)
        while len(self) > self.max_keys:
            self._forget()

    def setdefault(self, key: str, default: Any = None, /) -> Any:
        """Return what stands under a key, after writing the default if nothing did."""
        if key not in self:
            self[key] = default
        return self[key]

    def pop(self, key: str, default: Any = _ABSENT, /) -> Any:
        """Remove a key and return what stood there."""
        if key not in self:
            if default is _ABSENT:
                raise KeyError(key)
            return default
        value = self[key]
        del self[key]
        return value

    def popitem(self) -> tuple[str, V]:
        """Remove the key that was written last."""
        key, value = super().popitem()
        self._touched[key] = None
        return key, value

    def clear(self) -> None:
        """Remove everything."""
        for key in list(self):
            del self[key]

    def __ior__(self, values: Any) -> "Part[V]":  # type: ignore[override, misc]
        self.update(values)
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        # dict subclasses are unpickled by writing item by item before their attributes exist
        return _restored, (dict(self), self.max_keys, list(self._touched))


def forget_others(values: dict[str, V], kept: Mapping[str, object]) -> None:
    """Remove what a part has forgotten from values that belong to its keys; costs nothing while it forgets nothing.

    >>> values = {f"{n}": n for n in range(9)}
    >>> forget_others(values, {"1": 1, "2": 2})
    >>> values
    {'1': 1, '2': 2}
    """
    if len(values) > len(kept):
        for key in values.keys() - kept.keys():
            del values[key]


def _restored(values: dict[str, Any], max_keys: int | None, touched: list[str]) -> "Part[Any]":
    part: Part[Any] = Part(values, max_keys)
    part._touched = dict.fromkeys(touched)
    return part
