"""A question to the tables: one of our queries with its parameters, answered as rows by name."""

import math
from collections.abc import Mapping
from typing import Any, TypeVar

from clickhouse_connect.driver.client import Client

from pipeline.clickhouse.client import ClickHouseAddressError
from pipeline.clickhouse.statements import Layout

T = TypeVar("T")


def ask(client: Client, database: str, query: str, parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the rows; `{database}` in the query stands for the database's name, NaN comes back as None."""
    if not database.isidentifier():
        msg = f"{database!r} is no name of a database"
        raise ClickHouseAddressError(msg)
    answer = client.query(Layout(database).fill(query), parameters=dict(parameters))
    return [{name: _number(value) for name, value in row.items()} for row in answer.named_results()]


def _number(value: T) -> T | None:
    """Turn NaN, a share of nothing, into None."""
    return None if isinstance(value, float) and math.isnan(value) else value
