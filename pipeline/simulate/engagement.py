"""What a prompt meets: responses of the members, and what does not count as one."""

from dataclasses import dataclass
from random import Random

from pipeline.simulate.journal import Journal
from pipeline.simulate.payload import Message
from pipeline.simulate.people import BOT, FACILITATORS, PERSONAS, Person
from pipeline.simulate.programme import AssetPlan
from pipeline.simulate.working_hours import DAY, HOUR
from schemas.asset import AssetType

_PROPENSITY = {persona.name: persona.responds for persona in PERSONAS}
_GUEST = 0.3  # how readily somebody responds to what is not meant for them
_LAG_SPREAD = 1.1  # standard deviation of the lag's logarithm
_SOONEST = 20.0
_HORIZON = 6.9 * DAY


@dataclass(frozen=True)
class _Manner:
    """How people respond to a type of asset: how soon (median, working hours), by replying or reacting."""

    lag: float
    replies: float
    reactions: tuple[str, ...]


_MANNERS = {
    AssetType.THUMBS_UP: _Manner(0.6, 0.08, ("+1", "+1", "+1", "raised_hands")),
    AssetType.QUESTION: _Manner(0.8, 0.8, ("eyes", "thinking_face", "+1")),
    AssetType.POLL: _Manner(0.6, 0.04, ("one", "two", "three")),
    AssetType.DISCUSSION: _Manner(2.0, 0.85, ("eyes", "100")),
    AssetType.SHARE: _Manner(2.0, 0.75, ("tada", "clap")),
    AssetType.CHALLENGE: _Manner(2.5, 0.75, ("muscle", "fire")),
    AssetType.ANNOUNCEMENT: _Manner(1.0, 0.1, ("eyes", "tada")),
}

_ANSWERS = (
    "I would start with a question.",
    "Mine: ask what changed since last time.",
    "Had that last week, a short note helped.",
    "Not sure, but I would try the simple way first.",
    "Same here.",
    "We did this in our team and it worked.",
)


def respond(journal: Journal, rng: Random, prompt: Message, plan: AssetPlan, members: tuple[Person, ...]) -> set[str]:
    """Let the members of the channel meet a prompt and return those with a response that stands."""
    manner = _MANNERS[plan.asks]
    standing: set[str] = set()
    for person in members:
        if person.persona is None or plan.dead:
            continue
        propensity = _PROPENSITY[person.persona][plan.asks] * person.activity
        if person.persona not in plan.brief.personas:
            propensity *= _GUEST
        if rng.random() >= min(0.95, propensity):
            continue
        lag = max(_SOONEST, manner.lag * HOUR * rng.lognormvariate(0.0, _LAG_SPREAD))
        time = person.hours.after(prompt.time, lag)
        # What would come after the story's end or the horizon does not come at all.
        if time < min(journal.end, prompt.time + _HORIZON) and _answer(journal, rng, prompt, manner, person, time):
            standing.add(person.user)
    return standing


def _answer(journal: Journal, rng: Random, prompt: Message, manner: _Manner, person: Person, time: float) -> bool:
    """Let somebody reply, react or both, and sometimes think better of it; say whether a response stands."""
    replies = rng.random() < manner.replies
    stands = replies and _reply(journal, rng, prompt, person, time)
    if not replies or rng.random() < 0.2:
        later = time + (rng.uniform(5, 90) if replies else 0)
        reaction = rng.choice(manner.reactions)
        journal.react(later, prompt, person.user, reaction)
        taken_back = later + rng.uniform(90, 1200)
        if rng.random() < 0.04 and taken_back < journal.end:
            journal.react(taken_back, prompt, person.user, reaction, removed=True)
        else:
            # At the very end a reaction may fall behind the story's last second.
            stands = stands or later < journal.end
    return stands


def _reply(journal: Journal, rng: Random, prompt: Message, person: Person, time: float) -> bool:
    text = rng.choice(_ANSWERS)
    if rng.random() < 0.03:
        text = f"<@{BOT.user}> {text}"
    reply = journal.post(time, prompt.conversation, person.user, text, root=prompt, broadcast=rng.random() < 0.04)
    later = time + rng.uniform(90, 1500)
    fate = rng.random()
    if fate < 0.04 and later < journal.end:
        journal.delete(later, reply)
        return False
    if fate < 0.11:
        journal.edit(later, reply, f"{text} (Corrected.)")
    return True


def surround(journal: Journal, rng: Random, prompt: Message, plan: AssetPlan) -> None:
    """Add what is no response: the author's own words, staff, the bot, a corrected text, a link's preview.

    A dead asset gets all of it: whoever counts any of these sees life where none is.
    """
    author = next(person for person in FACILITATORS if person.user == prompt.user)
    others = [person for person in FACILITATORS if person != author]
    if "https://" in prompt.text:
        journal.edit(prompt.time + 60 + rng.uniform(0, 5), prompt, prompt.text)
    if plan.dead or rng.random() < 0.1:
        prompt = journal.edit(prompt.time + rng.uniform(70, 300), prompt, f"{prompt.text} Thank you.")
    if plan.dead or rng.random() < 0.2:
        time = author.hours.after(prompt.time, rng.uniform(2, 5) * HOUR)
        journal.post(time, prompt.conversation, author.user, "Any thoughts on this one?", root=prompt)
    if plan.dead or rng.random() < 0.2:
        colleague = rng.choice(others)
        time = colleague.hours.after(prompt.time, rng.uniform(0.2, 3) * HOUR)
        journal.react(time, prompt, colleague.user, "+1")
    if plan.dead or rng.random() < 0.15:
        journal.post(
            prompt.time + rng.uniform(30, 90), prompt.conversation, BOT.user, "Added to the list.", root=prompt
        )
