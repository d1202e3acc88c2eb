"""A twin reads what its contract reads, refuses what it refuses, and writes what it can read."""

import json
from typing import Annotated, Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import Field, TypeAdapter, ValidationError

from schemas.asset import AssetType
from schemas.base import Contract
from schemas.compiled import Reader, as_twin, changed, compiled, twin
from schemas.directory import Brief
from schemas.event import EVENT, Event, MessageDeleted, MessagePosted, ReactionAdded, Traits, Watermark
from schemas.expectation import Expectation
from schemas.observation import OBSERVATION, Activity, BinPassed, HorizonReached, Observation
from schemas.outcome import OUTCOME, Outcome, OutcomeRecord, Prompt, Surroundings
from schemas.twins import EVENTS
from schemas.verdict import Verdict

Twinned = Annotated[Verdict | Watermark, Field(discriminator="kind")]  # feedback is rare, and has no twin

UNIONS: dict[str, tuple[Any, TypeAdapter[Any]]] = {
    "events": (Event, EVENT),
    "observations": (Observation, OBSERVATION),
    "outcomes": (OutcomeRecord, OUTCOME),
    "verdicts": (Twinned, TypeAdapter(Twinned)),
}
READERS = {name: Reader(union, adapter) for name, (union, adapter) in UNIONS.items()}


def plain(value: Any) -> Any:
    """Return a twin or a contract as dicts, with the types of the numbers: 1 is not 1.0 here."""
    if isinstance(value, Contract):
        return plain(as_twin(value))
    if hasattr(value, "__struct_fields__"):
        kind = {"kind": value.kind} if hasattr(value, "kind") else {}
        return kind | {name: plain(getattr(value, name)) for name in value.__struct_fields__}
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return tuple(plain(item) for item in value)
    return type(value).__name__, str(value) if isinstance(value, float) else value


def agree(name: str, raw: bytes) -> bool:
    """Check that twin and contract say the same; return whether the twin alone understood it."""
    _, adapter = UNIONS[name]
    try:
        expected = adapter.validate_json(raw)
    except ValidationError:
        with pytest.raises(ValueError):
            READERS[name].quick(raw)
        with pytest.raises(ValidationError):
            READERS[name](raw)
        return False
    read = READERS[name](raw)
    assert plain(read) == plain(expected)
    assert type(read) is twin(type(expected))
    try:
        return plain(READERS[name].quick(raw)) == plain(expected) or pytest.fail("read otherwise")
    except ValueError:
        return False


TRAITS = {"length": 5, "question": True, "ask": "poll"}
POSTED = {"kind": "message_posted", "event_id": "e", "source": "s", "conversation": "c", "time": 1.5, "author": "a",
          "message": "m", "thread": "t", "traits": TRAITS, "asset_id": "x", "bot": True, "workspace": "w"}  # fmt: skip
PROMPT = {"prompt_id": "p", "source": "s", "conversation": "c", "message": "m", "author": "a", "posted_at": 1,
          "asset_type": "question", "persona": "x", "reach": {"x": 3},
          "surroundings": {"active_members": 2}}  # fmt: skip
