"""Comparing a round with an undisturbed one: what is lost, what is doubled, what is different."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.chaos.result import Result
from tests.chaos.story import Entry


@dataclass
class Differences:
    """The evidence, a line each."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    different: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.lost or self.doubled or self.different)


def compare(
    found: Result, undisturbed: Result, ledger: Mapping[str, Entry], letters: Mapping[str, Entry]
) -> Differences:
    """Tell everything that a round has too little, too often, or otherwise than an undisturbed run.

    The ledger is asked first, so that an event that is missing from both is lost all the same.
    """
    differences = Differences()
    for table, expected in (("events", ledger), ("dead_letters", letters)):
        for identity, entry in expected.items():
            if identity not in found.rows.get(table, {}):
                differences.lost.append(f"{table} {identity}, written to {entry}, has no row")
    for name, times in found.doubled.items():
        differences.doubled.append(f"{name} has {times + 1} rows")
    known = {"events": ledger.keys(), "dead_letters": letters.keys()}
    for table in undisturbed.rows:
        there, wanted = found.rows.get(table, {}), undisturbed.rows[table]
        for identity in sorted(wanted.keys() - there.keys() - known.get(table, set())):
            differences.lost.append(f"{table} {identity} has no row")
        for identity in sorted(there.keys() - wanted.keys()):
            differences.doubled.append(f"{table} {identity} should have no row: {there[identity][:300]}")
        for identity in sorted(there.keys() & wanted.keys()):
            if there[identity] != wanted[identity]:
                _tell(differences, table, identity, there[identity], wanted[identity])
    _responders(found, undisturbed, differences)
    for key in sorted(undisturbed.state.keys() | found.state.keys()):
        one, other = found.state.get(key, "nothing"), undisturbed.state.get(key, "nothing")
        if one != other:
            differences.different.append(f"state {key}: {_parts(one, other)}")
    return differences


def _tell(differences: Differences, table: str, identity: str, there: str, wanted: str) -> None:
    differences.different.append(f"{table} {identity}: {_parts(there, wanted)}")


def _responders(found: Result, undisturbed: Result, differences: Differences) -> None:
    """Tell responders apart from other differences: they are what is counted."""
    for prompt, wanted in undisturbed.responders.items():
        there = found.responders.get(prompt, wanted)
        if there < wanted:
            differences.lost.append(f"{wanted - there} of {wanted} responders of {prompt}")
        elif there > wanted:
            differences.doubled.append(f"{there - wanted} responders of {prompt} beside its {wanted}")


def _parts(there: str, wanted: str) -> str:
    """Name the parts that differ, with both values."""
    if "nothing" in (there, wanted):
        return f"{there[:400]} instead of {wanted[:400]}"
    one, other = json.loads(there), json.loads(wanted)
    parts = [
        f"{name} {json.dumps(one.get(name))[:300]} instead of {json.dumps(other.get(name))[:300]}"
        for name in sorted(one.keys() | other.keys())
        if one.get(name) != other.get(name)
    ]
    return "; ".join(parts)
