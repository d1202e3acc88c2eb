import re
from pathlib import Path

import pytest
from clickhouse_connect.driver.client import Client

PAGE = (Path(__file__).parents[3] / "docs" / "tables.md").read_text("utf-8")
QUERIES = re.findall(r"```sql\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize("query", QUERIES)
def test_every_query_of_the_page_runs(query: str, client: Client, database: str) -> None:
    assert client.query(query.strip().rstrip(";").replace("crickets.", f"{database}.")).column_names is not None


def test_the_page_names_every_table_and_view(client: Client, database: str) -> None:
    names = client.query("SELECT name FROM system.tables WHERE database = {d:String}", {"d": database}).result_columns[
        0
    ]
    assert len(QUERIES) > 5
    assert [name for name in names if f"| `{name}` |" not in PAGE] == []
