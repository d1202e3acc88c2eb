"""Which anomaly somebody means who names an asset or a prompt."""

from collections.abc import Callable
from typing import Any

from clickhouse_connect.driver.client import Client

from pipeline.clickhouse.sink import Sink
from pipeline.feedback import find_anomaly
from schemas.topic import Topic

Make = Callable[..., Any]


async def test_an_asset_means_what_was_told_of_it_in_that_workspace_and_a_prompt_its_own(
    sink: Sink, client: Client, database: str, record: Make, prompt: Make, outcome: Make, anomaly: Make
) -> None:
    here = prompt("1")
    there = prompt("2").model_copy(update={"workspace": "T2"})
    sink.add(Topic.OUTCOMES, 0, [record(Topic.OUTCOMES, outcome(asked, "silent")) for asked in (here, there)])
    told = [anomaly(asked, level=level) for asked in (here, there) for level in ("prompt", "asset")]
    sink.add(Topic.ANOMALIES, 0, [record(Topic.ANOMALIES, each) for each in told])
    await sink.flush()
    for workspace in ("T1", "T2"):
        meant = find_anomaly(client, database, "podcast", workspace=workspace)
        assert meant.anomaly_id == f"asset/slack:{workspace}/podcast"
    assert find_anomaly(client, database, "slack:C1:2").anomaly_id == "prompt/slack:C1:2"
    assert find_anomaly(client, database, "asset/slack:T1/podcast").anomaly_id == "asset/slack:T1/podcast"
