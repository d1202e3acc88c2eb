"""Runs the diagnosis study: one workspace after the other, each also with its evidence withheld."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pipeline.diagnosis.life import Case, live
from pipeline.diagnosis.measures import Measures, measure
from pipeline.diagnosis.workspace import Workspace
from pipeline.settings import Settings

Report = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done and how much there is."""

PLACES = 4
"""Decimal places of shares in JSON."""


@dataclass(frozen=True)
class Diagnosed:
    """What came out of so many workspaces."""

    seed: int
    workspaces: int
    measures: Measures

    def as_json(self) -> dict[str, Any]:
        """Return it for programs; figures that cannot be had are null."""
        found = self.measures
        return {
            "seed": self.seed,
            "planted": found.planted,
            "leading_right": _rounded(found.leading_right),
            "undetermined_when_withheld": _rounded(found.withheld.rather_undetermined),
            "ece": _rounded(found.ece),
            "ece_by_chance": _rounded(found.ece_by_chance),
            "confusion": found.confusion,
        }


def study(
    settings: Settings, report: Report, *, seed: int, workspaces: int, weeks: int = 26, stray: bool = False
) -> Diagnosed:
    """Diagnose as many workspaces as are asked for, each of another seed; with `stray` no sign gives a cause away."""

    def all_of(what: str, withheld: bool) -> list[Case]:
        cases: list[Case] = []
        for number in range(workspaces):

            def shown(done: int, total: int, number: int = number) -> None:
                report(what, number * total + done, workspaces * total)

            workspace = Workspace(seed + number, weeks=weeks, withheld=withheld, stray=stray)
            cases += live(workspace, settings, shown)
        return cases

    return Diagnosed(seed, workspaces, measure(all_of("diagnosed", False), all_of("withheld", True)))


def _rounded(share: float | None) -> float | None:
    return None if share is None else round(share, PLACES)
