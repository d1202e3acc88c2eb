"""A workspace lived through by the product's own agents: what each planted asset was said to have died of."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pipeline.diagnosis.workspace import Asset, Workspace
from pipeline.in_memory import Evidence, InMemoryPipeline
from pipeline.settings import Settings
from pipeline.study.life import live_through
from pipeline.study.world import START
from pipeline.wiring import track_rules
from schemas.anomaly import Anomaly
from schemas.base import HOUR

_OF_ASSETS = ("prompt", "asset")

Report = Callable[[int, int], None]
"""Called with how much is done and how much there is."""


@dataclass(frozen=True)
class Case:
    """An asset, and what was said of it.

    Attributes
    ----------
    causes
        What was planted; empty: it is healthy.
    told
        The leading code, or `undetermined`; None: there was no anomaly.
    probabilities
        By code; empty without an anomaly.
    beside
        The code that leads together with the one told; empty: none.
    """

    causes: tuple[str, ...]
    told: str | None
    probabilities: dict[str, float]
    beside: str = ""

    @property
    def ranked(self) -> list[str]:
        """Return the codes, the most probable first."""
        return sorted(self.probabilities, key=lambda code: -self.probabilities[code])


def live(workspace: Workspace, settings: Settings, report: Report = lambda *_: None) -> list[Case]:
    """Let the agents live through a workspace, and return a case an asset."""
    anomalies = diagnose(workspace, settings, report)
    return [case(asset, anomalies) for asset in workspace.assets]


def diagnose(workspace: Workspace, settings: Settings, report: Report = lambda *_: None) -> list[Anomaly]:
    """Let the agents live through a workspace, and return what they told, as it came."""
    anomalies: list[Anomaly] = []
    pipeline = InMemoryPipeline(
        settings,
        track_rules(settings),
        (settings.judge.alpha,),
        lambda *_: None,
        evidence=(Evidence(settings.judge.alpha),),  # which cause it is, is asked; a cap decides when it is told
        anomaly=anomalies.append,
    )
    for record in workspace.directory():
        pipeline.knowledge.learn_directory(record)
    live_through(pipeline, workspace.events(), workspace.end, workspace.weeks, settings, report)
    return anomalies


def case(asset: Asset, anomalies: Sequence[Anomaly]) -> Case:
    """Take the diagnosis of an asset: the first that is told of it."""
    told = first_told(asset, anomalies)
    if told is None:
        return Case(asset.causes, None, {})
    return Case(asset.causes, told.hypothesis, told.probabilities, told.beside)


def first_told(asset: Asset, anomalies: Sequence[Anomaly]) -> Anomaly | None:
    """Return the first anomaly of an asset after its death, of one of its prompts or of itself; None: there is none.

    Told as building it counts, too: with the cause slow_build that is right, with any other one it is wrong. The first
    is what people are told and act on; later ones know more. Of a healthy asset only an open anomaly of the asset
    itself counts: that single prompts meet silence by chance is what alpha allows.
    """
    for anomaly in anomalies:
        prompt = anomaly.verdict.prompt
        if (
            anomaly.state not in ("open", "building")
            or prompt.asset_id != asset.asset_id
            or anomaly.verdict.level not in _OF_ASSETS
        ):
            continue
        week = int((prompt.posted_at - START) // (7 * 24 * HOUR))
        if asset.dead(week) if asset.causes else (anomaly.verdict.level, anomaly.state) == ("asset", "open"):
            return anomaly
    return None
