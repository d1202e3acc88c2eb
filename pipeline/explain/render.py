"""The story for the terminal: read from the top, each part says a bit more."""

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from pipeline.clickhouse.render import moment
from pipeline.explain.story import SMALL_GROUPS, SMALLEST_GROUP, Posting, Story
from pipeline.explain.why import why
from pipeline.explain.words import after, age, borrowed, chance, chronic, explanation, label, people, timeline

_STYLES = {"answered": "bold green", "revived": "bold green", "silent": "bold red"}
_VIEWS = {
    "segment": "the share that was silent before, by persona and type",
    "hazard": "how soon first responses came",
    "direct": "a model of silence from what the prompt is like",
    "measured": "the same from how often its channel, author and persona met silence",
    "mix": "all of them together, which is what counts",
}
_BAR = 22
_PROMPTS_SHOWN = 12


def render(story: Story) -> RenderableType:
    """Return what people read, 80 columns wide or more."""
    posted = story.posted
    title = Text(posted.title or posted.asset_id or posted.prompt_id, style="bold")
    title.append(f"  {label(story)}", style=_STYLES.get(story.came.status, "bold yellow"))
    parts: list[RenderableType] = [title, Text(explanation(story)), _posted(story)]
    if story.part_of:
        parts.insert(2, Text(f"Part of: {story.part_of}.", style="bold"))
    if story.hidden_personas:
        parts += [_part("Who comes though it is not for them"), *map(Text, story.hidden_personas)]
    parts += [_part("What was expected"), _expected(story)]
    if story.course:
        parts += [_part("How it was to go, and how it went"), _course(story)]
    parts += [_part("What happened"), _timeline(story)]
    if story.diagnosis is not None:
        parts += [_part("Why"), why(story)]
    if len(story.history) > 1:
        parts += [_part(f"All prompts of {posted.asset_id}"), _history(story.history, posted.prompt_id)]
    return Group(*parts)


def _part(name: str) -> RenderableType:
    return Padding(Rule(Text(name, style="bold"), align="left", style="dim"), (1, 0, 0, 0))


def _facts(*rows: tuple[str, str]) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, fact in rows:
        if fact:
            table.add_row(name, Text(fact))
    return table


def _posted(story: Story) -> RenderableType:
    posted = story.posted
    said = {"brief": "as its brief says", "ask": "as its text reads"}.get(posted.asset_type_from, "")
    return _facts(
        ("prompt", posted.prompt_id),
        ("asset", posted.asset_id or "none named: the prompt stands for itself"),
        ("asks for", f"{posted.asset_type.replace('_', ' ')}" + (f", {said}" if said else "")),
        ("where", _where(story)),
        ("by", f"{posted.author} (a pseudonym)"),
        ("posted", moment(posted.posted_at)),
        ("could see it", _reach(story)),
    )


def _where(story: Story) -> str:
    posted = story.posted
    place = f"channel {posted.conversation} of {posted.source}"
    if posted.workspace:
        place += f", workspace {posted.workspace}"
    others = posted.competing_prompts
    stood = f"{others} other prompt{'' if others == 1 else 's'}" if others else "no other prompt"
    return f"{place}; {stood} there in the day before"


def _reach(story: Story) -> str:
    posted = story.posted
    by_persona = _counts(posted.reach)
    known = "personas of the directory" if posted.persona_given else "personas inferred from activity"
    told = f"{posted.reach_total} members: {by_persona} ({known}); {posted.active_members} were active there lately"
    if SMALL_GROUPS in posted.reach:
        told += f". {SMALL_GROUPS.capitalize()}: personas of fewer than {SMALLEST_GROUP} members, which are not named"
    return told


