"""Counts silence in a message archive from its lines alone, without any code of the product.

What replay ends with has to equal these numbers: a root is a human message that opens a thread; its responders are
the humans other than its author who replied in its thread or reacted to it within the horizon.
"""

import gzip
import json
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DAY = 86_400.0
HOUR = 3_600.0


@dataclass(frozen=True)
class SilenceCount:
    roots: int
    silent: int
    censored: int  # silent ones whose horizon ends after the last message
    responders: int  # summed over roots
    responses: int  # distinct replies and distinct (member, reaction), summed over roots
    responders_by_root: dict[str, frozenset[str]]


def count_silence(path: Path, *, horizon_days: float = 7.0, undated_hours: float = 2.0) -> SilenceCount:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        lines: list[dict[str, Any]] = [json.loads(line) for line in file]
    horizon = horizon_days * DAY
    last = max(line["ts"] for line in lines)
    posted = [line for line in lines if line["kind"] != "tombstone"]
    bots = {line["author"] for line in posted if line["is_bot"]}

    replies: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for line in posted:
        if line["root"] != line["id"]:
            replies[line["root"]].append(line)

    responders_by_root: dict[str, frozenset[str]] = {}
    responses = silent = censored = 0
    for root in posted:
        if root["root"] != root["id"] or root["is_bot"]:
            continue
        who: set[str] = set()
        what: set[tuple[str, ...]] = set()
        for reply in replies[root["id"]]:
            age = reply["ts"] - root["ts"]
            if not reply["is_bot"] and reply["author"] != root["author"] and 0 <= age <= horizon:
                who.add(reply["author"])
                what.add(("reply", reply["id"]))
        for reaction in root["reactions"]:
            member = reaction["author"]
            age = _reaction_time(root["ts"], reaction, undated_hours) - root["ts"]
            if member not in bots and member != root["author"] and 0 <= age <= horizon:
                who.add(member)
                what.add(("reaction", member, reaction["name"]))
        responders_by_root[root["id"]] = frozenset(who)
        responses += len(what)
        if not who:
            silent += 1
            censored += root["ts"] + horizon > last
    return SilenceCount(
        roots=len(responders_by_root),
        silent=silent,
        censored=censored,
        responders=sum(map(len, responders_by_root.values())),
        responses=responses,
        responders_by_root=responders_by_root,
    )


def _reaction_time(posted_at: float, reaction: dict[str, Any], undated_hours: float) -> float:
    if reaction.get("ts") is not None:
        return float(reaction["ts"])
    when = posted_at + undated_hours * HOUR
    if (lowest := reaction.get("ts_lo")) is not None and when < lowest:
        when = lowest
    if (highest := reaction.get("ts_hi")) is not None and when > highest:
        when = highest
    return when
