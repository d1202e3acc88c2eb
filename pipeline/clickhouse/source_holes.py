"""What people ask about sources: which deliver nothing, and how many prompts nobody can judge for it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from clickhouse_connect.driver.client import Client

from pipeline.clickhouse.ask import ask


@dataclass(frozen=True)
class SourceHole:
    """A row of `source_health_now`."""

    source: str
    workspace: str
    state: str
    since: datetime
    until: datetime | None
    last_event: datetime
    usual: float
    p_zero: float
    unknown_prompts: int

    @property
    def sentence(self) -> str:
        """Say what is wrong, in one sentence."""
        name = f"{self.source} ({self.workspace})" if self.workspace else self.source
        usual = f"usually {self.usual:.1f} events an hour"
        if self.until is None:
            found = f"{name} has delivered nothing since {_moment(self.last_event)}, {usual}"
        else:
            found = f"{name} delivered nothing from {_moment(self.last_event)} to {_moment(self.until)}, {usual}"
        return f"{found}; {self.unknown_prompts} prompts are unknown"


_HOLES = """
SELECT * FROM {database}.source_health_now
WHERE state != 'filled' AND (state = 'down' OR unknown_prompts > 0)
    AND ({source:String} = '' OR source = {source:String})
    AND ({workspace:String} = '' OR workspace = {workspace:String})
ORDER BY since DESC, source, workspace
LIMIT {limit:UInt32}
"""


def read_source_holes(client: Client, database: str, here: dict[str, Any]) -> list[SourceHole]:
    """Return the sources that are down, and the holes that leave prompts unknown, latest first."""
    return [SourceHole(**row) for row in ask(client, database, _HOLES, here)]


def _moment(time: datetime) -> str:
    return time.strftime("%Y-%m-%d %H:%M UTC")
