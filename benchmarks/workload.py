"""The workload: events of a busy workspace, the same for everybody who is measured.

Three parts, all from one seed. `preload()`: 20,000 prompts that are open when the clock starts, spread over the
seven days of the horizon, seven of ten with one responder. `measured(n)`: the events that are timed. `ending()`: a
moment behind them at which everything is counted.

Where the shares come from. In the public archive dd2030_slack (22,087 human messages and reactions) roots are 14 % of
the events, replies 22 % and reactions 65 %; 33 % of the roots got no response, and a text has 131 characters on
average (`python -m benchmarks.archive_shares FILE` counts any such archive). There every root can be answered. A
workspace that Crickets watches is mostly talk, with few prompts among it, and that is what is timed here:

- 0.5 % new prompts, tagged with an asset; 30 % of them are never answered;
- 10 % responses to open prompts, half replies and half reactions: most to those of the last hours, the others to any;
- 89.5 % talk: a quarter roots, a quarter replies, half reactions, to roots of the last minutes that are no prompts.

A larger share of roots than in the archive, because they are the largest events. 5,000 members in 500 conversations,
80 in each, few of them busy; 23,810 events an hour of event time, so that as many prompts open as close.

The mix `prompts` is the hardest case: the same events, but every root is a prompt (`CRICKETS_PROMPTS__EVERY_ROOT`), so
that all talk is responses.
"""

from bisect import bisect_right
from collections import Counter, deque
from collections.abc import Iterator
from itertools import accumulate
from math import log
from random import Random
from typing import Literal, NamedTuple

from schemas.asset import AssetType
from schemas.base import HOUR
from schemas.event import Authored, MessagePosted, ReactionAdded, Traits
from schemas.ids import conversation_key, event_id, prompt_id, pseudonym

Mix = Literal["talk", "prompts"]

SOURCE, WORKSPACE = "slack", "T0BENCH"
START = 489_000 * HOUR
"""When the measured part begins: the start of an epoch."""
FIRST = 120.0
"""Seconds after the beginning at which the first measured event happens: behind the lateness, so that it passes it."""
HORIZON = 168 * HOUR
OPEN = 20_000
MEMBERS, CONVERSATIONS, IN_CONVERSATION = 5_000, 500, 80
PROMPTS, RESPONSES = 0.005, 0.1
ROOTS, REPLIES = 0.25, 0.25  # of the talk; the rest are reactions
NEVER_ANSWERED = 0.3
EMOJI = ("thumbsup", "heart", "tada", "eyes", "raised_hands", "white_check_mark", "joy", "fire")
ASKS = (AssetType.THUMBS_UP, AssetType.QUESTION, AssetType.DISCUSSION, AssetType.POLL, AssetType.SHARE)


class Root(NamedTuple):
    """A root message, as far as what follows it needs it."""

    conversation: int
    message: str
    author: str
    time: float
    answerable: bool


class Truth:
    """What is true of all events given out so far, whoever counts them."""

    def __init__(self) -> None:
        self.kinds: Counter[str] = Counter()
        self.responders: dict[str, set[str]] = {}
        """Prompt -> its responders."""

    @property
    def events(self) -> int:
        """Return how many events there were."""
        return self.kinds.total()

    @property
    def counts(self) -> dict[str, int]:
        """Return how many responders each prompt has."""
        return {prompt: len(members) for prompt, members in self.responders.items()}


