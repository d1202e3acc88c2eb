"""The report as tables for the terminal."""

from datetime import datetime

from rich import box
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from pipeline.clickhouse.building import building_table
from pipeline.clickhouse.dead_channels import dead_channel
from pipeline.clickhouse.hidden_personas import hidden_personas
from pipeline.clickhouse.likely_cause import likely_cause
from pipeline.clickhouse.report import ChronicSegment, DeadAsset, ReplaySummary, Report, Segment, WeekOfCauses
from pipeline.clickhouse.too_little import TooLittle

TOO_LITTLE_SHOWN = 5
"""Segments whose silence is no news are told in short; all of them are in the view `too_little_to_tell`."""


def render(report: Report) -> RenderableType:
    """Return what people read: how far it was judged, the totals, the dead assets one by one, then segments."""
    parts: list[RenderableType] = [_judged(report), *_holes(report), _summary(report.summary), Text()]
    if report.dead_channels:
        parts.append(Text(f"Dead channels: {len(report.dead_channels)}", style="bold"))
        parts += [*(dead_channel(channel) for channel in report.dead_channels), Text()]
    if report.dead_assets:
        parts.append(Text(_how_many(len(report.dead_assets), report.dead_assets_total), style="bold"))
        parts += [_dead_asset(asset) for asset in report.dead_assets]
    else:
        parts.append(Text("No asset is met by silence now.", style="green"))
    if report.chronic_segments:
        parts += [Text(), Text(f"Segments that nobody answers: {len(report.chronic_segments)}", style="bold")]
        parts += [_chronic(segment) for segment in report.chronic_segments]
    if report.hidden_personas:
        parts += [Text(), hidden_personas(report.hidden_personas)]
    if report.building:
        parts += [Text(), building_table(report.building)]
    if report.segments:
        parts += [Text(), _segments(report.segments)]
    if report.too_little_to_tell:
        parts += [Text(), _too_little(report.too_little_to_tell)]
    if report.causes:
        parts += [Text(), _causes(report.causes)]
    return Group(*parts)


def _judged(report: Report) -> Text:
    if report.judged_until is None:
        return Text("Nothing has been judged yet.", style="yellow")
    text = Text(f"Judged up to {moment(report.judged_until)}.")
    ends = [stage.observed_until for stage in report.progress if stage.observed_until is not None]
    if ends:
        text.append(f" A source was observed only until {moment(max(ends))}.", style="dim")
    return text


def _holes(report: Report) -> list[RenderableType]:
    return [Text(f"{hole.sentence}.", style="red") for hole in report.source_holes]


def _summary(summary: ReplaySummary) -> Text:
    unjudged = f"{summary.silent_too_little_to_tell} of them expected too little to tell"
    return Text(
        f"{summary.prompts} prompts got {summary.responses} responses of {summary.responders} responders. "
        f"{summary.silent_at_horizon} ended in silence ({unjudged}), {summary.censored} were not observed to the end. "
        f"{summary.flagged} were called silent, {summary.revived} of them revived. "
        f"{summary.too_little_to_tell} of all prompts expect too little to tell: their silence is no news and is not "
        f"judged. {summary.dead_letters} dead letters."
    )


def _how_many(shown: int, total: int) -> str:
    return f"Dead assets: {total}" if shown == total else f"Dead assets: {shown} of {total}"


def _dead_asset(asset: DeadAsset) -> Panel:
    facts = Table.grid(padding=(0, 2))
    facts.add_column(style="dim", no_wrap=True)
    facts.add_column()
    facts.add_row("asset", Text(f"{asset.asset_id} ({asset.asset_type}, for {asset.persona})"))
    if asset.part_of:
        facts.add_row("part of", Text(asset.part_of, style="bold"))
    facts.add_row("silent since", f"{moment(asset.since)}, last posted {moment(asset.last_posted_at)}")
    facts.add_row("expected", f"{asset.expected:.1f} responders, 0 came: p_zero {probability(asset.p_zero)}")
    if asset.basis:
        facts.add_row("", Text(asset.basis, style="yellow"))
    if asset.prompts > 1 or asset.e_value > 0:
        evidence = f", evidence over prompts {asset.e_value:.1f}" if asset.e_value > 0 else ""
        facts.add_row("prompts", f"{asset.prompts} in a row{evidence}")
    facts.add_row("likely cause", likely_cause(asset.hypothesis, asset.beside, asset.probability))
    for side, sentences, most in (("for it", asset.evidence_for, 5), ("against it", asset.evidence_against, 3)):
        for number, sentence in enumerate(sentences[:most]):
            facts.add_row(side if number == 0 else "", Text(sentence))
    if asset.next_step:
        facts.add_row("try", Text(asset.next_step, style="green"))
    title = Text(asset.title or asset.asset_id, style="bold red")
    return Panel(facts, title=title, title_align="left", box=box.ROUNDED)


