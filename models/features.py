"""Features of a prompt: what was known when it was posted."""

from functools import lru_cache
from math import log1p, log2
from zlib import crc32

from models.log_odds import log_odds
from models.pulse import UNKNOWN, Pulse
from models.segment_rate import SegmentRate
from schemas.base import HOUR
from schemas.event import Traits
from schemas.outcome import Prompt

CHANNEL_BUCKETS = 64
AUTHOR_BUCKETS = 256
_LONG = 300
_FINE = 1e5
"""Values are cut to five decimals: they are kept as text with every open prompt, and told with every age bin."""

_STRANGER = 1.0
"""What being away amounts to for whoever was never seen in a conversation: more than four weeks do."""

MEASURES = (
    "author",
    "channel",
    "segment",
    "place",
    "reach",
    "length",
    "mentions",
    "burst",
    "active",
    "channel age",
    "earlier",
    "author wrote",
    "quiet",
    "lively",
    "lately",
    "away",
)
"""The features that are amounts; the others say that something holds."""


@lru_cache(maxsize=20_000)
def bucket(kind: str, name: str, buckets: int) -> str:
    """Return the feature that stands for a name of a kind and others: the same in every process, unlike `hash`.

    >>> bucket("channel", "C1", 64)
    'channel=3'
    """
    return f"{kind}={crc32(name.encode()) % buckets}"


def programme_key(place: str, persona: str) -> str:
    """Return the key of what a workspace asks of a persona; only how many prompts those are is asked.

    >>> programme_key("slack:T1", "sales")
    'slack:T1/sales'
    """
    return f"{place}/{persona}"


def rate_keys(prompt: Prompt, length: int) -> dict[str, str]:
    """Return under which keys the silence of a prompt of so many characters is counted: kind -> key.

    A `place` is a conversation with the kind of message: short questions of one channel, long announcements of another.
    """
    channel = f"{prompt.source}:{prompt.conversation}"
    size = "long" if length > _LONG else "short"
    return {
        "author": prompt.author,
        "channel": channel,
        "segment": prompt.segment,
        "asset_type": prompt.asset_type.value,
        "persona": prompt.persona,
        "programme": programme_key(prompt.place, prompt.persona),
        "asset": prompt.asset,
        "place": f"{channel}|{prompt.asset_type.value}|{size}",
    }


def prompt_features(
    prompt: Prompt, traits: Traits, rates: SegmentRate, keys: dict[str, str], pulse: Pulse = UNKNOWN
) -> dict[str, float]:
    """Return the features of a prompt, the ones that are 0 left out.

    Scales are chosen so that all are around 1 or below: the learners take the same step for each.

    Parameters
    ----------
    prompt, traits
        The prompt, and what was kept of its text.
    rates
        Rates of silence as known now.
    keys
        The prompt's keys, see `rate_keys`.
    pulse
        How lively its conversation was.
    """
    around = prompt.surroundings
    author, channel, segment, place = rates.rates(keys, ("author", "channel", "segment", "place"))
    hours = int(prompt.posted_at // HOUR)
    written = rates.count("author", keys["author"])
    amounts = {
        "author": log_odds(author, 1e-3) / 3,
        "channel": log_odds(channel, 1e-3) / 3,
        "segment": log_odds(segment, 1e-3) / 3,
        "place": log_odds(place, 1e-3) / 3,
        "reach": log1p(sum(prompt.reach.values())) / 5,
        "length": log1p(traits.length) / 7,
        "mentions": log1p(traits.mentions),
        "burst": log1p(around.competing_prompts) / 3,
        "active": log1p(around.active_members) / 5,
        "channel age": log1p(around.channel_age_hours / 24) / 6,
        "earlier": log1p(around.earlier_prompts) / 3,
        "author wrote": log1p(written) / 5,
    }
    if pulse.quiet_minutes is not None:
        amounts["quiet"] = log1p(pulse.quiet_minutes) / 10
        amounts["lively"] = log1p(pulse.lively_minutes) / 4
        amounts["lately"] = log1p(pulse.members_lately) / 4
        amounts["away"] = _STRANGER if pulse.away_days is None else log1p(pulse.away_days) / 4
    x = {name: int(value * _FINE) / _FINE for name, value in amounts.items() if value}
    x["bias"] = 1.0
    x[f"type={keys['asset_type']}"] = 1.0
    x[f"persona={prompt.persona}"] = 1.0
    x[bucket("channel", keys["channel"], CHANNEL_BUCKETS)] = 1.0
    x[bucket("author", prompt.author, AUTHOR_BUCKETS)] = 0.5
    x[bucket("place", keys["place"], CHANNEL_BUCKETS)] = 1.0
    x[f"length={int(log2(1 + traits.length))}"] = 1.0
    x[f"hours={hours % 24 // 4}"] = 1.0
    x[f"weekday={hours // 24 % 7}"] = 1.0
    if written < 1:
        x["author new"] = 1.0
    for trait in ("question", "broadcast", "link", "code", "file"):
        if getattr(traits, trait):
            x[trait] = 1.0
    return x
