"""What somebody says of an anomaly, from the command line to the tables and back, as people do it."""

import pytest

from pipeline.clickhouse import connect, migrate
from pipeline.kafka import BulkProducer, create_topics
from pipeline.settings import ClickHouseSettings, KafkaSettings
from schemas.expectation import Expectation
from schemas.outcome import Outcome, Prompt
from schemas.topic import Topic
from schemas.verdict import Verdict
from tests.integration.conftest import EMBEDDED, Installation, eventually

pytestmark = pytest.mark.process

NOW = """
SELECT state, says, hypothesis, muted_until IS NOT NULL FROM crickets.anomalies FINAL WHERE subject = 's:C1:1'
"""
STANDING = "SELECT says, cause, note, people FROM crickets.feedback_now"
DEAD = "SELECT count() FROM crickets.dead_assets"
LETTERS = "SELECT stage, field FROM crickets.dead_letters_now WHERE topic = 'feedback'"


def kafka_of(servers: dict[str, str]) -> KafkaSettings:
    address, prefix = servers["CRICKETS_KAFKA__BOOTSTRAP_SERVERS"], servers["CRICKETS_KAFKA__PREFIX"]
    return KafkaSettings(bootstrap_servers=address, prefix=prefix, partitions=1)


@pytest.mark.parametrize("servers", [EMBEDDED], indirect=True)
def test_what_is_said_changes_the_anomaly_and_what_is_taken_back_changes_it_back(
    installation: Installation, servers: dict[str, str]
) -> None:
    told_at = 7_000.0  # so long ago that nothing had to be learned before
    prompt = Prompt(
        prompt_id="s:C1:1", source="s", conversation="C1", message="1", author="m_a", posted_at=60.0,
        asset_id="podcast", asset_type="thumbs_up", persona="sales", persona_given=True, reach={"sales": 40},
    )  # fmt: skip
    expectation = Expectation(p_zero=0.05, p_zero_horizon=0.02, expected=3.1, alpha=0.1)
    judged = {"prompt": prompt, "expectation": expectation, "time": told_at, "told_at": told_at, "version": 1}
    verdict = Verdict(verdict="silent", subject=prompt.prompt_id, **judged)
    outcome = Outcome(stage="deadline", status="silent", flagged=True, responders=0, responses=0, **judged)
    url, kafka = servers["CRICKETS_CLICKHOUSE__URL"], kafka_of(servers)
    installation.settings |= servers | {"CRICKETS_KAFKA__PARTITIONS": "1", "CRICKETS_CLICKHOUSE__BATCH_SECONDS": "0.1"}
    create_topics(kafka)
    with BulkProducer(kafka) as producer:
        producer.send(Topic.OUTCOMES, b"s:C1:1", outcome.wire())
        producer.send(Topic.VERDICTS, b"s:C1:1", verdict.wire())
    clickhouse = ClickHouseSettings(url=url)
    migrate(connect(clickhouse, url), clickhouse.database)
    rows = installation.rows
    with installation.start("worker"):
        eventually(lambda: len(rows(NOW)) == 1, "the anomaly is recorded")
        [(state, says, told, muted)] = rows(NOW)
        assert (state, says, muted, rows(DEAD)) == ("open", "", 0, [(1,)])

        given = installation.json("feedback", "podcast", "expected", "--note", "over Christmas")
        assert (given["anomaly_id"], given["says"]) == ("prompt/s:C1:1", "expected")
        eventually(lambda: rows(NOW) == [("muted", "expected", told, 1)], "it is muted")
        assert rows(STANDING) == [("expected", "", "over Christmas", 1)]
        assert rows(DEAD) == [(0,)], "what is expected is not dead"
        story = installation.json("explain", "podcast")
        assert [item["what"] for item in story["timeline"] if "expected:" in item["what"]]

        installation.json("feedback", "s:C1:1", "wrong_cause:no_need")
        eventually(lambda: rows(NOW) == [("open", "wrong_cause", "no_need", 0)], "the same person knows better")
        with BulkProducer(kafka) as producer:
            producer.send(Topic.FEEDBACK, b"x", b'{"kind":"feedback","says":"confirmed"}')
        eventually(lambda: rows(LETTERS) == [("heed", "anomaly_id")], "what is broken is put aside")

        installation.json("feedback", "prompt/s:C1:1", "withdrawn")
        eventually(lambda: rows(NOW) == [("open", "", told, 0)], "all of it is taken back")
        assert rows(STANDING) == []
        for arguments, complaint in (
            (("nonsense", "confirmed"), "no prompt and no asset"),
            (("podcast", "hm"), "cannot be said"),
            (("podcast", "wrong_cause"), "wrong_cause:no_need"),
            (("podcast", "confirmed", "--note", "x" * 501), "500 characters"),
        ):
            done = installation.run("feedback", *arguments)
            assert done.returncode == 1
            assert complaint in " ".join(done.stderr.split())
    assert "Traceback" not in (installation.folder / "worker.log").read_text()
