"""Dead channels as people read them: what is silent there together, and what to try."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from clickhouse_connect.driver.client import Client
from rich import box
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from pipeline.clickhouse.ask import ask
from pipeline.clickhouse.likely_cause import likely_cause

_COLUMNS = (
    "source, workspace, subject, title, hypothesis, beside, probability, prompts, assets, e_value, since, evidence"
)
_CHANNELS = f"""
SELECT {_COLUMNS}, next_step
FROM {{database}}.dead_now
WHERE level = 'channel' AND ({{source:String}} = '' OR source = {{source:String}})
    AND ({{workspace:String}} = '' OR workspace = {{workspace:String}})
ORDER BY e_value DESC, subject
LIMIT {{limit:UInt32}}
"""
PART_OF = """
concat(title, if(startsWith(cause, 'channel/'), ' is', ' are'), ' dead since ',
    formatDateTime(since, '%Y-%m-%d %H:%i UTC'))
"""
"""How a row of `parts_now` says what something is part of."""


@dataclass(frozen=True)
class DeadChannel:
    """A row of `dead_now` at level channel."""

    source: str
    workspace: str
    subject: str
    title: str
    hypothesis: str
    beside: str
    probability: float
    prompts: int
    assets: int
    e_value: float
    since: datetime
    evidence: list[str]
    next_step: str


def read_dead_channels(client: Client, database: str, here: dict[str, Any]) -> list[DeadChannel]:
    """Ask for the dead channels of a source and workspace (empty: all), the surest first."""
    return [DeadChannel(**row) for row in ask(client, database, _CHANNELS, here)]


def dead_channel(channel: DeadChannel) -> Panel:
    """Return a dead channel for the terminal."""
    facts = Table.grid(padding=(0, 2))
    facts.add_column(style="dim", no_wrap=True)
    facts.add_column()
    facts.add_row("dead since", f"{channel.since:%Y-%m-%d %H:%M %Z}, with {channel.assets} dead assets")
    for sentence in channel.evidence[:1]:
        facts.add_row("found", Text(f"{sentence} (evidence {channel.e_value:.0f}, whichever asset is left out)"))
    facts.add_row("likely cause", likely_cause(channel.hypothesis, channel.beside, channel.probability))
    if channel.next_step:
        facts.add_row("try", Text(channel.next_step, style="green"))
    return Panel(facts, title=Text(channel.title, style="bold red"), title_align="left", box=box.ROUNDED)
