"""Scores of archives as tables for the terminal."""

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from pipeline.evaluate.run import Evaluated
from pipeline.evaluate.scores import OWN, Bucket, Scores, Told, Window

_NOTHING = "-"

_WHO = {
    OWN: "the product: all views together",
    "segment": "view: rate of the segment so far",
    "hazard": "view: first response by age",
    "direct": "view: silence at the horizon",
    "measured": "view: the same, from amounts alone",
    "constant": "share of silent prompts so far",
    "logistic": "River's logistic regression",
    "poisson": "River's Poisson regression",
    "forest": "River's adaptive random forest",
}


def render(archive: Evaluated) -> RenderableType:
    """Return what people read of an archive."""
    scores = archive.scores
    parts: list[RenderableType] = [
        Text(archive.name, style="bold"),
        Text(_counts(scores)),
        _losses(scores),
        _reliability(scores.reliability, scores.ece),
    ]
    parts.append(_alphas(scores.alphas))
    if scores.why_not_when:
        parts.append(Text(f"How right that was is not scored: {scores.why_not_when}.", style="yellow"))
    else:
        parts.append(_windows(scores.windows))
    return Group(*parts, Text())


def _counts(scores: Scores) -> str:
    return (
        f"{scores.prompts:,} prompts: {scores.warm_up:,} to warm up, {scores.censored:,} whose horizon lies behind the "
        f"archive's end, {scores.scored:,} scored. {_percent(scores.silent_share)} of these met silence."
    )


def _losses(scores: Scores) -> Table:
    table = _table("Silence at the horizon: log loss (smaller is better)")
    table.add_column("who says it")
    table.add_column("log loss", justify="right")
    table.add_column("by segment's rate", justify="right")
    for name, loss in sorted(scores.log_loss.items(), key=lambda item: item[1]):
        style = "bold" if name == OWN else ""
        table.add_row(f"{name}: {_WHO[name]}", f"{loss:.4f}", f"{loss / scores.log_loss['segment']:.3f} x", style=style)
    return table


def _reliability(buckets: list[Bucket], ece: float) -> Table:
    table = _table(f"Said and so: calibration error {ece:.3f}")
    for title in ("p_zero", "prompts", "mean p_zero", "silent"):
        table.add_column(title, justify="right")
    for n, bucket in enumerate(buckets):
        if bucket.prompts:
            bounds = f"{n / len(buckets):.1f} - {(n + 1) / len(buckets):.1f}"
            table.add_row(bounds, f"{bucket.prompts:,}", f"{bucket.predicted:.3f}", f"{bucket.silent:.3f}")
    return table


def _alphas(alphas: dict[float, Told]) -> Table:
    table = _table("Told at the deadline")
    table.add_column("")
    rows: list[tuple[str, list[str]]] = [
        ("prompts that are judged", [_percent(told.judged) for told in alphas.values()]),
        ("silent at their deadline (alpha, or less)", [_percent(told.silent_at_deadline) for told in alphas.values()]),
        ("truly silent ones told of", [_percent(told.recall) for told in alphas.values()]),
        ("told of that are truly silent", [_percent(told.precision) for told in alphas.values()]),
        ("answered ones told of before", [_percent(told.false_alarms) for told in alphas.values()]),
        ("hours before the horizon, median", [_hours(told.lead_hours_median) for told in alphas.values()]),
        ("hours before the horizon, best tenth", [_hours(told.lead_hours_p90) for told in alphas.values()]),
        ("fixed window with as few false alarms", [_hours(told.window_hours) for told in alphas.values()]),
        ("truly silent ones told of before it", [_percent(told.found_before_window) for told in alphas.values()]),
        ("hours earlier than it, mean", [_hours(told.hours_saved) for told in alphas.values()]),
    ]
    for alpha in alphas:
        table.add_column(f"alpha {alpha:g}", justify="right")
    for name, values in rows:
        if any(value != _NOTHING for value in values):
            table.add_row(name, *values)
    return table


def _windows(windows: dict[float, Window]) -> Table:
    table = _table("Instead, a fixed window: everything that is silent so long is told of")
    for title in ("hours", "answered ones told of before", "told of that are truly silent", "before the horizon"):
        table.add_column(title, justify="right")
    for hours, window in windows.items():
        shares = _percent(window.false_alarms), _percent(window.precision)
        table.add_row(f"{hours:g}", *shares, _hours(window.lead_hours))
    return table


def _table(title: str) -> Table:
    return Table(box=box.SIMPLE_HEAD, title=title, title_justify="left", title_style="italic", pad_edge=False)


def _percent(share: float | None) -> str:
    return _NOTHING if share is None else f"{100 * share:.1f} %"


def _hours(hours: float | None) -> str:
    return _NOTHING if hours is None else f"{hours:.1f} h"
