"""The study as tables for the terminal."""

from collections.abc import Sequence

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from pipeline.study.change import AROUND, Harm, Step
from pipeline.study.chronic import Chronic
from pipeline.study.deaths import CAPPED_ALPHA, Deaths, Rule, at_equal
from pipeline.study.places import Places
from pipeline.study.run import Study
from pipeline.study.year import Year

_NOTHING = "-"

_SPANS = {
    "day": "nothing: hours of work",
    "night": "a night",
    "weekend": "a weekend",
    "holiday": "a holiday of some or all",
    "outage": "two days without the source",
}


def render(study: Study) -> RenderableType:
    """Return what people read of a study."""
    head = f"{study.workspaces} workspaces of {study.weeks} weeks, made up (seed {study.seed}): their truth is known"
    return Group(
        Text(head, style="bold"),
        _promises(study.year),
        _spans(study.year),
        _losses(study.year),
        _deaths(study.deaths),
        _places(study.places),
        _step(study.step),
        _chronic(study.chronic),
        _viral(study.viral),
    )


def _promises(found: Year) -> RenderableType:
    title, table = _table(f"Healthy prompts that are called silent: {found.prompts:,}, and alpha is the promise")
    table.add_column("")
    for alpha in found.promises:
        table.add_column(f"alpha {alpha:g}", justify="right")
    rows = {
        "prompts that are judged": [_percent(p.judged) for p in found.promises.values()],
        "called silent, of these": [_percent(p.silent_at_deadline) for p in found.promises.values()],
        "called so while nobody was at work": [f"{p.nobody_at_work:,}" for p in found.promises.values()],
        "judged in the first weeks of a programme": [_percent(p.judged) for p in found.cold_start.values()],
        "called silent, of these ": [_percent(p.silent_at_deadline) for p in found.cold_start.values()],
    }
    for name, values in rows.items():
        table.add_row(name, *values)
    return Group(title, table)


def _spans(found: Year) -> RenderableType:
    title, table = _table(f"What lies between posting and deadline (alpha {found.span_alpha:g})")
    table.add_column("")
    table.add_column("prompts", justify="right")
    for name in ("called silent", "unknown"):
        table.add_column(name, justify="right")
    for name, what in _SPANS.items():
        span = found.spans[name]
        table.add_row(what, f"{span.prompts:,}", _percent(span.silent_at_deadline), _percent(span.unknown))
    return Group(title, table)


def _losses(found: Year) -> RenderableType:
    title, table = _table(f"Silence at the horizon ({_percent(found.silent_share)} of the prompts): log loss")
    table.add_column("who says it")
    table.add_column("log loss", justify="right")
    for name, loss in sorted(found.log_loss.items(), key=lambda item: item[1]):
        who = {"truth": "truth: who knows everything but chance", "mix": "mix: the product"}.get(name, name)
        table.add_row(who, f"{loss:.4f}", style="bold" if name == "mix" else "")
    off = (
        f"p_zero is off by {found.error:.3f} on average; {found.expected_ratio:.2f} x the true responders are expected"
    )
    return Group(title, table, Text(off))


def _deaths(found: Deaths) -> RenderableType:
    heading, table = _table(
        f"{found.died} of {found.assets} assets die: prompts until it is told, beside 'n silent in a row' with as many "
        "false alarms; which share of what was told is false, and of what stands at the end of a week"
    )
    table.add_column("alpha")
    for title in ("false per 1,000", "of told", "standing", "told after", "n in a row after", "found"):
        table.add_column(title, justify="right")

    def row(name: str, rule: Rule, beside: float | None) -> None:
        table.add_row(
            name,
            f"{rule.false_per_thousand:.1f}",
            _percent(rule.false_share),
            _percent(rule.false_standing),
            f"{rule.delay:.1f}",
            _NOTHING if beside is None else f"{beside:.1f}",
            _percent(rule.found),
        )

    for alpha, rule in found.detectors.items():
        row(f"{alpha:g}", rule, found.rows_at_equal[alpha])
    for fdr, rule in found.capped.items():
        row(f"{CAPPED_ALPHA:g}, cap {fdr:g}", rule, at_equal(found.rows, rule.false_per_thousand))
    return Group(heading, table)


def _places(found: Sequence[Places]) -> RenderableType:
    one = found[0]
    heading, table = _table(f"{one.died} of {one.channels} channels die with all that is asked there")
    table.add_column("cap")
    for title in ("false", "of healthy prompts", "found", "after prompts", "after days", "slowest"):
        table.add_column(title, justify="right")
    for each in found:
        table.add_row(
            "none" if each.fdr is None else f"{each.fdr:g}",
            f"{each.false_alarms}",
            f"{each.healthy_prompts:,}",
            f"{each.told}",
            *(
                _NOTHING if figure is None else f"{figure:.1f}"
                for figure in (each.prompts, each.days, each.days_slowest)
            ),
        )
    return Group(heading, table)


def _step(found: Step) -> RenderableType:
    after = "never" if found.prompts is None else f"after {found.prompts} prompts of a segment"
    heading, table = _table(f"Engagement falls to half: responders expected are within a quarter of the truth {after}")
    for title in ("prompts after", "expected / truth", "p_zero said - truth", "called silent, of the judged"):
        table.add_column(title, justify="right")
    for n, (ratio, error, called) in enumerate(zip(found.ratios, found.errors, found.false_alarms, strict=True)):
        table.add_row(f"{n * AROUND} - {(n + 1) * AROUND}", f"{ratio:.2f}", f"{error:+.3f}", _percent(called))
    return Group(heading, table)


def _chronic(found: Chronic) -> RenderableType:
    title, table = _table(
        f"Segments that nobody answers, beside {found.healthy} that are answered, of which {found.healthy_told} were "
        f"reported (the most silent: {_percent(found.most_silent)})"
    )
    for name in ("segment", "reported", "after prompts", "usually silent", "p_zero at last"):
        table.add_column(name, justify="left" if name == "segment" else "right")
    for one in found.planted:
        table.add_row(
            f"{one.segment}, {f'since week {one.from_week}' if one.from_week else 'ever'}",
            f"{one.times_told} x" if one.stands or not one.times_told else f"{one.times_told} x, revived",
            _NOTHING if one.prompts is None else f"{one.prompts}",
            _NOTHING if one.silent_expected is None else f"{one.silent_expected:.1f}",
            f"{one.p_zero_at_last:.2f}",
        )
    return Group(title, table)


def _viral(found: Harm) -> RenderableType:
    what = f"One prompt meets {found.responders:,} responders: what differs from the same world without it"
    title, table = _table(what)
    table.add_column("")
    table.add_column("", justify="right")
    table.show_header = False
    rows = {
        "prompts posted after it": f"{found.prompts:,}",
        "p_zero moved by, mean": f"{found.p_zero_moved:.4f}",
        "p_zero moved by, most": f"{found.p_zero_moved_most:.3f}",
        f"responders expected of the next {AROUND} of its segment": f"{found.expected_moved:.2f} x",
        "called silent in one of the worlds only": f"{found.verdicts_changed}",
    }
    for name, value in rows.items():
        table.add_row(name, value)
    return Group(title, table)


def _table(title: str) -> tuple[Text, Table]:
    """Return a title, which may be wider than the table below it, and the table."""
    return Text(f"\n{title}", style="italic"), Table(box=box.SIMPLE_HEAD, pad_edge=False)


def _percent(share: float | None) -> str:
    return _NOTHING if share is None else f"{100 * share:.1f} %"
