"""ClickHouse: the client, the migrations, the sink that writes the tables, and the report that reads them."""

from pipeline.clickhouse.client import connect
from pipeline.clickhouse.migrate import migrate, pending
from pipeline.clickhouse.render import render
from pipeline.clickhouse.report import ReplaySummary, Report, read_report, replay_summary, to_json
from pipeline.clickhouse.sink import Sink

__all__ = [
    "ReplaySummary",
    "Report",
    "Sink",
    "connect",
    "migrate",
    "pending",
    "read_report",
    "render",
    "replay_summary",
    "to_json",
]
