"""Public archives, predicted and learned as if lived: each prompt is judged before anything of its future is known."""

import gzip
import heapq
import json
import math
from collections import Counter, defaultdict, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from models.expectations import Expectations
from models.judgement import Judgement
from schemas.asset import AssetType
from schemas.event import Traits
from schemas.observation import Activity, BinPassed, HorizonReached
from schemas.outcome import Prompt, Surroundings

DATA = Path(__file__).parents[3] / "shared" / "data"
HORIZON = 168.0
INLINE = 600.0
ALPHA = 0.1


@dataclass
class Root:
    prompt_id: str
    channel: str
    author: str
    time: float
    traits: Traits
    firsts: dict[str, float] = field(default_factory=dict)

    def respond(self, member: str, time: float) -> None:
        if member != self.author and self.time <= time <= self.time + HORIZON * 3600:
            self.firsts[member] = min(time, self.firsts.get(member, math.inf))

    @property
    def first(self) -> float:
        return min(self.firsts.values(), default=math.inf)


def read(path: Path) -> list[dict[str, Any]]:
    if not path.exists():
        pytest.skip(f"the archive {path.name} is not at {path.parent}")
    with gzip.open(path, "rt") as lines:
        rows = [json.loads(line) for line in lines]
    return sorted((row for row in rows if not row.get("is_bot")), key=lambda row: row["ts"])


def reactions(row: dict[str, Any]) -> Iterator[tuple[str, float]]:
    for reaction in row["reactions"]:
        late = reaction.get("ts_hi")
        if late is not None and late > row["ts"] + HORIZON * 3600:
            late = None  # the bound says nothing
        yield reaction["author"], reaction.get("ts") or late or row["ts"] + 7200


def roots_of(rows: list[dict[str, Any]]) -> dict[str, Root]:
    roots: dict[str, Root] = {}
    recent: dict[str, deque[Root]] = defaultdict(deque)
    for row in rows:
        if row["root"] != row["id"]:
            if row["root"] in roots:
                roots[row["root"]].respond(row["author"], row["ts"])
            continue
        traits = Traits(
            length=row["text_length"],
            question=row["is_question"],
            broadcast=bool(row.get("broadcast")),
            mentions=row.get("n_mentions") or 0,
            link=bool(row.get("has_link")),
            code=bool(row.get("has_code")),
            file=bool(row.get("has_file")),
        )
        root = roots[row["id"]] = Root(row["id"], row["channel"], row["author"], row["ts"], traits)
        for member, time in reactions(row):
            root.respond(member, time)
        queue = recent[root.channel]
        while queue and root.time - queue[0].time > INLINE:
            queue.popleft()
        for other in queue:
            other.respond(root.author, root.time)
        queue.append(root)
    return roots