def _chronic(segment: ChronicSegment) -> Panel:
    facts = Table.grid(padding=(0, 2))
    facts.add_column(style="dim", no_wrap=True)
    facts.add_column()
    facts.add_row("silent since", f"{moment(segment.since)}, {segment.prompts} prompts in a row")
    facts.add_row("usual", f"{1 - segment.reference:.0%} answered: {segment.answered_expected:.0f} of these")
    for sentence in segment.evidence[:1]:
        facts.add_row("found", Text(f"{moment(segment.found_at)}: {sentence}"))
    facts.add_row("likely cause", likely_cause(segment.hypothesis, segment.beside, segment.probability))
    if segment.next_step:
        facts.add_row("try", Text(segment.next_step, style="green"))
    title = Text(f"{segment.persona} / {segment.asset_type}", style="bold red")
    return Panel(facts, title=title, title_align="left", box=box.ROUNDED)


def _segments(segments: list[Segment]) -> Table:
    table = _table("Silence by segment", "persona", "asks for")
    for name in ("prompts", "silent", "usual", "flagged", "revived", "came", "usual"):
        table.add_column(name, justify="right")
    for segment in segments:
        table.add_row(
            Text(segment.persona),
            segment.asset_type,
            str(segment.prompts),
            share(segment.silent_share),
            share(segment.silent_share_expected),
            str(segment.flagged),
            str(segment.revived),
            str(segment.responders),
            f"{segment.expected_responders:.0f}",
        )
    return table


def _too_little(segments: list[TooLittle]) -> Table:
    table = _table("Expected too little to tell: segments whose silence is mostly no news", "persona", "asks for")
    for name in ("prompts", "expected", "reach"):
        table.add_column(name, justify="right")
    table.add_column("tellable with")
    for segment in segments[:TOO_LITTLE_SHOWN]:
        table.add_row(
            Text(segment.persona),
            segment.asset_type,
            f"{segment.too_little_to_tell}/{segment.prompts}",
            f"{segment.expected_responders:.1f}",
            f"{segment.reach:.0f}",
            Text(segment.hint),
        )
    return table


def _causes(causes: list[WeekOfCauses]) -> Table:
    table = _table("Likely causes by week", "week (UTC)", "cause")
    for name in ("anomalies", "assets", "open", "revived", "probability"):
        table.add_column(name, justify="right")
    for cause in causes:
        table.add_row(
            cause.week.isoformat(),
            Text(cause.hypothesis),
            str(cause.anomalies),
            str(cause.assets),
            str(cause.open),
            str(cause.revived),
            f"{cause.mean_probability:.0%}",
        )
    return table


def _table(title: str, *names: str) -> Table:
    """Return an empty table that fits into 80 columns."""
    table = Table(
        title=title, title_justify="left", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False
    )
    for name in names:
        table.add_column(name, no_wrap=True)
    return table


def moment(time: datetime) -> str:
    """Print a moment with its zone.

    >>> from datetime import UTC
    >>> moment(datetime(2025, 5, 21, 10, tzinfo=UTC))
    '2025-05-21 10:00 UTC'
    """
    return time.strftime("%Y-%m-%d %H:%M %Z")


def probability(value: float) -> str:
    """Print a probability so that a tiny one does not look like 0."""
    return "< 0.0001" if value < 0.0001 else f"{value:.4f}"


def share(value: float | None) -> str:
    """Print a share; there is none of nothing."""
    return "-" if value is None else f"{value:.0%}"
