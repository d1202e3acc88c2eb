"""The life of a prompt: posted, answered or called silent, closed at the horizon."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Literal

from agents.effects import Effect, Send
from agents.track.facts import expectation_of, prompt_of, read_facts, read_moments
from agents.track.partition import PartitionState
from agents.track.postponing import Postponing
from agents.track.sensing import Sensing, Unseen
from agents.track.state import Facts, Life, Moments
from agents.track.viewing import Viewing
from models.features import rate_keys
from schemas.base import HOUR
from schemas.compiled import passed_on
from schemas.outcome import Status
from schemas.topic import Topic
from schemas.twins import BinPassed, HorizonReached, Outcome, Outlook, Verdict
from schemas.verdict import VerdictKind

Stage = Literal["posted", "first_response", "counted", "postponed", "deadline", "retracted", "closed", "unknown"]


class Lifecycle:
    """Moves prompts of one partition through their lives.

    Attributes
    ----------
    told
        What there is to tell of every step; whoever calls sends it with `take_told`.
    """

    def __init__(self, state: PartitionState, partition: int, postponing: Postponing, sensing: Sensing) -> None:
        self.state, self.partition, self.postponing, self.sensing = state, partition, postponing, sensing
        self.viewing = Viewing(state)
        self.epoch = postponing.epoch
        self.told: list[Effect] = []

    def opened(self, life: Life, facts: Facts, outlook: Outlook) -> None:
        """Tell of a new prompt, and this once of its outlook."""
        now = self.state.clock.time
        life.viewers = self.viewing.opened(facts)
        if facts.posted_at < now and self.sensing.look(facts, now, now).holes:
            life.bins_passed = bisect_right(facts.edges, now)  # who came in them has not come here yet
        self._outcome(life, facts, "posted", facts.posted_at, outlook)

    def fall_due(self, life: Life, moments: Moments, due: float) -> None:
        """Let a prompt live through what is due, and find out what is next."""
        while (following := life.next_due(moments)) <= due:
            if following < moments.horizon_at:
                self._step(life, moments, following)
            elif self._end(life, following):
                return
        self.state.deadlines.schedule(life, following)

    def pass_time(self, life: Life, until: float) -> None:
        """Let a prompt live through everything that was due before `until`, which may be ahead of the clock."""
        if life.due >= until:  # nothing is due earlier than that
            return
        moments = read_moments(life.facts)
        while (due := life.next_due(moments)) < until:
            if due < moments.horizon_at:
                self._step(life, moments, due)
            elif self._end(life, due):
                return
            self.state.touch(life)  # how far it has come does not follow from the clock

    def _step(self, life: Life, moments: Moments, due: float) -> None:
        observed = due <= self.state.clock.observed_until
        if life.deadline(moments) == due and not life.deadline_passed:
            if observed and not life.standing:
                self._judge(life, read_facts(life.facts), due)
            else:
                life.deadline_passed = True
        else:
            if observed:
                self._bin(life, moments, due, answered=False)
            life.bins_passed += 1

    def _judge(self, life: Life, facts: Facts, due: float) -> None:
        """Call a prompt silent at its deadline, unless it was to live through more than people did or than was seen."""
        now = max(due, self.state.clock.time)
        unseen = self.sensing.look(facts, due, now)
        if unseen.doubtful or not self.sensing.enough(facts, unseen, due, now):
            if unseen.holes:
                self._unknown(life, facts, due, unseen)
            pause = self.epoch if unseen.doubtful else self.sensing.pause
            life.postponed = min(now + pause, facts.horizon_at)
            self.state.touch(life)
            return
        later = self.postponing.later(facts, due)
        if later is None:
            life.deadline_passed = True
            self._silent(life, facts, due)
        else:
            life.postponed = later
            self._outcome(life, facts, "postponed", due)

    def _unknown(self, life: Life, facts: Facts, time: float, unseen: Unseen) -> None:
        """Tell once that nobody can say whether anybody came."""
        if life.status == "unknown":
            return
        life.status = "unknown"
        self._outcome(life, facts, "unknown", time)
        self._verdict(life, facts, "unknown", time, unseen)

    def _silent(self, life: Life, facts: Facts, time: float) -> None:
        life.flagged, life.status = True, "silent"
        self._outcome(life, facts, "deadline", time)
        self._verdict(life, facts, "silent", time)

    def responded(self, life: Life, time: float) -> None:
        """Settle what the standing responses mean, after one came or was taken back."""
        self.state.touch(life)
        if life.closed:
            return
        answered = life.standing
        unknown = life.status == "unknown"
        status: Status = "unknown" if unknown else "open"  # another one if it is the first that answers
        if answered:
            status = "revived" if life.flagged else "answered"
        elif life.flagged:
            status = "silent"
        if status == life.status:
            self.state.untold.add(life.prompt_id)
            return
        facts = read_facts(life.facts)
        if answered and not life.answered:
            life.answered = True
            bins, edges = life.bins_passed, facts.edges
            if bins < len(edges) and time <= edges[bins] and (bins == 0 or time > edges[bins - 1]):
                self._bin(life, facts, time, answered=True)
        life.status = status
        if answered:
            self._outcome(life, facts, "first_response", time)
            if life.flagged or unknown:
                self._verdict(life, facts, "revived", time)
        elif not life.flagged and life.deadline_passed:
            self._silent(life, facts, time)
        else:
            self._outcome(life, facts, "retracted", time)
            if life.flagged:
                self._verdict(life, facts, "silent", time)

    def count(self, time: float) -> Iterator[Effect]:
        """Tell of prompts to which more came, or less, than was told: once an epoch, however many respond."""
        for prompt_id in sorted(self.state.untold):
            life = self.state.prompts.get(prompt_id)
            if life is not None and not life.closed and life.counts != life.told:
                self._outcome(life, read_facts(life.facts), "counted", time)
                yield from self.take_told()
        self.state.untold.clear()

    def withdraw(self, life: Life, time: float) -> None:
        """End a prompt that was deleted; it stays in the state, so that a late copy of it does not open it again."""
        self.pass_time(life, time)
        if life.closed:
            return
        told = life.flagged or life.status == "unknown"
        life.closed, life.status = True, "withdrawn"
        facts = read_facts(life.facts)
        self._outcome(life, facts, "closed", time)
        if told:
            self._verdict(life, facts, "withdrawn", time)

    def _end(self, life: Life, due: float) -> bool:
        """Close a prompt at its horizon; return False when that has to wait until more of its life is known.

        What was not seen of it is waited for as long again as it was open; then it stays unknown, and nothing is told.
        One that was answered waits alike: what is learned from must not depend on who came, or it would bias.
        """
        facts = read_facts(life.facts)
        unseen = False
        if not life.closed and facts.horizon_at <= self.state.clock.observed_until:
            now = max(due, self.state.clock.time)
            look = self.sensing.look(facts, facts.horizon_at, now)
            unseen = bool(look.holes)
            waits = due < 2 * facts.horizon_at - facts.posted_at
            if waits and (look.doubtful or unseen):
                if unseen and not (life.standing or life.flagged):
                    self._unknown(life, facts, facts.horizon_at, look)
                life.held = now + (self.epoch if look.doubtful else self.sensing.pause)
                self.state.touch(life)
                return False
            if not (unseen or life.standing) and (life.held is not None or life.status == "unknown"):
                self._judge_late(life, facts)
        if life.status != "unknown" or not unseen:
            self._close(life, facts, unseen=unseen)
        self.state.remove(life)
        return True

    def _judge_late(self, life: Life, facts: Facts) -> None:
        """Judge a prompt of which everything is known by now, its horizon having passed."""
        if life.flagged or facts.deadline is None or facts.deadline >= facts.horizon_at:
            return
        if self.postponing.later(facts, facts.horizon_at) is None:
            life.deadline_passed, life.postponed = True, None
            self._silent(life, facts, facts.horizon_at)

    def _close(self, life: Life, facts: Facts, *, unseen: bool) -> None:
        if life.closed:
            return
        time = facts.horizon_at
        observed = time <= self.state.clock.observed_until and not unseen
        responders = life.responders
        if not responders and not life.flagged:
            life.status = "expired" if observed else "censored"
        life.closed = True
        if observed and not life.answered and life.bins_passed < len(facts.edges):
            self._bin(life, facts, time, answered=False)  # the last one, cut at the horizon
        self._outcome(life, facts, "closed", time, observed=observed)
        if not observed:
            return  # nobody knows what would have come: nothing is learned and nobody is called dead
        if life.status == "expired":
            self._verdict(life, facts, "expired", time)
        first = min(responders.values(), default=None)
        prompt = prompt_of(life.prompt_id, facts)
        value = HorizonReached(
            id=f"{life.prompt_id}#horizon",
            workspace=facts.workspace,
            time=self._told_at(time),
            prompt_id=life.prompt_id,
            silent=not responders,
            responders=len(responders),
            reach=sum(facts.reach.values()),
            first_response_hours=None if first is None else (first - facts.posted_at) / HOUR,
            responders_by_persona=life.by_persona(responders),
            features=passed_on(facts.features),
            views=facts.views,
            keys=rate_keys(prompt, facts.length),
            since=facts.posted_at,
        )
        self._tell(Topic.OBSERVATIONS, life, value)

    # ---- what is told

    def take_told(self) -> Iterator[Effect]:
        """Give what there is to tell, once."""
        yield from self.told
        self.told.clear()

    def _tell(self, topic: str, life: Life, value: Any) -> None:
        self.told.append(Send(topic, life.prompt_id, value))

    def _told_at(self, time: float) -> float:
        clock = self.state.clock
        return time if time >= clock.time else max(time, clock.reached(self.epoch))

    def _bin(self, life: Life, moments: Moments, time: float, *, answered: bool) -> None:
        value = BinPassed(
            id=f"{life.prompt_id}#{life.bins_passed}",
            workspace=moments.workspace,
            time=self._told_at(time),
            bin=life.bins_passed,
            answered=answered,
            features=passed_on(moments.features),
        )
        self._tell(Topic.OBSERVATIONS, life, value)

    def _outcome(
        self,
        life: Life,
        facts: Facts,
        stage: Stage,
        time: float,
        outlook: Outlook | None = None,
        *,
        observed: bool = True,
    ) -> None:
        self.state.touch(life)
        responders, responses = life.tally()
        life.version += 1
        life.told = len(responders), responses
        value = Outcome(
            stage=stage,
            time=time,
            version=life.version,
            prompt=prompt_of(life.prompt_id, facts),
            expectation=expectation_of(facts, life.deadline(facts)),
            status=life.status,
            flagged=life.flagged,
            responders=len(responders),
            responses=responses,
            responders_by_persona=life.by_persona(responders),
            responders_by_bin=_by_bin(responders.values(), facts.edges) if responders else (),
            first_response_at=min(responders.values()) if responders else None,
            viewers=life.viewed_by,
            closed=life.closed,
            observed=observed and time <= self.state.clock.observed_until,
            partition=self.partition,
            told_at=self._told_at(time),
            outlook=outlook,
        )
        self._tell(Topic.OUTCOMES, life, value)

    def _verdict(
        self, life: Life, facts: Facts, verdict: VerdictKind, time: float, unseen: Unseen | None = None
    ) -> None:
        responders = life.responders
        value = Verdict(
            verdict=verdict,
            subject=life.prompt_id,
            time=time,
            told_at=self._told_at(time),
            version=life.version,
            prompt=prompt_of(life.prompt_id, facts),
            expectation=expectation_of(facts, life.deadline(facts)),
            responders=len(responders),
            responders_by_persona=life.by_persona(responders),
            viewers=life.viewed_by,
            unseen_since=unseen and unseen.since,
            unseen_until=unseen and unseen.until,
        )
        self._tell(Topic.VERDICTS, life, value)


def _by_bin(moments: Iterable[float], edges: Sequence[float]) -> tuple[int, ...]:
    """Count responders by the age bin in which they came; what came after the last one was in time, too."""
    counts, last = [0] * len(edges), len(edges) - 1
    for moment in moments:
        counts[min(bisect_left(edges, moment), last)] += 1
    return tuple(counts)
