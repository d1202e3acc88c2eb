"""Compiled twins: contracts as msgspec Structs, for where every microsecond counts.

pydantic describes a contract and says what is wrong with a record; msgspec reads and writes the same record several
times faster. A twin has the fields, constraints, defaults, properties and strictness of its contract and is derived
from it once, at import. It is never more generous: what a twin refuses goes to pydantic, which decides.

Type checkers see the contract; at run time a twin is a Struct, so ask for `kind`, not for the class.
"""

from collections.abc import Callable
from enum import Enum
from types import NoneType, UnionType
from typing import Annotated, Any, Generic, Literal, TypeVar, Union, cast, get_args, get_origin

import msgspec
from annotated_types import Ge, Gt, Le, Lt, MaxLen, MinLen
from pydantic import TypeAdapter
from pydantic.fields import FieldInfo

from schemas.base import Contract

C = TypeVar("C", bound=Contract)
T = TypeVar("T")

_ENCODE = msgspec.json.Encoder().encode
_TWINS: dict[type[Contract], type[msgspec.Struct]] = {}


class Twin(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    """What all twins have in common; they hold no cycles, so the garbage collector may pass them over."""

    def wire(self) -> bytes:
        """Return the record as the bytes that stand in the topic; what has its default is left out."""
        return _ENCODE(self)


def twin(contract: type[C]) -> type[C]:
    """Return the twin of a contract.

    >>> from schemas.event import Watermark
    >>> twin(Watermark)(time=3.0, stage="track").wire()
    b'{"kind":"watermark","time":3.0,"stage":"track"}'
    """
    return cast(type[C], _twin(contract))


def changed(value: C, **fields: Any) -> C:
    """Return a twin with some fields replaced."""
    return cast(C, msgspec.structs.replace(cast(msgspec.Struct, value), **fields))


def compiled(contracts: Any) -> Any:
    """Return a contract, or a union of contracts, as a type that msgspec reads."""
    return _compiled(contracts)


def passed_on(json: bytes) -> Any:
    """Return JSON that was written before as the value of a field: it is copied, not read and written again."""
    return msgspec.Raw(json)


class Reader(Generic[T]):
    """Reads the records of a topic: with the twins first, and what they refuse with pydantic.

    Parameters
    ----------
    contracts
        The contract, or a union of contracts told apart by `kind`.
    adapter
        pydantic's reader of the same.

    Attributes
    ----------
    quick
        Reads with the twins alone.
    """

    def __init__(self, contracts: Any, adapter: TypeAdapter[T]) -> None:
        self.quick: Callable[[bytes], T] = msgspec.json.Decoder(_compiled(contracts)).decode
        self._adapter = adapter

    def __call__(self, value: bytes) -> T:
        """Return the record as a twin.

        Raises
        ------
        pydantic.ValidationError
            The record is broken.
        """
        try:
            return self.quick(value)
        except ValueError:  # msgspec's own errors are some, too
            return self.thorough(value)

    def thorough(self, value: bytes) -> T:
        """Return what pydantic makes of a record that `quick` has refused with a ValueError, as a twin."""
        return cast(T, as_twin(self._adapter.validate_json(value)))


def as_twin(value: Any) -> Any:
    """Return the twin of a contract's instance, with twins inside; anything else as it is."""
    if isinstance(value, Contract):
        fields = type(value).model_fields
        return _twin(type(value))(**{name: as_twin(getattr(value, name)) for name in fields if name != "kind"})
    return value


def _twin(contract: type[Contract]) -> type[msgspec.Struct]:
    if contract not in _TWINS:
        _TWINS[contract] = _compile(contract)
    return _TWINS[contract]


def _compile(contract: type[Contract]) -> type[msgspec.Struct]:
    fields = dict(contract.model_fields)
    kind = fields.pop("kind", None)
    required = [(name, _field_type(field)) for name, field in fields.items() if field.is_required()]
    optional = [
        (name, _field_type(field), _default(field)) for name, field in fields.items() if not field.is_required()
    ]
    namespace: dict[str, Any] = {"__doc__": contract.__doc__, "__module__": __name__, **_properties(contract)}
    if kind is not None:
        namespace["kind"] = kind.default
    return msgspec.defstruct(
        contract.__name__,
        [*required, *optional],
        bases=(Twin,),
        namespace=namespace,
        kw_only=True,
        tag_field=None if kind is None else "kind",
        tag=None if kind is None else kind.default,
    )


def _properties(contract: type[Contract]) -> dict[str, property]:
    found: dict[str, property] = {}
    for base in reversed(contract.__mro__):
        if issubclass(base, Contract) and base is not Contract:
            found |= {name: value for name, value in vars(base).items() if isinstance(value, property)}
    return found


def _default(field: FieldInfo) -> Any:
    if field.default_factory is not None:
        return msgspec.field(default_factory=cast(Callable[[], Any], field.default_factory))
    return as_twin(field.default)


def _field_type(field: FieldInfo) -> Any:
    return _constrained(_compiled(field.annotation), field.metadata)


def _compiled(annotation: Any) -> Any:
    """Translate a type; one that is not known here is an error at import, not a difference at run time."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        inner, *metadata = arguments
        return _constrained(_compiled(inner), [part for m in metadata for part in _parts(m)])
    if origin in (Union, UnionType):
        return Union[tuple(_compiled(argument) for argument in arguments)]  # noqa: UP007 - made of a tuple
    if origin is Literal:
        return annotation
    if origin in (dict, tuple, list):
        return origin[tuple(argument if argument is Ellipsis else _compiled(argument) for argument in arguments)]
    if isinstance(annotation, type):
        if issubclass(annotation, Contract):
            return _twin(annotation)
        if annotation in (str, int, float, bool, NoneType) or issubclass(annotation, Enum):
            return annotation
    msg = f"nothing says how {annotation!r} is compiled: say it in schemas/compiled.py"
    raise TypeError(msg)


def _parts(metadata: Any) -> list[Any]:
    return list(metadata.metadata) if isinstance(metadata, FieldInfo) else [metadata]


def _constrained(compiled: Any, metadata: list[Any]) -> Any:
    limits: dict[str, Any] = {}
    for part in metadata:
        match part:
            case Ge():
                limits["ge"] = part.ge
            case Gt():
                limits["gt"] = part.gt
            case Le():
                limits["le"] = part.le
            case Lt():
                limits["lt"] = part.lt
            case MinLen():
                limits["min_length"] = part.min_length
            case MaxLen():
                limits["max_length"] = part.max_length
            case _ if getattr(part, "discriminator", None) or vars(part) == {"allow_inf_nan": False}:
                pass  # JSON has no other numbers, and msgspec reads none
            case _:
                msg = f"nothing says how {part!r} is compiled: say it in schemas/compiled.py"
                raise TypeError(msg)
    return Annotated[compiled, msgspec.Meta(**limits)] if limits else compiled
