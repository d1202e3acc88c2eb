"""What stands at the levels above a prompt: one cause is told once, and the rest is part of it."""

from collections.abc import Mapping

from schemas.anomaly import Anomaly
from schemas.outcome import Prompt
from schemas.verdict import Verdict

_PREFIX = "level "


class Levels:
    """Keeps which channels, segments and assets are silent, and says which of them a new anomaly is part of.

    A dead channel includes the dead assets and prompts in it, a chronic segment those of the segment, a dead asset its
    prompts. An asset that is silent in several channels is dead in itself and part of no channel.

    Parameters
    ----------
    most
        Bound of all state; what was told longest ago is forgotten, and explains nothing any more.

    Attributes
    ----------
    standing
        "level subject" as a prompt names it -> anomaly_id of what stands there.
    """

    def __init__(self, most: int = 20_000) -> None:
        self.most = most
        self.standing: dict[str, str] = {}
        self._changed: dict[str, bytes | None] = {}

    def place(self, anomaly: Anomaly) -> Anomaly:
        """Return the anomaly with what it is part of; remember it when others may be part of it."""
        verdict = anomaly.verdict
        self._remember(verdict, anomaly.anomaly_id if anomaly.state == "open" else "")
        if anomaly.state != "open":
            return anomaly
        names = _names(verdict.prompt)
        above = (self.standing.get(names[level]) for level in _above(verdict))
        return anomaly.model_copy(update={"explained_by": next((found for found in above if found), "")})

    def _remember(self, verdict: Verdict, anomaly_id: str) -> None:
        if verdict.level in ("prompt", "persona"):
            return
        name = _names(verdict.prompt)[verdict.level]
        before = self.standing.pop(name, None)
        if anomaly_id:
            self.standing[name] = anomaly_id
            if before != anomaly_id:
                self._changed[name] = anomaly_id.encode()
            if len(self.standing) > self.most:
                oldest = next(iter(self.standing))
                del self.standing[oldest]
                self._changed[oldest] = None
        elif before is not None:
            self._changed[name] = None

    def take_changes(self) -> dict[str, bytes | None]:
        """Return what has changed since the last call, as it is kept in the changelog."""
        changed, self._changed = self._changed, {}
        return {f"{_PREFIX}{name}": value for name, value in changed.items()}

    def load(self, changes: Mapping[str, bytes | None]) -> None:
        """Restore it from the changelog."""
        for key, value in changes.items():
            if not key.startswith(_PREFIX):
                continue
            name = key.removeprefix(_PREFIX)
            self.standing.pop(name, None)
            if value is not None:
                self.standing[name] = value.decode()


def _names(prompt: Prompt) -> dict[str, str]:
    return {
        "channel": f"channel {prompt.channel}",
        "segment": f"segment {prompt.place}/{prompt.segment}",
        "asset": f"asset {prompt.asset_id}",
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
