"""Pickles of models, with the version that pickle itself does not carry."""

import io
import pickle
from typing import Any

from schemas.errors import CricketsError

MODEL_VERSION = 3
"""Raised whenever the state of an estimator changes its form."""

_MAGIC = b"crickets model "


class ModelVersionError(CricketsError):
    """A model was written by another version of Crickets."""


_PLAIN = frozenset(
    {
        *(("builtins", name) for name in ("float", "int")),
        *(("collections", name) for name in ("Counter", "OrderedDict", "defaultdict")),
        ("functools", "partial"),
        ("random", "Random"),
    }
)
"""What River's models hold of the standard library."""


class _ModelUnpickler(pickle.Unpickler):
    """Builds nothing but models, ours and River's: state is read from a topic that others might write to."""

    def find_class(self, module: str, name: str) -> Any:
        ours, rivers = module.startswith("models."), module.startswith("river.")
        if (module, name) in _PLAIN or ((ours or rivers) and "." not in name):
            found = super().find_class(module, name)
            if (module, name) in _PLAIN or (found.__module__ == module and (ours or isinstance(found, type))):
                return found
        msg = (
            f"the state of a model names {module}.{name}, which no model of ours or River's holds; "
            "discard it and learn anew"
        )
        raise ModelVersionError(msg)


def dumps(model: Any) -> bytes:
    """Return a model as bytes that name their version.

    >>> dumps([1.0])[:16]
    b'crickets model 3'
    """
    return _MAGIC + b"%d\n" % MODEL_VERSION + pickle.dumps(model, protocol=5)


def loads(data: bytes) -> Any:
    """Return the model that `dumps` wrote.

    Raises
    ------
    ModelVersionError
        When it is none, or of another version.

    >>> loads(dumps([1.0]))
    [1.0]
    """
    header, _, body = data.partition(b"\n")
    if not header.startswith(_MAGIC):
        msg = "these bytes are no model of Crickets; remove the snapshot, and what is in the topics is learned again"
        raise ModelVersionError(msg)
    version = header[len(_MAGIC) :].decode("ascii", "replace")
    if version != str(MODEL_VERSION):
        msg = (
            f"the model was written in version {version}, this Crickets reads version {MODEL_VERSION}: "
            "start the version that wrote it, or remove the snapshot to learn again"
        )
        raise ModelVersionError(msg)
    return _ModelUnpickler(io.BytesIO(body)).load()