EXPECTED = {"p_zero": 0.5, "p_zero_horizon": 0.25, "expected": 3, "alpha": 0.1, "deadline": 7.5, "views": {"mix": 0.1}}
RECORDS: list[tuple[str, dict[str, Any]]] = [
    ("events", POSTED),
    ("events", POSTED | {"kind": "message_edited"}),
    ("events", {"kind": "message_deleted", "event_id": "e", "source": "s", "conversation": "c", "time": 0,
                "message": "m"}),
    *(
        ("events", {"kind": kind, "event_id": "e", "source": "s", "conversation": "c", "time": 0, "author": "a",
                    "message": "m", "reaction": "+1"})
        for kind in ("reaction_added", "reaction_removed")
    ),
    ("events", {"kind": "message_seen", "event_id": "e", "source": "s", "conversation": "c", "time": 0, "author": "a",
                "message": "m"}),
    *(
        ("events", {"kind": kind, "event_id": "e", "source": "s", "conversation": "c", "time": 0, "author": "a"})
        for kind in ("member_joined", "member_left")
    ),
    ("events", {"kind": "watermark", "time": 3, "stage": "track", "partition": 2, "observed_until": 1.5}),
    ("observations", {"kind": "bin", "id": "i", "time": 1, "bin": 2, "answered": False, "features": {"bias": 1}}),
    ("observations", {"kind": "horizon", "id": "i", "time": 1, "prompt_id": "p", "silent": True, "responders": 0,
                      "reach": 1, "features": {"bias": 1.0}, "views": {"mix": 0.5}, "keys": {"author": "a"}}),
    ("observations", {"kind": "activity", "id": "i", "time": 1, "source": "s", "conversation": "c",
                      "members": {"a": 1}}),
    ("outcomes", {"kind": "outcome", "stage": "posted", "time": 1, "version": 1, "prompt": PROMPT,
                  "expectation": EXPECTED, "status": "open", "responders": 0, "responses": 0}),
    ("verdicts", {"kind": "verdict", "verdict": "silent", "subject": "p", "time": 1, "told_at": 2, "version": 1,
                  "prompt": PROMPT, "expectation": EXPECTED}),
    ("verdicts", {"kind": "verdict", "verdict": "silent", "subject": "p", "time": 1, "told_at": 2, "version": 1,
                  "prompt": PROMPT, "expectation": EXPECTED | {"borrowed": 0.75, "borrowed_from": "asset_type"}}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "record"), RECORDS, ids=lambda value: value if isinstance(value, str) else value["kind"]
)
def test_what_a_contract_writes_the_twin_alone_reads_and_writes_back(name: str, record: dict[str, Any]) -> None:
    _, adapter = UNIONS[name]
    contract = adapter.validate_python(record)
    assert agree(name, contract.wire())
    assert agree(name, json.dumps(record).encode())
    assert adapter.validate_json(READERS[name](contract.wire()).wire()) == contract
    assert adapter.validate_json(as_twin(contract).wire()) == contract


ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(["", "1", "1.5", "true", "poll", "POLL", "watermark", "x" * 40, "\u00e9\U0001f41b", "NaN", " 1 "]),
    st.text(max_size=4),
    st.builds(list),
    st.builds(dict),
    st.dictionaries(st.sampled_from(["x", "bias", "length", "ask"]), st.one_of(st.integers(-1, 3), st.floats(0, 1))),
)
NAMES = sorted({name for _, record in RECORDS for name in record} | {"unknown", "", "Kind"})


@st.composite
def altered(draw: st.DrawFn) -> tuple[str, bytes]:
    """A record of which some fields are replaced, missing or too many, at the top or inside."""
    name, record = draw(st.sampled_from(RECORDS))
    record = json.loads(json.dumps(record))
    for _ in range(draw(st.integers(1, 3))):
        inner = [value for value in record.values() if isinstance(value, dict)]
        place = draw(st.sampled_from([record, *inner])) if inner else record
        field = draw(st.sampled_from([*place, *NAMES]))
        if draw(st.booleans()) or field not in place:
            place[field] = draw(ODD)
        else:
            del place[field]
    return name, json.dumps(record, ensure_ascii=draw(st.booleans())).encode(errors="surrogatepass")


@settings(max_examples=1500, deadline=None)
@given(altered())
def test_twin_and_contract_agree_on_whatever_is_changed_in_a_record(case: tuple[str, bytes]) -> None:
    agree(*case)


LITERALS = [b"1e999", b"-1e999", b"NaN", b"Infinity", b"-0", b"-0.0", b"1e-400", b"9" * 30, b"9" * 400, b"01", b"1.",
            b".5", b"1e5", b"+1", b"0x1", b"true", b"null", b'"1"', b'"1e3"', b"1.0", b"4e-324",
            b'"\\ud800"', b'"\\u0000"',
            b'"\xff"', b'"\x01"', b"[1]", b"18446744073709551616", b"9007199254740993", b"1_0", b""]  # fmt: skip
PLACES = {
    "a moment": b'{"kind":"watermark","time":%s}',
    "a moment or none": b'{"kind":"watermark","time":1,"observed_until":%s}',
    "a count": b'{"kind":"watermark","time":1,"partition":%s}',
    "a name": b'{"kind":"watermark","time":1,"stage":%s}',
    "a kind": b'{"kind":%s,"time":1}',
    "a trait": b'{"kind":"message_posted","event_id":"e","source":"s","conversation":"c","time":1,"author":"a",'
    b'"message":"m","traits":{"length":%s}}',
    "said twice": b'{"kind":"watermark","time":1,"time":%s}',
    "said twice, the other way round": b'{"kind":"watermark","time":%s,"time":1}',
    "two kinds": b'{"kind":"watermark","time":1,"kind":%s}',
    "a record": b"%s",
    "after a record": b'{"kind":"watermark","time":1}%s',
    "before a record": b'%s{"kind":"watermark","time":1}',
}