class Life:
    """Everything in the order in which it becomes known."""

    def __init__(self, rows: list[dict[str, Any]]) -> None:
        self.model, self.silence = Expectations(), list[tuple[Judgement, Root]]()
        self.due: list[tuple[float, int, Any]] = []
        self.numbered = 0
        self.active: dict[str, dict[str, float]] = defaultdict(dict)
        self.posted: dict[str, deque[float]] = defaultdict(deque)
        self.began: dict[str, float] = {}
        tallies: dict[tuple[float, str], Counter[str]] = defaultdict(Counter)
        for row in rows:
            for member, time in [(row["author"], row["ts"]), *reactions(row)]:
                tallies[time // 3600 * 3600, row["channel"]][member] += 1
        for (hour, channel), members in tallies.items():
            name = f"{channel}@{hour}"
            self.later(
                hour + 3600, Activity(id=name, time=hour, source="a", conversation=channel, members=dict(members))
            )
        for root in roots_of(rows).values():
            self.learn_until(root.time)
            self.open(root)

    def later(self, time: float, what: Any) -> None:
        self.numbered += 1
        heapq.heappush(self.due, (time, self.numbered, what))

    def learn_until(self, now: float) -> None:
        while self.due and self.due[0][0] <= now:
            what = heapq.heappop(self.due)[2]
            match what:
                case Activity():
                    self.active[what.conversation].update(dict.fromkeys(what.members, what.time))
                    self.model.learn_activity(what, {})
                case BinPassed():
                    self.model.learn_bin(what)
                case HorizonReached():
                    self.model.learn_horizon(what)

    def open(self, root: Root) -> None:
        judgement = self.model.judge(self.prompt(root), root.traits, alpha=ALPHA, horizon_hours=HORIZON)
        self.silence.append((judgement, root))
        start = 0.0
        for b, edge in enumerate(judgement.edges):
            age = root.first - root.time
            answered = age <= edge
            self.later(
                root.time + (age if answered else edge),
                BinPassed.model_construct(id="", time=0.0, bin=b, answered=answered, features=judgement.features),
            )
            if answered:
                break
            start = edge
        assert start <= HORIZON * 3600
        label = HorizonReached.model_construct(
            id="",
            time=0.0,
            prompt_id=root.prompt_id,
            silent=not root.firsts,
            responders=len(root.firsts),
            reach=self.reach(root),
            first_response_hours=(root.first - root.time) / 3600 if root.firsts else None,
            features=judgement.features,
            views=judgement.views,
            keys=judgement.keys,
        )
        self.later(root.time + HORIZON * 3600, label)

    def reach(self, root: Root) -> int:
        return max(sum(time > root.time - 28 * 86400 for time in self.active[root.channel].values()), 1)

    def prompt(self, root: Root) -> Prompt:
        posted = self.posted[root.channel]
        while posted and posted[0] < root.time - 86400:
            posted.popleft()
        competing = len(posted)
        posted.append(root.time)
        reach = self.reach(root)
        age = (root.time - self.began.setdefault(root.channel, root.time)) / 3600
        return Prompt(
            prompt_id=root.prompt_id,
            source="a",
            conversation=root.channel,
            message=root.prompt_id,
            author=root.author,
            posted_at=root.time,
            asset_type=AssetType.QUESTION if root.traits.question else AssetType.ANNOUNCEMENT,
            persona="regular",
            reach={"regular": reach},
            surroundings=Surroundings(
                active_members=reach, competing_prompts=competing, channel_age_hours=max(age, 0.0)
            ),
        )


def scores(life: Life) -> dict[str, float]:
    """Score all but the first fifth: log loss by view, calibration error of the mix, silence at the deadline."""
    scored = life.silence[len(life.silence) // 5 :]
    loss: Counter[str] = Counter()
    buckets: dict[int, list[float]] = defaultdict(lambda: [0.0, 0.0])
    judged = flagged = 0
    for judgement, root in scored:
        silent = not root.firsts
        for view, p in judgement.views.items():
            loss[view] -= math.log(max(p if silent else 1 - p, 1e-4))
        bucket = buckets[min(int(judgement.views["mix"] * 10), 9)]
        bucket[0] += judgement.views["mix"]
        bucket[1] += silent
        if judgement.deadline is not None:
            judged += 1
            flagged += root.first > judgement.deadline
    n = len(scored)
    return {view: total / n for view, total in loss.items()} | {
        "ece": sum(abs(p - s) for p, s in buckets.values()) / n,
        "judged": judged / n,
        "silent at deadline": flagged / max(judged, 1),
    }


def test_the_mix_is_no_worse_than_the_segments_rate_and_calibrated_on_a_slack() -> None:
    result = scores(Life(read(DATA / "dd2030_slack.jsonl.gz")))
    assert result["mix"] <= 0.97 * result["segment"], result
    assert result["mix"] < 0.50, result
    assert result["ece"] < 0.05, result


def test_where_nearly_everybody_is_answered_deadlines_keep_their_promise() -> None:
    result = scores(Life(read(DATA / "ubuntu_irc.jsonl.gz")))
    assert result["mix"] <= 1.02 * result["segment"], result
    assert result["ece"] < 0.02, result
    assert result["silent at deadline"] <= 1.2 * ALPHA, result
