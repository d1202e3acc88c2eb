"""The statements of the bulk writer, in the order in which an installation would have got the rows.

Every value derives from a row's number through a hash, so that each run writes the same. What matters to the views is
as the product leaves it: every version of a prompt, a month in parts that merge, a tenth of the prompts silent, assets
of many postings beside prompts without one, anomalies with their evidence; healthy prompts are as silent as was
predicted.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from clickhouse_connect.driver.client import Client

from pipeline.clickhouse.statements import split_statements

START = datetime(2024, 1, 1, tzinfo=UTC)
END = datetime(2026, 1, 1, tzinfo=UTC)
MONTHS = 24
EVENTS_AT_ONCE = 4_000_000

_HERE = Path(__file__).parent
_SECONDS = (END - START).total_seconds()
_WORDS = {
    "start": f"{START.timestamp():.0f}",
    "channels": "2000",
    "dead_channels": "20",  # nobody has answered in them since the last quarter began
    "authors": "50000",
    "assets": "20000",
    "workspaces": "4",
    "personas": "['newcomer', 'regular', 'core', 'sales', 'support', 'engineering', 'managers', 'staff_office']",
    "types": "['thumbs_up', 'question', 'poll', 'discussion', 'share', 'challenge', 'announcement']",
    "causes": "['no_wiifm', 'elsewhere', 'wrong_audience', 'no_need', 'slow_build', 'undetermined']",
}


@dataclass(frozen=True)
class Bulk:
    """How much is written, and to where."""

    client: Client
    database: str
    prompts: int = 1_000_000
    events: int = 100_000_000

    def write(self) -> Iterator[str]:
        """Write all of it; says what has been written."""
        for month in range(MONTHS):
            self._month(month)
            if month % 6 == 5:
                yield f"{self.prompts * (month + 1) // MONTHS:,} prompts"
        for subject, level, which in self._levels():
            self._run("anomalies", level=f"'{level}'", subject=subject, which=which, version=1, number=self.prompts)
        self._run("rest")
        step = _SECONDS / self.events
        for first in range(0, self.events, EVENTS_AT_ONCE):
            self._run("events", first=first, number=min(EVENTS_AT_ONCE, self.events - first), step=step)
            yield f"{min(first + EVENTS_AT_ONCE, self.events):,} events"

    def settle(self) -> None:
        """Merge the months that are over, as the tables do by themselves when nothing has come for an hour."""
        where = "WHERE active AND database = {database:String} AND table = {table:String}"
        for table in ("prompts", "anomalies"):
            found = self.client.query(
                f"SELECT DISTINCT partition FROM system.parts {where} "
                f"AND partition != (SELECT max(partition) FROM system.parts {where})",
                parameters={"database": self.database, "table": table},
            )
            for (month,) in found.result_rows:
                self.client.command(f"OPTIMIZE TABLE {self.database}.{table} PARTITION {month} FINAL")

    def _month(self, month: int) -> None:
        first, last = (self.prompts * edge // MONTHS for edge in (month, month + 1))
        blocks = 40 if month == MONTHS - 1 else 2  # what is under way comes in many inserts
        for block in range(blocks):
            begin = first + (last - first) * block // blocks
            number = first + (last - first) * (block + 1) // blocks - begin
            for version in (1, 2, 3, 4):
                self._run("prompts", version=version, first=begin, number=number)
            self._run("outlooks", first=begin, number=number)
            for version, which in ((1, "silent OR flagged"), (2, "flagged AND NOT silent")):
                self._run(
                    "anomalies", level="'prompt'", subject="prompt_id", which=which, version=version, first=begin,
                    number=number,
                )  # fmt: skip

    def _levels(self) -> Iterator[tuple[str, str, str]]:
        """Yield subject, level and which of the prompts tell it: the latest one of each."""
        n = self.prompts
        dead = f"n >= {n} * 0.8 AND named AND silent AND cityHash64(n, 50) % 8 = 0"
        yield "concat('slack:', workspace, '/', asset)", "asset", dead
        yield "concat('slack:', conversation)", "channel", f"in_dead_channel AND n >= {n} * 0.98"
        segment = "concat('slack:', workspace, '/', persona, '/', asset_type)"
        yield segment, "segment", f"n >= {n} * 0.99 AND silent AND cityHash64(n, 51) % 100 = 0"
        hidden = "named AND persona != 'core' AND NOT silent AND cityHash64(n, 52) % 1000 = 0"
        yield "concat('slack:', workspace, '/', asset, '/core')", "persona", hidden

    def _run(self, file: str, **words: object) -> None:
        """Run the statements of a file with its words filled in."""
        defaults = {"first": 0, "step": _SECONDS / self.prompts, "database": self.database, "prompts": self.prompts}
        sql = _read(file).replace("{prompt}", _read("prompt"))
        for name, value in (_WORDS | defaults | words).items():
            sql = sql.replace(f"{{{name}}}", str(value))
        sql = re.sub(r"\{chance:(\d+)\}", r"(cityHash64(n, \1) % 1000000 / 1000000.)", sql)
        for statement in split_statements(sql):
            self.client.command(statement)


def _read(name: str) -> str:
    return (_HERE / f"{name}.sql").read_text("utf-8")
