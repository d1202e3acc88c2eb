"""The agent at work on its partition: what it explains, and how far it has come."""

from collections.abc import Iterator, Mapping, Sequence

from pydantic import BaseModel, Field, ValidationError

from agents.body import ChangelogError
from agents.diagnose.agent import STAGE, diagnose
from agents.diagnose.feedback import Feedbacks
from agents.diagnose.levels import Levels
from agents.effects import Effect, Record, Send
from agents.known import Known
from models.checklist import Checklist
from schemas.event import Watermark
from schemas.topic import Topic


class Explained(BaseModel):
    """How far those who send verdicts have come; key `explained`."""

    offset: int = Field(default=-1, description="of the last record that was worked through")
    until: dict[str, float] = Field(default_factory=dict, description="stage:partition -> everything before it is here")
    promised: float = 0.0


class Diagnose:
    """Explains verdicts, and tells `learn` what has been explained.

    An explanation rests on what was known as of the verdict's time, and only the latest versions of that are kept. So
    `learn` must not run far ahead of the explanations, or they would depend on who is faster. And a verdict that comes
    again after a crash is passed over: by then the version that it was explained with may be gone.

    Parameters
    ----------
    partitions
        Number of partitions of `events`: each sends verdicts of its own, and `watch` does.
    known, checklist
        See `diagnose`. The checklist itself learns nothing: a copy of it does, from feedback.
    young_prompts
        A programme in which fewer prompts have run their course is young: its silence is told as building.
    mute_days
        How long silence is expected of what people said so of.
    """

    def __init__(
        self,
        *,
        partitions: int,
        known: Known,
        checklist: Checklist,
        young_prompts: float = 10.0,
        mute_days: float = 28.0,
    ) -> None:
        self.known, self.checklist, self.young_prompts = known, Checklist(checklist.file), young_prompts
        self.feedbacks = Feedbacks(self.checklist, mute_days)
        self.state = Explained(until={f"track:{p}": 0.0 for p in range(partitions)} | {"watch:0": 0.0})
        self.levels = Levels()
        self._moved = False

    @property
    def durable(self) -> int:
        """Return the last offset worked through: it is in the changelog after each batch."""
        return self.state.offset

    def __call__(self, records: Sequence[Record]) -> Iterator[Effect]:
        """Work through a batch."""
        for record in records:
            if record.offset <= self.state.offset:
                continue
            effects = diagnose(
                [record],
                known=self.known,
                checklist=self.checklist,
                young_prompts=self.young_prompts,
                levels=self.levels,
                feedbacks=self.feedbacks,
            )
            for effect in effects:
                yield effect
                if isinstance(effect, Send) and isinstance(effect.value, Watermark):
                    yield from self._pass(effect.value)
            self.state.offset = record.offset
            self._moved = True

    def _pass(self, mark: Watermark) -> Iterator[Effect]:
        source = f"{mark.stage}:{mark.partition}"
        if source not in self.state.until:
            return
        self.state.until[source] = max(self.state.until[source], mark.time)
        if (until := min(self.state.until.values())) > self.state.promised:
            self.state.promised = until
            yield Send(Topic.OBSERVATIONS, key="watermark:diagnose", value=Watermark(time=until, stage=STAGE))

    def load(self, changes: Mapping[str, bytes | None]) -> None:
        """Restore what stands, and how far the others had come: they say it only once."""
        self.levels.load(changes)
        self.feedbacks.load(changes)
        if (value := changes.get("explained")) is None:
            return
        try:
            stored = Explained.model_validate_json(value)
        except ValidationError as error:
            raise ChangelogError(STAGE, "explained", error) from error
        self.state.offset, self.state.promised = stored.offset, stored.promised
        self.state.until |= {source: time for source, time in stored.until.items() if source in self.state.until}

    def ready(self) -> None:
        """Bring what was told before into order."""
        self.feedbacks.ready()

    def take_changes(self) -> dict[str, bytes | None]:
        """Return what has changed."""
        if not self._moved:
            return {}
        self._moved = False
        explained = self.state.model_dump_json().encode()
        return {**self.levels.take_changes(), **self.feedbacks.take_changes(), "explained": explained}
