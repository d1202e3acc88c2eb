"""Feedback at work: what was told is remembered for a while, and changes when people say what it really was."""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel, TypeAdapter, ValidationError

from agents.body import ChangelogError
from agents.decode import dead_letter
from agents.diagnose.cases import Case, Heard, Said, View, voice
from agents.effects import Record, Send
from models.checklist import Checklist
from models.checklist_counts import Learned
from schemas.anomaly import REVISIONS, Anomaly
from schemas.base import HOUR
from schemas.erasure import PSEUDONYM
from schemas.feedback import Feedback, Heeded, feedback_key
from schemas.topic import Topic

STAGE = "diagnose"
_DISMISSING = ("not_applicable", "false_alarm")
_LEARNED: TypeAdapter[Learned] = TypeAdapter(Learned)


class Feedbacks:
    """Remembers what was told and what people say of it.

    The checklist counts one case an anomaly, however many people speak: the latest of them counts. What is taken back
    is uncounted, so that counts depend on what stands alone.

    Parameters
    ----------
    checklist
        Learns here.
    mute_days
        How long silence is expected of an asset and a segment of which people said so.
    cases
        Of so many anomalies it is remembered what was told; of older ones feedback comes too late.
    """

    def __init__(self, checklist: Checklist, mute_days: float = 28.0, cases: int = 2_000) -> None:
        self.checklist, self.mute, self.most = checklist, mute_days * 24 * HOUR, cases
        self._cases: dict[str, Case] = {}
        self._heard: dict[str, Heard] = {}
        self._muted: dict[tuple[str, ...], dict[str, float]] = {}
        self._changed: dict[str, None] = {}

    # ---- what is told

    def told(self, anomaly: Anomaly, next_steps: dict[str, str], seq: int) -> Anomaly:
        """Remember what is told of an anomaly, and return it as it is to be told after what people said."""
        if anomaly.anomaly_id not in self._cases:
            self.checklist.see_one({item.code: item.value for item in anomaly.evidence})
            self._changed["learned"] = None
        case = Case(seq=seq, anomaly=anomaly, next_steps=next_steps)
        case.view = self._view(case)
        self._keep(case)
        while len(self._cases) > self.most:
            self._forget("case", self._cases)
        return case.seen

    def _view(self, case: Case) -> View:
        anomaly, heard = case.anomaly, self._heard.get(case.anomaly.anomaly_id)
        standing, muted = heard.standing if heard else None, self._muted_until(anomaly)
        view = View(
            state=anomaly.state,
            hypothesis=anomaly.hypothesis,
            beside=anomaly.beside,
            next_step=anomaly.next_step,
            muted_until=muted,
        )
        if standing is not None:
            view.says = standing.says
        if standing is not None and standing.says == "wrong_cause":
            view.hypothesis, view.beside = standing.cause, ""
            view.next_step = case.next_steps.get(standing.cause, anomaly.next_step)
        if anomaly.state == "open" and standing is not None and standing.says in _DISMISSING:
            view.state = "dismissed"
        elif anomaly.state == "open" and muted is not None:
            view.state = "muted"
        return view

    def _muted_until(self, anomaly: Anomaly) -> float | None:
        until = max(self._muted.get(_place(anomaly), {}).values(), default=0.0)
        return until if anomaly.time < until else None

    # ---- what people say

    def heed(self, feedback: Feedback, record: Record) -> Iterator[Send]:
        """Take in what somebody says: learn from it, and tell anew what it changes."""
        anomaly_id = feedback.anomaly_id
        heard = self._heard.get(anomaly_id) or self._first(anomaly_id, record.offset)
        if heard is None:
            yield _refused(record, "anomaly_id", "no anomaly of that id was told lately")
            return
        if feedback.says == "wrong_cause" and feedback.cause not in self.checklist.codes:
            yield _refused(record, "cause", f"the checklist has no such cause: {', '.join(self.checklist.codes)}")
            return
        said, who = Said(time=feedback.time, says=feedback.says, cause=feedback.cause), voice(feedback)
        if (before := heard.by.get(who)) is not None and before.order >= said.order:
            return  # the same again, or older than what they said since
        heard.by[who] = said
        heard.version += 1
        self._learn(heard)
        self._hear(anomaly_id, heard)
        self._mute(anomaly_id, heard)
        source, workspace, asset, segment = heard.place
        heeded = Heeded(
            feedback=feedback,
            version=heard.version,
            told=heard.told,
            probability=heard.probability,
            learned=heard.learned,
            source=source,
            workspace=workspace,
            asset=asset,
            segment=segment,
            told_at=heard.told_at,
        )
        yield Send(Topic.ANOMALIES, f"heeded:{feedback_key(feedback)}", heeded, record.partition)
        for case in self._cases.values():
            if _place(case.anomaly) == heard.place:
                yield from self._tell_anew(case, record.partition)

    def _first(self, anomaly_id: str, seq: int) -> Heard | None:
        case = self._cases.get(anomaly_id)
        if case is None:
            return None
        anomaly = case.anomaly
        return Heard(
            seq=seq,
            evidence={item.code: item.value for item in anomaly.evidence},
            told=anomaly.hypothesis,
            probability=anomaly.probability,
            told_at=anomaly.time,
            place=_place(anomaly),
        )

    def _learn(self, heard: Heard) -> None:
        cause = heard.cause
        if cause == heard.learned:
            return
        if heard.learned:
            self.checklist.unlearn_one(heard.evidence, heard.learned)
        if cause:
            self.checklist.learn_one(heard.evidence, cause)
        heard.learned = cause
        self._changed["learned"] = None

    def _mute(self, anomaly_id: str, heard: Heard) -> None:
        """Expect silence of a place for as long as it stands that people expect it."""
        until = self._muted.setdefault(heard.place, {})
        until.pop(anomaly_id, None)
        if (standing := heard.standing) is not None and standing.says == "expected":
            until[anomaly_id] = standing.time + self.mute
        if not until:
            del self._muted[heard.place]

    def _tell_anew(self, case: Case, partition: int) -> Iterator[Send]:
        view = self._view(case)
        if view != case.view and case.heeded < REVISIONS - 1:
            case.view, case.heeded = view, case.heeded + 1
            self._keep(case, again=True)
            yield Send(Topic.ANOMALIES, case.anomaly.anomaly_id, case.seen, partition)

    # ---- what is remembered

    def _keep(self, case: Case, again: bool = False) -> None:
        anomaly_id = case.anomaly.anomaly_id
        if not again:
            self._cases.pop(anomaly_id, None)  # told anew: it is the last to be forgotten
        self._cases[anomaly_id] = case
        self._changed[f"case {anomaly_id}"] = None

    def _hear(self, anomaly_id: str, heard: Heard) -> None:
        self._heard[anomaly_id] = heard
        self._changed[f"heard {anomaly_id}"] = None
        while len(self._heard) > self.most:
            self._forget("heard", self._heard)  # what was learned of it stays

    def _forget(self, kind: str, values: dict[str, Any]) -> None:
        oldest = next(iter(values))
        del values[oldest]
        self._changed[f"{kind} {oldest}"] = None

    def take_changes(self) -> dict[str, bytes | None]:
        """Return what has changed, as records of the changelog."""
        changed, self._changed = self._changed, {}
        return {key: self._kept(key) for key in changed}

    def _kept(self, key: str) -> bytes | None:
        kind, _, anomaly_id = key.partition(" ")
        if kind == "learned":
            return _LEARNED.dump_json(self.checklist.learned)
        values: Mapping[str, BaseModel] = self._cases if kind == "case" else self._heard
        value = values.get(anomaly_id)
        return None if value is None else value.model_dump_json().encode()

    def load(self, changes: Mapping[str, bytes | None]) -> None:
        """Take in records of the changelog; others are passed over."""
        for key, value in changes.items():
            kind, _, anomaly_id = key.partition(" ")
            try:
                if kind in ("case", "heard") and value is not None and PSEUDONYM.search(value.decode()):
                    self._changed[key] = None  # it was written when names still stood in it: write it anew
                if kind == "case":
                    _put(self._cases, anomaly_id, value and Case.model_validate_json(value))
                elif kind == "heard":
                    _put(self._heard, anomaly_id, value and Heard.model_validate_json(value))
                elif kind == "learned" and value is not None:
                    self.checklist.restore(_LEARNED.validate_json(value))
            except ValidationError as error:
                raise ChangelogError(STAGE, key, error) from error

    def ready(self) -> None:
        """Bring what was loaded into the order in which it was told."""
        self._cases = dict(sorted(self._cases.items(), key=lambda item: item[1].seq))
        self._heard = dict(sorted(self._heard.items(), key=lambda item: item[1].seq))
        self._muted = {}
        for anomaly_id, heard in self._heard.items():
            self._mute(anomaly_id, heard)


def _put(values: dict[str, Any], key: str, value: Any) -> None:
    if value is None:
        values.pop(key, None)
    else:
        values[key] = value


def _place(anomaly: Anomaly) -> tuple[str, str, str, str]:
    """Return of what silence is expected: an asset and its segment; at the other levels a segment or channel alone."""
    prompt = anomaly.verdict.prompt
    match anomaly.verdict.level:
        case "segment":
            return prompt.source, prompt.workspace, "", prompt.segment
        case "channel":
            return prompt.source, prompt.workspace, prompt.conversation, ""
        case _:
            return prompt.source, prompt.workspace, prompt.asset, prompt.segment


def _refused(record: Record, field: str, reason: str) -> Send:
    return Send(Topic.DEAD_LETTERS, key=STAGE, value=dead_letter(record, STAGE, reason, "unknown", field))
