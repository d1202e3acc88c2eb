"""What stands at the levels above a prompt: one cause is told once, and the rest is part of it."""

from collections.abc import Mapping

from pydantic import BaseModel, Field

from agents.known import Known
from schemas.anomaly import Anomaly
from schemas.outcome import Prompt
from schemas.verdict import Verdict

_PREFIX = "level "


class Told(BaseModel):
    """What was told of a channel, a segment or an asset: moment (told_at) -> anomaly_id, empty: it is no more."""

    told: dict[float, str] = Field(default_factory=dict)

    def at(self, time: float) -> str:
        """Return what stood at a moment; empty: nothing."""
        before = [told_at for told_at in self.told if told_at <= time]
        return self.told[max(before)] if before else ""


class Levels:
    """Keeps which channels, segments and assets are silent, and says which of them a new anomaly is part of.

    A dead channel includes the dead assets and prompts in it, a chronic segment those of the segment, a dead asset its
    prompts. An asset that is silent in several channels is dead in itself and part of no channel.

    What `track` and `watch` tell of one moment comes in any order, so the question is what stood some epochs before: by
    the bound on how far `learn` runs ahead of explanations, all of that has come (`settled`).

    Parameters
    ----------
    most
        Bound of all state; what was told longest ago is forgotten, and explains nothing any more.

    Attributes
    ----------
    standing
        "level subject" as a prompt names it -> what was told of it, the latest four times.
    """

    def __init__(self, most: int = 20_000) -> None:
        self.most = most
        self.standing: dict[str, Told] = {}
        self._changed: dict[str, None] = {}

    def place(self, anomaly: Anomaly, settled: float) -> Anomaly:
        """Return the anomaly with what it is part of; remember it when others may be part of it."""
        verdict = anomaly.verdict
        self._remember(verdict, anomaly.anomaly_id if anomaly.state == "open" else "")
        if anomaly.state != "open":
            return anomaly
        names = _names(verdict.prompt)
        told = (self.standing.get(names[level], Told()).at(settled) for level in _above(verdict))
        return anomaly.model_copy(update={"explained_by": next((found for found in told if found), "")})

    def _remember(self, verdict: Verdict, anomaly_id: str) -> None:
        if verdict.level in ("prompt", "persona"):
            return
        name = _names(verdict.prompt)[verdict.level]
        before = self.standing.get(name, Told())
        if before.at(verdict.told_at) == anomaly_id:
            return
        latest = sorted({**before.told, verdict.told_at: anomaly_id}.items())[-4:]
        self.standing.pop(name, None)
        self.standing[name] = Told(told=dict(latest))
        self._changed[name] = None
        if len(self.standing) > self.most:
            oldest = next(iter(self.standing))
            del self.standing[oldest]
            self._changed[oldest] = None

    def take_changes(self) -> dict[str, bytes | None]:
        """Return what has changed since the last call, as it is kept in the changelog."""
        changed, self._changed = self._changed, {}
        return {f"{_PREFIX}{name}": self._kept(name) for name in changed}

    def _kept(self, name: str) -> bytes | None:
        told = self.standing.get(name)
        return None if told is None else told.model_dump_json().encode()

    def load(self, changes: Mapping[str, bytes | None]) -> None:
        """Restore it from the changelog."""
        for key, value in changes.items():
            if not key.startswith(_PREFIX):
                continue
            name = key.removeprefix(_PREFIX)
            self.standing.pop(name, None)
            if value is not None:
                self.standing[name] = Told.model_validate_json(value)


def settled(known: Known, time: float) -> float:
    """Return the moment before which everything has been told that anybody tells, when `time` is explained.

    Explaining waits for what was learned `lag` epochs before, and `learn` is at most `lag` + 2 epochs ahead of what is
    explained: together 2 `lag` + 2 epochs, which four times `lag` are at least.
    """
    for _ in range(4):
        time = known.as_of_for(time)
    return time


def _names(prompt: Prompt) -> dict[str, str]:
    return {
        "channel": f"channel {prompt.channel}",
        "segment": f"segment {prompt.place}/{prompt.segment}",
        "asset": f"asset {prompt.placed_asset}",
    }


def _above(verdict: Verdict) -> tuple[str, ...]:
    """Return the levels that include a verdict, the one that includes most first."""
    match verdict.level:
        case "prompt":
            return ("channel", "segment", "asset") if verdict.prompt.asset_id else ("channel", "segment")
        case "asset":
            return ("channel", "segment") if verdict.channels == 1 else ("segment",)
        case _:
            return ()
