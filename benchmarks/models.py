"""How fast the models are: judgements and learning steps a second of CPU time, beside River's logistic regression.

The models are taught 3,000 prompts of 60 authors in 20 channels first, so that they know what a worker's know. A
learning step is what one observation teaches: an age bin that has passed (about eight a prompt), or a horizon.
"""

import random
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from benchmarks.entry import Entry, progress
from models.challengers import challengers
from models.expectations import Expectations
from models.judgement import Judgement
from models.pulse import Pulse
from schemas.asset import AssetType
from schemas.event import Traits
from schemas.observation import Activity, BinPassed, HorizonReached
from schemas.outcome import Prompt, Surroundings

TAUGHT, MEASURED = 3_000, 2_000
START, MINUTE, DAY = 1_767_571_200.0, 60.0, 86_400.0
ALPHA, HORIZON_HOURS = 0.1, 168.0
JUDGEMENTS, STEPS = "judgements per CPU second", "learning steps per CPU second"

Posted = tuple[Prompt, Traits, Pulse]


async def measure(servers: str, folder: Path, rounds: int) -> list[Entry]:  # noqa: ARG001 - needs no broker
    """Measure judging and learning."""
    model, posted, rng = Expectations(), prompts(TAUGHT + MEASURED), random.Random(5)
    for prompt, traits, pulse in posted[:TAUGHT]:
        judged = model.judge(prompt, traits, ALPHA, HORIZON_HOURS, pulse)
        bins, horizon = lessons(prompt, judged, rng)
        for lesson in bins:
            model.learn_bin(lesson)
        model.learn_horizon(horizon)
        model.learn_activity(_activity(prompt), {})
    twin = Expectations.from_values(model.everything())
    river = challengers()["logistic"]
    new = posted[TAUGHT:]
    found: dict[tuple[str, str], list[float]] = {}

    def took(name: str, unit: str, work: Callable[[Any], Any], items: Iterable[Any]) -> None:
        items = list(items)
        began = time.process_time()
        for item in items:
            work(item)
        found.setdefault((f"models/{name}", unit), []).append(len(items) / (time.process_time() - began))

    for number in range(1, rounds + 1):
        judged_now = [twin.judge(prompt, traits, ALPHA, HORIZON_HOURS, pulse) for prompt, traits, pulse in new]
        told = [lessons(prompt, judged, rng) for (prompt, _, _), judged in zip(new, judged_now, strict=True)]
        took("judge", JUDGEMENTS, lambda one: twin.judge(one[0], one[1], ALPHA, HORIZON_HOURS, one[2]), new)
        took("river-logistic", JUDGEMENTS, lambda one: river.p_zero(one.features), judged_now)
        took("age-bin", STEPS, model.learn_bin, (bin for bins, _ in told for bin in bins))
        horizons = [horizon for _, horizon in told]
        took("horizon", STEPS, model.learn_horizon, horizons)
        took("river-logistic", STEPS, lambda one: river.learn_one(one.features, one.silent, one.responders), horizons)
        said = ", ".join(f"{name} {values[-1]:,.0f}" for (name, _), values in found.items())
        progress(f"  round {number}, a second: {said}")
    return [Entry.of(name, unit, values) for (name, unit), values in found.items()]


def prompts(number: int, seed: int = 4) -> list[Posted]:
    """Return prompts in the order of posting, with what was kept of their text."""
    rng, kinds, personas = random.Random(seed), list(AssetType), ("newcomer", "regular", "core")
    found = []
    for n in range(number):
        channel, persona = f"C{rng.randrange(20)}", rng.choice(personas)
        prompt = Prompt(
            prompt_id=f"slack:{channel}:{n}",
            source="slack",
            conversation=channel,
            message=str(n),
            author=f"m_{rng.randrange(60)}",
            posted_at=START + n * 30 * MINUTE,
            asset_id=f"asset-{n % 40}",
            asset_type=rng.choice(kinds),
            persona=persona,
            reach={persona: rng.randrange(5, 80), "core": rng.randrange(1, 20)},
            surroundings=Surroundings(
                active_members=rng.randrange(5, 60),
                channel_members=100,
                channel_age_hours=24.0 * rng.randrange(1, 400),
                competing_prompts=rng.randrange(6),
                earlier_prompts=rng.randrange(4),
            ),
        )
        traits = Traits(
            length=rng.randrange(5, 900),
            question=rng.random() < 0.5,
            mentions=rng.randrange(3),
            link=rng.random() < 0.3,
        )
        pulse = Pulse(
            quiet_minutes=rng.expovariate(1 / 200),
            lively_minutes=rng.expovariate(1 / 3),
            members_lately=rng.randrange(20),
            away_days=rng.choice((0, 0, 1, 3, 9, None)),
        )
        found.append((prompt, traits, pulse))
    return found


def lessons(prompt: Prompt, judged: Judgement, rng: random.Random) -> tuple[list[BinPassed], HorizonReached]:
    """Let a prompt live as long as it was expected to, and return what that teaches."""
    silent_until = rng.random()
    first = next((bin for bin, p_zero in enumerate(judged.curve) if p_zero < silent_until), None)
    last = len(judged.edges) - 1 if first is None else first
    bins = [
        BinPassed(
            id=f"{prompt.prompt_id}/{bin}", time=prompt.posted_at, bin=bin, answered=bin == first,
            features=judged.features,
        )
        for bin in range(last + 1)
    ]  # fmt: skip
    horizon = HorizonReached(
        id=prompt.prompt_id,
        time=prompt.posted_at + 7 * DAY,
        prompt_id=prompt.prompt_id,
        silent=first is None,
        responders=0 if first is None else rng.randrange(1, 6),
        reach=sum(prompt.reach.values()),
        first_response_hours=None if first is None else judged.edges[first] / 3600.0,
        features=judged.features,
        views=judged.views,
        keys=judged.keys,
    )
    return bins, horizon


def _activity(prompt: Prompt) -> Activity:
    return Activity(
        id=prompt.prompt_id,
        time=prompt.posted_at,
        source=prompt.source,
        conversation=prompt.conversation,
        members={prompt.author: 2},
    )
