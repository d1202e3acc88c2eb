"""Hidden personas as people read them: the good news of the report."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from clickhouse_connect.driver.client import Client
from rich.console import Group, RenderableType
from rich.text import Text

from pipeline.clickhouse.ask import ask

_HIDDEN = """
SELECT * FROM {database}.hidden_personas
WHERE ({source:String} = '' OR source = {source:String}) AND ({workspace:String} = '' OR workspace = {workspace:String})
ORDER BY e_value DESC, asset_id, persona
LIMIT {limit:UInt32}
"""
_OF_ASSET = """
SELECT sentence FROM {database}.hidden_personas
WHERE source = {source:String} AND workspace = {workspace:String} AND asset_id = {asset_id:String}
ORDER BY e_value DESC, persona
"""


@dataclass(frozen=True)
class HiddenPersona:
    """A row of `hidden_personas`."""

    source: str
    workspace: str
    asset_id: str
    title: str
    asset_type: str
    persona: str
    came: int
    expected: float
    prompts: int
    answered: int
    reached: int
    e_value: float
    found_at: datetime
    sentence: str
    next_step: str


def read_hidden_personas(client: Client, database: str, here: dict[str, Any]) -> list[HiddenPersona]:
    """Ask for the hidden personas of a source and workspace (empty: all), the surest first."""
    return [HiddenPersona(**row) for row in ask(client, database, _HIDDEN, here)]


def read_found(client: Client, database: str, source: str, workspace: str, asset_id: str) -> list[str]:
    """Return the sentences about the hidden personas of an asset."""
    names = {"source": source, "workspace": workspace, "asset_id": asset_id}
    return [row["sentence"] for row in ask(client, database, _OF_ASSET, names)]


def hidden_personas(found: list[HiddenPersona]) -> RenderableType:
    """Return them for the terminal."""
    parts = [Text(f"Hidden personas, who come though nobody designed it for them: {len(found)}", style="bold green")]
    for one in found:
        parts += [
            Text(f"{one.persona} at {one.title}: {one.sentence}."),
            Text(f"  Try: {one.next_step}", style="green"),
        ]
    return Group(*parts)