@pytest.mark.parametrize("literal", LITERALS)
@pytest.mark.parametrize("place", PLACES)
def test_twin_and_contract_agree_on_odd_literals(place: str, literal: bytes) -> None:
    agree("events", PLACES[place].replace(b"%s", literal))


@pytest.mark.parametrize("kind", [b'"watermark"', b'"member_joined"', b'"\\u0077atermark"', b"1"])
def test_a_kind_said_twice_means_the_same_to_both(kind: bytes) -> None:
    agree("events", PLACES["two kinds"].replace(b"%s", kind))


@settings(max_examples=500, deadline=None)
@given(st.sampled_from(RECORDS), st.data())
@example(("events", POSTED), None)
def test_twin_and_contract_agree_on_broken_bytes(case: tuple[str, dict[str, Any]], data: st.DataObject | None) -> None:
    raw = bytearray(json.dumps(case[1]).encode())
    if data is None:
        raw = bytearray(b"\xef\xbb\xbf" + raw)
    else:
        for _ in range(data.draw(st.integers(1, 3))):
            at = data.draw(st.integers(0, len(raw) - 1))
            if data.draw(st.booleans()):
                raw[at] = data.draw(st.one_of(st.sampled_from(b'{}[]",:0e-\\ \n\t'), st.integers(0, 255)))
            else:
                del raw[at : at + data.draw(st.integers(1, 4))]
    agree(case[0], bytes(raw))


@settings(deadline=None)
@given(st.one_of(st.binary(max_size=20), st.recursive(ODD, lambda inner: st.lists(inner), max_leaves=5).map(
    lambda value: json.dumps(value).encode(errors="surrogatepass"))))  # fmt: skip
def test_twin_and_contract_agree_on_what_is_no_record(raw: bytes) -> None:
    agree("events", raw)


CONTRACTS = [Watermark, MessagePosted, MessageDeleted, ReactionAdded, Traits, BinPassed, HorizonReached, Activity,
             Surroundings, Prompt, Expectation, Outcome, Verdict, Brief]  # fmt: skip


@pytest.mark.parametrize("contract", CONTRACTS)
def test_a_twin_has_the_fields_and_the_defaults_of_its_contract(contract: type[Contract]) -> None:
    fields = {name for name in contract.model_fields if name != "kind"}
    assert set(twin(contract).__struct_fields__) == fields  # type: ignore[attr-defined]
    assert getattr(twin(contract), "kind", "") == getattr(contract.model_fields.get("kind"), "default", "")
    assert twin(contract) is twin(contract)


def test_a_twin_has_the_properties_of_its_contract_and_its_base() -> None:
    posted = EVENTS(json.dumps(POSTED).encode())
    contract = EVENT.validate_python(POSTED)
    assert isinstance(contract, MessagePosted)
    assert (posted.place, posted.is_root) == (contract.place, contract.is_root) == ("s:c", False)  # type: ignore[union-attr]
    prompt = Prompt(**PROMPT)
    assert as_twin(prompt).segment == prompt.segment == "x/question"
    assert as_twin(prompt).asset_type is AssetType.QUESTION


def test_a_changed_twin_is_another_one() -> None:
    mark = twin(Watermark)(time=1.0)
    assert (changed(mark, time=2.0).time, mark.time) == (2.0, 1.0)


def test_what_nobody_said_how_to_compile_is_an_error_at_once() -> None:
    with pytest.raises(TypeError, match="nothing says how"):
        compiled(set[str])


def test_an_expectation_of_an_older_checkout_says_that_it_does_not_know_what_was_borrowed() -> None:
    raw = json.dumps(next(record for name, record in RECORDS if name == "outcomes")).encode()
    assert b"borrowed" not in raw
    for read in (READERS["outcomes"].quick(raw), OUTCOME.validate_json(raw)):
        assert (read.expectation.borrowed, read.expectation.borrowed_from) == (0.0, "")
