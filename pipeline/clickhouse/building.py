"""Young programmes: not dead, building; how far they are, and who came."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from clickhouse_connect.driver.client import Client
from rich import box
from rich.table import Table
from rich.text import Text

from pipeline.clickhouse.ask import ask

_BUILDING = """
SELECT * FROM {database}.building
WHERE ({source:String} = '' OR source = {source:String}) AND ({workspace:String} = '' OR workspace = {workspace:String})
ORDER BY last_posted_at DESC, persona
LIMIT {limit:UInt32}
"""


@dataclass(frozen=True)
class Building:
    """A row of view `building`."""

    source: str
    workspace: str
    persona: str
    prompts: int
    answered: int
    young_until: float
    silent_assets: int
    came: dict[str, int]
    since: datetime
    last_posted_at: datetime


def read_building(client: Client, database: str, here: dict[str, Any]) -> list[Building]:
    """Ask for the young programmes of a source and workspace (empty: all)."""
    return [Building(**row) for row in ask(client, database, _BUILDING, here)]


def building_table(programmes: list[Building]) -> Table:
    """Return them for the terminal."""
    title = "Building: young programmes, too early to call silence dead"
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for name in ("persona", "prompts", "answered", "silent", "who came"):
        table.add_column(name, no_wrap=name != "who came")
    for one in programmes:
        came = ", ".join(f"{count} {persona}" for persona, count in sorted(one.came.items()) if count)
        far = f"{one.prompts} of {one.young_until:.0f}"
        table.add_row(Text(one.persona), far, str(one.answered), f"{one.silent_assets} assets", Text(came or "nobody"))
    return table
