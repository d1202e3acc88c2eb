"""Why it is likely silent: the causes, what counts for and against them and how much, and what to try."""

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from pipeline.clickhouse.render import moment
from pipeline.explain.story import Diagnosis, Evidence, Story
from schemas.anomaly import UNDETERMINED

_LEADING = 2
"""So many causes have a column of their own."""

_CLEAR = 1.2
"""A factor from which on evidence speaks for a cause; below its inverse it speaks against it."""


def why(story: Story) -> RenderableType:
    """Return the causes with their probabilities, the evidence with its factors, and the next step."""
    found = story.diagnosis
    assert found is not None
    parts: list[RenderableType] = [Text(_what_it_is(story, found)), _causes(found)]
    if found.evidence:
        parts += [Text(), _evidence(found)]
    if found.next_step:
        parts.append(Padding(Text.assemble(("Try: ", "bold green"), (found.next_step, "green")), (1, 0, 0, 0)))
    return Group(*parts)


def _what_it_is(story: Story, found: Diagnosis) -> str:
    of = "all prompts of the asset together" if found.level == "asset" else "this prompt"
    told = f"What the checklist makes of {of}, as of {moment(found.time)}"
    if found.level == "prompt" and story.came.status == "expired" and not story.came.flagged:
        return f"{told}. It was never called silent, so this is no finding, only what would be looked at first."
    if story.came.responders:
        return f"{told}. Since somebody came after all, it is kept as a record."
    if found.state == "building":
        return f"{told}. The programme is young: this is building, not dead, and nobody is alarmed about it."
    if found.hypothesis == UNDETERMINED:
        return f"{told}. No cause stands out (undetermined); the likeliest:"
    if found.beside:
        return f"{told}. Two causes stand out together, {found.hypothesis} and {found.beside}:"
    return f"{told}. The likeliest causes:"


def _causes(found: Diagnosis) -> RenderableType:
    table = Table.grid(padding=(0, 2))
    for _ in range(2):
        table.add_column(no_wrap=True, justify="left")
    table.add_column()
    for number, cause in enumerate(found.causes):
        leads = cause.code in {found.hypothesis, found.beside}
        told = f"{cause.question} {cause.finding}" if number < _LEADING else cause.question
        table.add_row(
            f"{cause.probability:>4.0%}", Text(cause.code, style="bold red" if leads else ""), Text(told.strip())
        )
    return table


def _evidence(found: Diagnosis) -> RenderableType:
    leading = [cause.code for cause in found.causes[:_LEADING]]
    weighed = any(item.weights for item in found.evidence)
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
    for code in leading:
        table.add_column(code, justify="right", no_wrap=True)
    table.add_column("what is known")
    for item in found.evidence:
        table.add_row(*[_factor(item, code) for code in leading], Text(item.sentence))
    if weighed:
        legend = (
            "x 2 makes a cause about twice as likely against the others, x 0.5 half; of what tends to come "
            "together the most telling counts in full, the rest less"
        )
    else:
        legend = "+ speaks for a cause, - against it; how much was not recorded yet when this was found"
    return Group(table, Text(legend, style="dim"))


def _factor(item: Evidence, code: str) -> Text:
    factor = item.factor(code)
    if factor is None:
        sign = "+" if code in item.speaks_for else "-" if code in item.speaks_against else ""
        return Text(sign, style={"+": "green", "-": "red"}.get(sign, ""))
    style = "green" if factor >= _CLEAR else "red" if factor <= 1 / _CLEAR else "dim"
    return Text(f"x {factor:.1f}" if factor >= 1 else f"x {factor:.2f}", style=style)