def _expected(story: Story) -> RenderableType:
    expected, came = story.expected, story.came
    by_horizon = f"{people(expected.responders_horizon)} by the horizon"
    if expected.deadline is None:
        deadline = "none: too little is expected for silence to be news by itself"
        silence = f"{chance(expected.p_zero_horizon)} of prompts like this one are silent until the horizon (p_zero)"
    else:
        deadline = f"{moment(expected.deadline)} ({after(story, expected.deadline)}): from here on silence is news"
        by_horizon = f"{people(expected.responders)} by the deadline, {by_horizon}"
        silence = (
            f"{chance(expected.alpha)} of healthy prompts like this one are still silent at the deadline (alpha, the "
            f"false alarms that are put up with), {chance(expected.p_zero_horizon)} at the horizon (p_zero)"
        )
    rows = [("responders", by_horizon), ("silence", silence), ("deadline", deadline)]
    if expected.horizon is not None:
        until = f"{moment(expected.horizon)} ({after(story, expected.horizon)}): until then responses count"
        rows.append(("horizon", until))
    rows.append(("rests on", borrowed(story)))
    rows.append(("chronic", chronic(story)))
    rows += [("views" if number == 0 else "", view) for number, view in enumerate(_views(expected.views))]
    learned = f"from what was learned until {moment(expected.as_of)} (version {expected.version})"
    rows.append(("judged", learned if expected.version else "before anything had been learned"))
    rows.append(("came", f"{people(came.responders)}, {came.responses} responses{_by_persona(came.by_persona)}"))
    return _facts(*rows)


def _by_persona(counts: dict[str, int]) -> str:
    return f": {_counts(counts)}" if counts else ""


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {'in ' * (name == SMALL_GROUPS)}{name}" for name, count in counts.items())


def _views(views: dict[str, float]) -> list[str]:
    ordered = [name for name in _VIEWS if name in views] + [name for name in views if name not in _VIEWS]
    return [f"{chance(views[name]):>6}  {name}" + (f": {_VIEWS[name]}" if name in _VIEWS else "") for name in ordered]


def _course(story: Story) -> RenderableType:
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
    table.add_column("until (UTC)", no_wrap=True)
    table.add_column("after", no_wrap=True)
    table.add_column("silent", justify="right", no_wrap=True)
    table.add_column("expected", justify="right", no_wrap=True)
    table.add_column("came", justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    most = max([1e-9, *(stage.expected for stage in story.course), *(stage.came or 0 for stage in story.course)])
    deadline = story.expected.deadline
    for stage in story.course:
        if deadline is not None and deadline <= stage.until:
            table.add_row(
                Text(f"{deadline:%m-%d %H:%M}", style="bold"),
                Text(after(story, deadline), style="bold"),
                *[Text(), Text(), Text()],
                Text("<- the deadline", style="bold"),
            )
            deadline = None
        came = "" if stage.came is None else str(stage.came)
        bar = _bar(stage.expected / most, 0.0 if stage.came is None else stage.came / most)
        until = f"{stage.until:%m-%d %H:%M}"
        table.add_row(until, age(stage.hours), chance(stage.p_zero), f"{stage.expected:.1f}", came, bar)
    legend = Text.assemble(
        ("█", "green"), (" came  ", "dim"), ("░", ""), (" expected  ", "dim"),
        ("silent: chance that nobody has responded by then", "dim"),
    )  # fmt: skip
    return Group(table, legend)


def _bar(expected: float, came: float) -> Text:
    """Return both shares as one bar: what came lies over what was expected."""
    full, light = round(came * _BAR), round(expected * _BAR)
    return Text.assemble(("█" * full, "green"), "░" * max(light - full, 0))


def _timeline(story: Story) -> RenderableType:
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column()
    for at, what, to_come in timeline(story):
        told = Text(("to come: " if to_come else "") + what, style="dim" if to_come else "")
        table.add_row(Text(moment(at)), told)
    return table


def _history(history: list[Posting], here: str) -> RenderableType:
    table = Table.grid(padding=(0, 2))
    for _ in range(5):
        table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    shown = history[:_PROMPTS_SHOWN]
    shown += [posting for posting in history[_PROMPTS_SHOWN:] if posting.prompt_id == here]
    for posting in shown:
        status = "too little to tell" if posting.too_little and posting.status == "expired" else posting.status
        table.add_row(
            ">" if posting.prompt_id == here else " ",
            moment(posting.posted_at),
            Text(status, style=_STYLES.get(posting.status, "").removeprefix("bold ")),
            f"{posting.responders} came",
            f"{posting.expected_horizon:.1f} expected",
            Text(posting.prompt_id),
        )
    rest = len(history) - len(shown)
    return Group(table, Text(f"and {rest} earlier ones; --json has all", style="dim")) if rest else table
