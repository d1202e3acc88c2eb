"""The story: four weeks of a company's learning programme, the same for the same seed."""

from random import Random

from pipeline.simulate.engagement import respond, surround
from pipeline.simulate.journal import Journal
from pipeline.simulate.people import BOT, FACILITATORS, Person, hire
from pipeline.simulate.places import PLACES, seat
from pipeline.simulate.programme import PROGRAMME, AssetPlan
from pipeline.simulate.simulation import PromptTruth, Simulation, Truth
from pipeline.simulate.small_talk import chat
from pipeline.simulate.working_hours import DAY, HOUR, weekday
from schemas.errors import CricketsError

STORY_START = 1_767_571_200.0
"""2026-01-05 00:00 UTC, a Monday."""

_WEEK = 7 * DAY
_JITTER = 0.3 * HOUR  # nobody posts on the dot


class SimulationError(CricketsError):
    """The story cannot be told with these arguments."""


def simulate(seed: int = 1, start: float = STORY_START, weeks: int = 4) -> Simulation:
    """Tell the story: deliveries in order of time, the directory, and what is true.

    `start` is a Monday 00:00 UTC. The dead assets appear in the last week, so at least three weeks are needed: before
    somebody can be missed, it must be known that they use to come.
    """
    if start % DAY or weekday(int(start // DAY)) != 0 or start < _WEEK:
        msg = f"start must be a Monday 00:00 UTC (got {start}); try {STORY_START:.0f}"
        raise SimulationError(msg)
    if weeks < 3:
        msg = f"weeks must be at least 3 (got {weeks}): what is usual has to be learned first"
        raise SimulationError(msg)
    journal = Journal(seed, start, start + weeks * _WEEK)
    people = hire(seed)
    seated = seat(seed, people)
    _open_new_places(journal, Random(f"{seed}/new places"), seated, start + (weeks - 2) * _WEEK)
    prompts: list[PromptTruth] = []
    for plan in PROGRAMME:
        rng = Random(f"{seed}/prompts/{plan.asset_id}")
        for posted_at in _schedule(plan, rng, start, weeks):
            prompts.append(_prompt(journal, rng, plan, posted_at, seated))
    chat(journal, seed, people, seated)
    dead = {plan.asset_id: plan.dead for plan in PROGRAMME if plan.dead}
    healthy = frozenset(plan.asset_id for plan in PROGRAMME if not plan.dead)
    truth = Truth(dead, healthy, tuple(sorted(prompts, key=lambda prompt: prompt.message)))
    return Simulation(
        seed=seed,
        start=start,
        end=journal.end,
        deliveries=journal.deliveries(),
        people=(*people, *FACILITATORS),
        bot=BOT,
        places=PLACES,
        members={place: tuple(person.user for person in members) for place, members in seated.items()},
        briefs=tuple(plan.brief for plan in PROGRAMME),
        truth=truth,
    )


def _schedule(plan: AssetPlan, rng: Random, start: float, weeks: int) -> list[float]:
    """Return when an asset is posted."""
    which = range(weeks) if plan.week is None else [weeks + plan.week]
    return [
        start + week * _WEEK + day * DAY + hour * HOUR + rng.uniform(-_JITTER, _JITTER)
        for week in which
        for day, hour in plan.slots
    ]


def _prompt(
    journal: Journal, rng: Random, plan: AssetPlan, posted_at: float, seated: dict[str, tuple[Person, ...]]
) -> PromptTruth:
    """Post an asset once and let the channel meet it."""
    conversation = plan.place.conversation
    author = rng.choice(FACILITATORS)
    text = f"{plan.text} #asset:{plan.asset_id}" if plan.tagged else plan.text
    metadata = {} if plan.tagged else {"event_type": "crickets_asset", "event_payload": {"asset_id": plan.asset_id}}
    prompt = journal.post(posted_at, conversation, author.user, text, metadata=metadata)
    responders = respond(journal, rng, prompt, plan, seated[conversation])
    surround(journal, rng, prompt, plan)
    return PromptTruth(plan.asset_id, conversation, prompt.ts, prompt.time, frozenset(responders))


def _open_new_places(journal: Journal, rng: Random, seated: dict[str, tuple[Person, ...]], monday: float) -> None:
    """Open the new channels: on a Monday at ten a facilitator adds everybody at once."""
    inviter = FACILITATORS[0]
    for place in PLACES:
        if place.new:
            for person in seated[place.conversation]:
                time = monday + 10 * HOUR + rng.uniform(0, 120)
                journal.join(time, place.conversation, person.user, inviter.user)
