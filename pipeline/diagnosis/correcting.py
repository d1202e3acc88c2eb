"""How fast people's feedback mends a bias: accuracy on fresh cases after so many corrections.

In an organisation with a template for briefs, what dies of `no_need` looks like nothing that the checklist expects.
People correct the diagnosis of one such asset after the other; each time the same fresh assets of that organisation are
diagnosed anew, from the evidence that was told of them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean

from agents.diagnose import leading
from agents.diagnose.feedback import Feedbacks
from agents.effects import Record
from models.checklist import Checklist, Value
from pipeline.checklist import new_checklist
from pipeline.diagnosis.causes import CAUSES, NO_NEED
from pipeline.diagnosis.life import diagnose, first_told
from pipeline.diagnosis.workspace import Workspace
from pipeline.settings import Settings
from schemas.anomaly import Anomaly
from schemas.feedback import Feedback
from schemas.ids import pseudonym
from schemas.topic import Topic

EACH, WORKSPACES = 8, 4
"""Assets of each cause in a workspace, and workspaces to correct; as many again are diagnosed."""

LOOKS = (0, 5, 10, 20, 30)
"""After so many corrections it is looked how right the diagnosis is."""

WHO = pseudonym(b"0123456789abcdef", "", "designer")

Told = tuple[str, Anomaly]
"""The planted cause, and what was told of the asset."""


@dataclass(frozen=True)
class Look:
    """Accuracy after so many corrections: the planted cause leads, alone or with another beside it.

    Attributes
    ----------
    biased, others
        Share of the fresh assets that die of what looks different, and of those that die of anything else.
    """

    corrections: int
    biased: float
    others: float


def correct(settings: Settings, report: Callable[[str, int, int], None], *, seed: int) -> list[Look]:
    """Correct the diagnoses of one half of the workspaces, and look at those of the other half."""
    told: list[list[Told]] = []
    for number in range(2 * WORKSPACES):

        def shown(done: int, total: int, number: int = number) -> None:
            report("corrected", number * total + done, 2 * WORKSPACES * total)

        workspace = Workspace(seed + number, each=EACH, pairs=(), template=True)
        told.append(_dead(workspace, diagnose(workspace, settings, shown)))
    first = [case for workspace_told in told[:WORKSPACES] for case in workspace_told]
    fresh = [case for workspace_told in told[WORKSPACES:] for case in workspace_told]
    return looks(new_checklist(settings), first, fresh)


def _dead(workspace: Workspace, anomalies: Sequence[Anomaly]) -> list[Told]:
    firsts = ((asset, first_told(asset, anomalies)) for asset in workspace.assets if asset.causes)
    return [(asset.causes[0], told) for asset, told in firsts if told is not None]


def looks(checklist: Checklist, first: Sequence[Told], fresh: Sequence[Told]) -> list[Look]:
    """Tell the first cases, give feedback on one biased case after the other, and look at fresh ones in between."""
    learning = Checklist(checklist.file)
    feedbacks = Feedbacks(learning)
    found = [_look(0, learning, fresh)]
    biased: list[Told] = []
    for number, (cause, anomaly) in enumerate(first):
        named = anomaly.model_copy(update={"anomaly_id": f"{number}/{anomaly.anomaly_id}"})  # workspaces share names
        feedbacks.told(named, {}, number)
        biased += [(cause, named)] * (cause == NO_NEED)
    for number, (cause, anomaly) in enumerate(biased, start=1):
        right = anomaly.hypothesis == cause
        said = Feedback(
            anomaly_id=anomaly.anomaly_id,
            says="confirmed" if right else "wrong_cause",
            cause="" if right else cause,
            who=WHO,
            time=anomaly.time,
        )
        list(feedbacks.heed(said, Record(Topic.VERDICTS, 0, number, b"", b"")))
        if number in LOOKS:
            found.append(_look(number, learning, fresh))
    return found


def _look(corrections: int, checklist: Checklist, fresh: Sequence[Told]) -> Look:
    right = {
        cause: [cause == _leads(checklist, told) for planted, told in fresh if planted == cause] for cause in CAUSES
    }
    others = [hit for cause, hits in right.items() if cause != NO_NEED for hit in hits]
    return Look(corrections, fmean(right[NO_NEED]), fmean(others))


def _leads(checklist: Checklist, told: Anomaly) -> str:
    values: dict[str, Value] = {item.code: item.value for item in told.evidence}
    probabilities = {str(code): p for code, p in checklist.predict_proba_one(values).items()}
    return leading(checklist, probabilities, [*checklist.contributions(values).values()])[0]
