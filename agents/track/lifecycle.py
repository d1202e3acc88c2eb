"""The life of a prompt: posted, answered or called silent, closed at the horizon."""

from collections.abc import Iterator
from typing import Literal

from agents.effects import Effect, Send
from agents.track.partition import PartitionState
from agents.track.state import OpenPrompt
from schemas.base import HOUR
from schemas.observation import BinPassed, HorizonReached
from schemas.outcome import Outcome, Status
from schemas.topic import Topic
from schemas.verdict import Verdict, VerdictKind

Stage = Literal["posted", "first_response", "counted", "deadline", "retracted", "closed"]


class Lifecycle:
    """Moves prompts of one partition through their lives and tells of every step."""

    def __init__(self, state: PartitionState, partition: int, epoch: float) -> None:
        self.state, self.partition, self.epoch = state, partition, epoch

    def opened(self, opened: OpenPrompt) -> Iterator[Effect]:
        """Tell of a new prompt."""
        yield self._outcome(opened, "posted", opened.prompt.posted_at)

    def pass_time(self, identity: str, until: float, *, inclusive: bool) -> Iterator[Effect]:
        """Let a prompt live through everything that was due before `until` (and at it)."""
        opened = self.state.prompts.get(identity)
        if opened is None:
            return
        while (due := opened.next_due()) < until or (inclusive and due == until):
            self.state.touch("prompt", identity, opened)
            if due >= opened.horizon_at:
                yield from self._close(opened)
                self.state.remove_prompt(identity)
                return
            yield from self._step(opened, due)

    def _step(self, opened: OpenPrompt, due: float) -> Iterator[Effect]:
        observed = due <= self.state.clock.observed_until
        if opened.expectation.deadline == due and not opened.deadline_passed:
            opened.deadline_passed = True
            if observed and not opened.responses.standing:
                yield from self._silent(opened, due)
        else:
            if observed:
                yield self._bin(opened, due, answered=False)
            opened.bins_passed += 1

    def _silent(self, opened: OpenPrompt, time: float) -> Iterator[Effect]:
        opened.flagged, opened.status = True, "silent"
        yield self._outcome(opened, "deadline", time)
        yield self._verdict(opened, "silent", time)

    def responded(self, opened: OpenPrompt, time: float) -> Iterator[Effect]:
        """Settle what the standing responses mean, after one came or was taken back."""
        if opened.closed:
            return
        answered = bool(opened.responses.standing)
        if answered and not opened.answered:
            opened.answered = True
            bins, edges = opened.bins_passed, opened.edges
            if bins < len(edges) and time <= edges[bins] and (bins == 0 or time > edges[bins - 1]):
                yield self._bin(opened, time, answered=True)
        status: Status = "open"
        if answered:
            status = "revived" if opened.flagged else "answered"
        elif opened.flagged:
            status = "silent"
        if status == opened.status:
            self.state.untold.add(opened.prompt.prompt_id)
            return
        opened.status = status
        if answered:
            yield self._outcome(opened, "first_response", time)
            if opened.flagged:
                yield self._verdict(opened, "revived", time)
        elif not opened.flagged and opened.deadline_passed:
            yield from self._silent(opened, time)
        else:
            yield self._outcome(opened, "retracted", time)
            if opened.flagged:
                yield self._verdict(opened, "silent", time)

    def count(self, time: float) -> Iterator[Effect]:
        """Tell of prompts to which more came, or less, than was told: once an epoch, however many respond."""
        for identity in sorted(self.state.untold):
            opened = self.state.prompts.get(identity)
            if opened is not None and not opened.closed and opened.counts != opened.told:
                self.state.touch("prompt", identity, opened)
                yield self._outcome(opened, "counted", time)
        self.state.untold.clear()

    def withdraw(self, identity: str, time: float) -> Iterator[Effect]:
        """End a prompt that was deleted; it stays in the state, so that a late copy of it does not open it again."""
        yield from self.pass_time(identity, time, inclusive=False)
        opened = self.state.prompts.get(identity)
        if opened is None or opened.closed:
            return
        opened.closed, opened.status = True, "withdrawn"
        self.state.touch("prompt", identity, opened)
        yield self._outcome(opened, "closed", time)
        if opened.flagged:
            yield self._verdict(opened, "withdrawn", time)

    def _close(self, opened: OpenPrompt) -> Iterator[Effect]:
        if opened.closed:
            return
        time = opened.horizon_at
        observed = time <= self.state.clock.observed_until
        responders = opened.responses.responders
        if not responders and not opened.flagged:
            opened.status = "expired" if observed else "censored"
        opened.closed = True
        if observed and not opened.answered and opened.bins_passed < len(opened.edges):
            yield self._bin(opened, time, answered=False)  # the last one, cut at the horizon
        yield self._outcome(opened, "closed", time)
        if not observed:
            return  # nobody knows what would have come: nothing is learned and nobody is called dead
        if opened.status == "expired":
            yield self._verdict(opened, "expired", time)
        first = min(responders.values(), default=None)
        yield Send(
            Topic.OBSERVATIONS,
            key=opened.prompt.prompt_id,
            value=HorizonReached(
                id=f"{opened.prompt.prompt_id}#horizon",
                workspace=opened.prompt.workspace,
                time=self._told_at(time),
                prompt_id=opened.prompt.prompt_id,
                silent=not responders,
                responders=len(responders),
                reach=sum(opened.prompt.reach.values()),
                first_response_hours=None if first is None else (first - opened.prompt.posted_at) / HOUR,
                features=opened.features,
                views=opened.expectation.views,
                keys=opened.keys,
            ),
        )

    # ---- what is told

    def _told_at(self, time: float) -> float:
        return max(time, self.state.clock.reached(self.epoch))

    def _bin(self, opened: OpenPrompt, time: float, *, answered: bool) -> Send:
        value = BinPassed(
            id=f"{opened.prompt.prompt_id}#{opened.bins_passed}",
            workspace=opened.prompt.workspace,
            time=self._told_at(time),
            bin=opened.bins_passed,
            answered=answered,
            features=opened.features,
        )
        return Send(Topic.OBSERVATIONS, key=opened.prompt.prompt_id, value=value)

    def _outcome(self, opened: OpenPrompt, stage: Stage, time: float) -> Send:
        opened.version += 1
        opened.told = opened.counts
        responders = opened.responses.responders
        value = Outcome(
            stage=stage,
            time=time,
            version=opened.version,
            prompt=opened.prompt,
            expectation=opened.expectation,
            status=opened.status,
            flagged=opened.flagged,
            responders=opened.told[0],
            responses=opened.told[1],
            responders_by_persona=opened.responders_by_persona,
            first_response_at=min(responders.values(), default=None),
            closed=opened.closed,
            partition=self.partition,
            told_at=self._told_at(time),
        )
        return Send(Topic.OUTCOMES, key=opened.prompt.prompt_id, value=value)

    def _verdict(self, opened: OpenPrompt, verdict: VerdictKind, time: float) -> Send:
        value = Verdict(
            verdict=verdict,
            subject=opened.prompt.prompt_id,
            time=time,
            told_at=self._told_at(time),
            version=opened.version,
            prompt=opened.prompt,
            expectation=opened.expectation,
            responders=len(opened.responses.responders),
            responders_by_persona=opened.responders_by_persona,
        )
        return Send(Topic.VERDICTS, key=opened.prompt.prompt_id, value=value)
