"""Dead letters as lines for the terminal; ids stand alone, so that they can be copied."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from rich.markup import escape

from pipeline.dead_letters.letter import Group, Letter
from pipeline.dead_letters.redrive import Redriven
from pipeline.dead_letters.rules import refusal, source_part
from pipeline.kafka.reader import Missing, Standing


def render_list(letters: Sequence[Letter], groups: Sequence[Group], open_: int, redriven: int) -> Iterator[str]:
    """Give the counts by stage and reason, what should be looked at first, then the letters."""
    if not groups:
        yield "[green]No dead letter is open.[/]" + (
            f" {redriven} were redriven: --all shows them." if redriven else ""
        )
        return
    yield (
        f"[bold]{_letters(open_)} open[/]" + (f", {redriven} redriven" if redriven else "") + ". By stage and reason:\n"
    )
    for group in groups:
        yield f"{group.letters:>6}  [bold]{group.stage}[/]  {escape(group.reason)}"
        yield f"        [dim]{escape(group.error)}, latest {_moment(group.latest)}[/]"
    shown = sum(group.letters for group in groups)
    yield "\nThe latest:\n" if len(letters) < shown else "\nOne by one:\n"
    for letter in letters:
        yield from _line(letter)
    if len(letters) < shown:
        yield f"\n{shown - len(letters)} more: --limit shows them."
    yield "\nAll about one: crickets dead-letters show ID. To try again: crickets dead-letters redrive ID"


def _line(letter: Letter) -> Iterator[str]:
    again = f"  [green]redriven {_moment(letter.redriven_at)}[/]" if letter.redriven_at else ""
    source = f"  {escape(letter.source)}" if letter.source else ""
    yield f"{_moment(letter.put_aside_at)}  [bold]{escape(letter.dead_letter_id)}[/]{source}{again}"


def render_letter(letter: Letter, original: Standing | Missing | str, *, details: bool) -> Iterator[str]:
    """Give everything about one letter; of its original no more than size, source and time."""
    yield f"[bold]{escape(letter.dead_letter_id)}[/]"
    facts = {
        "reason": letter.reason,
        "error": letter.error,
        "field": letter.field,
        "stage": letter.stage,
        "source": letter.source,
        "tries": str(letter.tries),
        "put aside": _moment(letter.put_aside_at),
        "event time": _moment(letter.event_time) if letter.event_time else "not known",
        "original": _place(letter) + ": " + _readable(original),
    }
    if details and isinstance(original, Standing):
        facts |= {
            "size": f"{original.size:,} bytes",
            "key's source": source_part(original) or "not known",
            "written": _moment(original.written_at),
        }
    if letter.redriven_at:
        facts["redriven"] = (
            f"{_moment(letter.redriven_at)}, as {letter.topic}[{letter.partition}]@{letter.again_offset}"
        )
    elif why := refusal(letter):
        facts["redrive"] = f"not possible: {why}"
    else:
        facts["redrive"] = f"crickets dead-letters redrive {letter.dead_letter_id}"
    for name, fact in facts.items():
        if fact:
            yield f"{name:>12}  {escape(fact)}"
    if letter.traceback:
        yield f"{'traceback':>12}"
        for frame in letter.traceback.splitlines():
            yield f"{'':>14}{escape(frame)}"


def _place(letter: Letter) -> str:
    return f"{letter.topic}[{letter.partition}]@{letter.offset}"


def _readable(original: Standing | Missing | str) -> str:
    match original:
        case Standing():
            return "can still be read there"
        case Missing(why):
            return f"gone: {why}"
        case _:
            return original


def render_redriven(done: Redriven, *, dry_run: bool) -> Iterator[str]:
    """Give what was done, and why not where it was not."""
    for dead_letter_id, why in sorted(done.refused.items()):
        yield f"[yellow]not redriven[/]  {escape(dead_letter_id)}: {escape(why)}"
    verb = "would be redriven" if dry_run else "redriven"
    records = "" if done.records == len(done.redriven) else f" ({done.records} records)"
    yield f"{_letters(len(done.redriven))} {verb}{records}" + (f", {len(done.refused)} not" if done.refused else "")


def _letters(number: int) -> str:
    return f"{number:,} dead letter{'' if number == 1 else 's'}"


def _moment(time: datetime) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S %Z")