class Workload:
    """Seeded events, in the order of their time; take `preload` first, then `measured`.

    Parameters
    ----------
    mix
        `talk` or `prompts`, see above.
    open_prompts
        How many prompts are open when the measured part begins; as many an hour open in it as close then.
    seconds_between
        Event time between two measured events; None: as many prompts open as close.
    """

    def __init__(
        self, seed: int = 4, mix: Mix = "talk", open_prompts: int = OPEN, seconds_between: float | None = None
    ) -> None:
        self.mix, self.open_prompts = mix, open_prompts
        self.seconds_between = HORIZON * PROMPTS / open_prompts if seconds_between is None else seconds_between
        self.truth = Truth()
        self.time = START
        self._random = Random(seed)
        self._members = [pseudonym(b"benchmark-key-00", WORKSPACE, f"U{n}") for n in range(MEMBERS)]
        self._names = [f"C0BENCH{n:04d}" for n in range(CONVERSATIONS)]
        self._inside = [self._random.sample(self._members, IN_CONVERSATION) for _ in self._names]
        self._busy_conversations = _cumulative(CONVERSATIONS, 10)
        self._busy_members = _cumulative(IN_CONVERSATION, 3)
        self._open: list[Root] = []
        self._talk: deque[Root] = deque(maxlen=400)

    def key(self, event: Authored) -> bytes:
        """Return the partition key."""
        return conversation_key(event.source, event.conversation)

    def preload(self) -> Iterator[MessagePosted | ReactionAdded]:
        """Give the prompts that are open at the start, and the first responders of most of them, in order."""
        begin, gap = START - HORIZON + 1.0, (HORIZON - HOUR) / self.open_prompts
        waiting: deque[tuple[float, Root]] = deque()
        for n in range(self.open_prompts):
            self.time = begin + n * gap
            while waiting and waiting[0][0] <= self.time:
                yield self._react(*reversed(waiting.popleft()))
            root, event = self._root(self.time, prompt=True)
            yield event
            if root.answerable:
                waiting.append((self.time + 1800.0 + self._random.random() * gap, root))
        for due, root in waiting:
            yield self._react(root, due)

    def measured(self, events: int, begin: float = START) -> Iterator[MessagePosted | ReactionAdded]:
        """Give the events that are timed; the first two minutes after `begin`."""
        for n in range(events):
            self.time = begin + FIRST + n * self.seconds_between
            chance = self._random.random()
            if chance < PROMPTS:
                yield self._root(self.time, prompt=True)[1]
            elif chance < PROMPTS + RESPONSES:
                yield self._respond(self._prompt())
            else:
                yield self._chat()

    def ending(self) -> float:
        """Return a moment at which everything so far has been counted and told: the end of the epoch."""
        return (self.time // HOUR + 1) * HOUR

    # ---- single events

    def _chat(self) -> MessagePosted | ReactionAdded:
        chance = self._random.random()
        if chance < ROOTS or not self._talk:
            return self._root(self.time, prompt=False)[1]
        root = self._talk[-1 - int(len(self._talk) * self._random.random() ** 2)]
        return self._reply(root) if chance < ROOTS + REPLIES else self._react(root, self.time)

    def _respond(self, root: Root) -> MessagePosted | ReactionAdded:
        return self._reply(root) if self._random.random() < 0.5 else self._react(root, self.time)

    def _prompt(self) -> Root:
        """Choose an open prompt that people answer: seven of ten times one of the latest."""
        oldest = bisect_right(self._open, self.time - HORIZON + HOUR / 2, key=lambda root: root.time)
        count = len(self._open) - oldest
        while True:
            if self._random.random() < 0.7:
                back = int(-log(1.0 - self._random.random()) * 0.03 * count)
            else:
                back = int(self._random.random() * count)
            root = self._open[len(self._open) - 1 - min(back, count - 1)]
            if root.answerable:
                return root

    def _root(self, time: float, *, prompt: bool) -> tuple[Root, MessagePosted]:
        random = self._random
        conversation = _pick(self._busy_conversations, random)
        author, message = self._member(conversation), f"{time:.6f}"
        root = Root(conversation, message, author, time, random.random() >= NEVER_ANSWERED)
        if prompt:
            self._open.append(root)
        else:
            self._talk.append(root)
        if prompt or self.mix == "prompts":
            self.truth.responders[prompt_id(SOURCE, self._names[conversation], message)] = set()
        return root, self._message(root, None, author, message, prompt=prompt)

    def _reply(self, root: Root) -> MessagePosted:
        author = self._other(root)
        self._count(root, author)
        return self._message(root, root.message, author, f"{self.time:.6f}", prompt=False)

    def _message(self, root: Root, thread: str | None, author: str, message: str, *, prompt: bool) -> MessagePosted:
        random, conversation = self._random, self._names[root.conversation]
        traits = Traits(
            length=max(1, int(random.expovariate(1 / 131))),
            question=random.random() < 0.14,
            mentions=int(random.random() < 0.2),
            link=random.random() < 0.25,
            ask=random.choice(ASKS) if prompt else None,
        )
        self.truth.kinds["message_posted"] += 1
        return MessagePosted(
            event_id=event_id(SOURCE, conversation, "message", message),
            source=SOURCE,
            workspace=WORKSPACE,
            conversation=conversation,
            time=float(message),
            author=author,
            message=message,
            thread=thread,
            traits=traits,
            asset_id=f"asset-{random.randrange(400):03d}" if prompt else None,
        )

    def _react(self, root: Root, time: float) -> ReactionAdded:
        conversation, author = self._names[root.conversation], self._other(root)
        reaction, when = self._random.choice(EMOJI), f"{time:.6f}"
        self._count(root, author)
        self.truth.kinds["reaction_added"] += 1
        return ReactionAdded(
            event_id=event_id(SOURCE, conversation, "reaction_added", root.message, author, reaction, when),
            source=SOURCE,
            workspace=WORKSPACE,
            conversation=conversation,
            time=float(when),
            author=author,
            message=root.message,
            reaction=reaction,
        )

    def _count(self, root: Root, author: str) -> None:
        responders = self.truth.responders.get(prompt_id(SOURCE, self._names[root.conversation], root.message))
        if responders is not None:
            responders.add(author)

    def _member(self, conversation: int) -> str:
        return self._inside[conversation][_pick(self._busy_members, self._random)]

    def _other(self, root: Root) -> str:
        while (author := self._member(root.conversation)) == root.author:
            pass
        return author


def _cumulative(number: int, flat: int) -> list[float]:
    """Return cumulated weights 1 / (flat + rank): a few are busy, most are not."""
    return list(accumulate(1 / (flat + rank) for rank in range(number)))


def _pick(cumulative: list[float], random: Random) -> int:
    return min(bisect_right(cumulative, random.random() * cumulative[-1]), len(cumulative) - 1)
