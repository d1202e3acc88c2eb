"""Where silence is no news: segments of which too little is expected to tell, and what would make them tellable."""

from dataclasses import dataclass
from math import ceil, log
from typing import Any

from clickhouse_connect.driver.client import Client

from models.basis import MOSTLY
from pipeline.clickhouse.ask import ask

MUCH_MORE_REACH = 3.0
"""From so many times the members on, another way to ask is likelier to be found than the members."""

HOPELESS_REACH = 20.0
"""From so many times the members on, a number of members is no advice."""

_FORMATS = {
    "announcement": "something to answer: an announcement asks for nothing, a poll or a thumbs up does",
    **dict.fromkeys(
        ("question", "discussion", "share", "challenge"), "a shorter answer format, such as a poll or a thumbs up"
    ),
}


@dataclass(frozen=True)
class TooLittle:
    """A row of `too_little_to_tell` over all workspaces: a segment in which most prompts expect too little."""

    persona: str
    asset_type: str
    prompts: int
    too_little_to_tell: int
    silent_at_horizon: int
    expected_responders: float
    reach: float
    p_zero_horizon: float
    alpha: float
    borrowed: float | None
    hint: str


_QUERY = """
SELECT
    t.persona AS persona, t.asset_type AS asset_type, sum(t.prompts) AS prompts,
    sum(t.too_little_to_tell) AS too_little_to_tell, sum(t.silent_at_horizon) AS silent_at_horizon,
    sum(t.expected_responders * t.too_little_to_tell) / too_little_to_tell AS expected_responders,
    sum(t.reach * t.too_little_to_tell) / too_little_to_tell AS reach,
    sum(t.p_zero_horizon * t.too_little_to_tell) / too_little_to_tell AS p_zero_horizon,
    sum(t.alpha * t.too_little_to_tell) / too_little_to_tell AS alpha,
    sumIf(t.borrowed * t.too_little_to_tell, t.borrowed_from != '')
        / sumIf(t.too_little_to_tell, t.borrowed_from != '') AS borrowed
FROM {database}.too_little_to_tell AS t
WHERE ({source:String} = '' OR source = {source:String}) AND ({workspace:String} = '' OR workspace = {workspace:String})
GROUP BY persona, asset_type
HAVING too_little_to_tell * 2 > prompts
ORDER BY too_little_to_tell DESC, persona, asset_type
LIMIT {limit:UInt32}
"""


def read_too_little(client: Client, database: str, here: dict[str, Any]) -> list[TooLittle]:
    """Return the segments in which more than half of the prompts expect too little to tell, most prompts first."""
    return [
        TooLittle(
            **row,
            hint=hint(row["asset_type"], row["reach"], row["p_zero_horizon"], row["alpha"], row["borrowed"]),
        )
        for row in ask(client, database, _QUERY, here)
    ]


def hint(asset_type: str, reach: float, p_zero: float, alpha: float, borrowed: float | None) -> str:
    """Return what would make the prompts of a segment tellable.

    If members answer independently of each other, k times as many give silence the probability p_zero ** k, which
    falls to alpha at k = ln(alpha) / ln(p_zero). They do not quite, so the number is a lower bound.

    >>> hint("question", 40.0, 0.2, 0.1, 0.05)
    'more reach: at least 58 members instead of 40'
    >>> hint("question", 40.0, 0.8, 0.1, 0.05)
    'a shorter answer format, such as a poll or a thumbs up'
    >>> hint("question", 40.0, 0.8, 0.1, 0.7)
    'more history: 70% of the expectation is borrowed, its own prompts will tell'
    """
    if borrowed is not None and borrowed > MOSTLY:
        return f"more history: {borrowed:.0%} of the expectation is borrowed, its own prompts will tell"
    times = log(alpha) / log(min(p_zero, 1 - 1e-9))
    if times > MUCH_MORE_REACH and asset_type in _FORMATS:
        return _FORMATS[asset_type]
    if times > HOPELESS_REACH:
        return f"another ask: {HOPELESS_REACH:.0f} times the members would not be enough"
    return f"more reach: at least {max(ceil(reach * times), ceil(reach) + 1)} members instead of {reach:.0f}"
