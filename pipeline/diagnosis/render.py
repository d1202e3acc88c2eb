"""The diagnosis study as tables for the terminal."""

from collections.abc import Sequence

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from pipeline.diagnosis.causes import CAUSES
from pipeline.diagnosis.correcting import Look
from pipeline.diagnosis.measures import NOT_TOLD, Measures
from pipeline.diagnosis.run import Diagnosed
from schemas.anomaly import UNDETERMINED

TOLD = (*CAUSES, UNDETERMINED, NOT_TOLD)
"""Columns of the confusion matrix."""


def render(diagnosed: Diagnosed) -> RenderableType:
    """Return what people read of a study."""
    found = diagnosed.measures
    head = (
        f"{diagnosed.workspaces} workspaces, made up (seed {diagnosed.seed}), in which {found.planted} assets die of "
        f"known causes; {found.told} of them were told of"
    )
    return Group(Text(head, style="bold"), _shares(found), _confusion(found))


def render_looks(looks: Sequence[Look]) -> RenderableType:
    """Return how right the diagnosis of fresh assets is after so many corrections."""
    table = Table(box=box.SIMPLE_HEAD, title="Where what nobody needs looks different", title_justify="left")
    for column in ("corrections", "no_need leads where planted", "the other causes"):
        table.add_column(column, justify="right")
    for look in looks:
        table.add_row(str(look.corrections), f"{look.biased:.1%}", f"{look.others:.1%}")
    return table


def _shares(found: Measures) -> RenderableType:
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("")
    table.add_column("", justify="right")
    withheld = found.withheld
    rows = {
        "one cause: it leads": found.leading_right,
        "  or it is named beside another": found.named,
        "  it is the most probable": found.likeliest_right,
        "  undetermined": found.undetermined,
        "  another leads": found.wrong,
        **{f"  {cause} leads where planted": share for cause, share in found.right_by_cause.items()},
        "two causes: one of them leads": found.pairs_leading,
        "  both are in the first three": found.pairs_in_three,
        f"evidence withheld ({withheld.cases}): undetermined": withheld.undetermined,
        "  a planted cause leads": withheld.right,
        "  another leads ": withheld.wrong,
        "  undetermined rather than wrong": withheld.rather_undetermined,
    }
    for name, share in rows.items():
        table.add_row(name, "-" if share is None else f"{share:.1%}")
    table.add_section()
    table.add_row("calibration error (ECE), one cause", _number(found.ece))
    table.add_row("  were every probability right", _number(found.ece_by_chance))
    return table


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _confusion(found: Measures) -> RenderableType:
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("planted, and told:")
    for column in TOLD:
        table.add_column(column.replace("_", "\n"), justify="right")
    for planted, told in found.confusion.items():
        table.add_row(planted, *(str(told.get(column, "")) for column in TOLD))
    return table
