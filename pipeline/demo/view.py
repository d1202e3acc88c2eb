"""What one watches while the story is told: how far it is, and the assets that are dead by now."""

import io
import re
from pathlib import Path

from rich import box
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from pipeline.clickhouse.render import moment
from pipeline.clickhouse.report import DeadAsset, Report

PICTURE_COLUMNS = 110

SENTENCES = 2
"""Of the evidence for the likely cause; `crickets report` has more."""


def watched(report: Report, *, webhooks: int) -> RenderableType:
    """Return a view of what ClickHouse says that fits on one screen; `webhooks` have been sent so far."""
    summary, judged = report.summary, report.judged_until
    head = Text(f"Judged up to {judged:%A} {moment(judged)}" if judged else "Nothing has been judged yet", style="bold")
    head.append(
        f"   {webhooks:,} webhooks sent, {summary.prompts} prompts, {summary.responders:,} responders",
        style="dim not bold",
    )
    if not report.dead_assets:
        return Group(head, Text("No asset is met by silence.", style="green"))
    table = Table(box=box.ROUNDED, show_lines=True, title="Met by silence", title_justify="left", title_style="bold")
    table.add_column("asset", ratio=5)
    table.add_column("came", justify="right", no_wrap=True)
    table.add_column("likely cause", ratio=3)
    table.add_column("because ...", ratio=8)
    for asset in report.dead_assets:
        table.add_row(*_row(asset))
    return Group(head, table)


def save_picture(view: RenderableType, path: Path, title: str) -> None:
    """Save a view as SVG, in the fonts of whoever looks at it: none is fetched."""
    screen = Console(record=True, width=PICTURE_COLUMNS, file=io.StringIO())
    screen.print(view)
    svg = screen.export_svg(title=title)
    path.write_text(re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL), encoding="utf-8")


def _row(asset: DeadAsset) -> tuple[Text, Text, Text, Text]:
    name = Text(asset.title, style="bold red")
    name.append(f"\n{asset.asset_type} / {asset.persona}", style="dim not bold")
    came = Text(f"0 of {asset.expected:.1f}")
    cause = Text(f"{asset.hypothesis}\n", style="bold")
    cause.append(f"{asset.probability:.0%}", style="dim not bold")
    why = Text("\n".join(asset.evidence_for[:SENTENCES]))
    if asset.next_step:
        why.append(f"\nTry: {asset.next_step}", style="green")
    return name, came, cause, why
