"""The agent: what goes in, what comes out, and that the same goes in and out."""

import pytest

from agents.diagnose import diagnose
from agents.effects import Send, WaitFor
from schemas.anomaly import ANOMALY, Anomaly
from schemas.base import HOUR
from schemas.dead_letter import DeadLetter
from schemas.directory import Brief
from schemas.event import Watermark
from schemas.topic import Topic


def test_waits_for_the_knowledge_and_sends_one_anomaly_into_the_same_partition(known, checklist, make_verdict, record):
    verdict = make_verdict()
    wait, send = diagnose([record(verdict)], known=known, checklist=checklist)
    assert wait == WaitFor(known.as_of_for(verdict.time))
    assert isinstance(send, Send)
    assert (send.topic, send.key, send.partition) == (Topic.ANOMALIES, "prompt/slack:C1:1.2", 3)
    assert isinstance(send.value, Anomaly)
    assert (send.value.anomaly_id, send.value.version, send.value.state) == ("prompt/slack:C1:1.2", 1, "open")
    nobody = verdict.prompt.model_copy(update={"author": ""})
    assert send.value.verdict == verdict.model_copy(update={"prompt": nobody})
    assert ANOMALY.validate_json(send.value.wire()) == send.value


@pytest.mark.parametrize(
    ("kind", "state"), [("silent", "open"), ("expired", "open"), ("revived", "revived"), ("withdrawn", "withdrawn")]
)
def test_the_state_follows_the_verdict(known, checklist, make_verdict, record, kind, state):
    verdict = make_verdict(verdict={"verdict": kind, "version": 4, "level": "asset", "subject": "podcast"})
    _, send = diagnose([record(verdict)], known=known, checklist=checklist)
    assert (send.value.state, send.value.version, send.value.anomaly_id) == (state, 4, "asset/podcast")


def test_a_watermark_is_passed_on_with_its_stage(known, checklist, record):
    mark = Watermark(time=12 * HOUR, stage="track", partition=2)
    assert list(diagnose([record(mark)], known=known, checklist=checklist)) == [
        Send(Topic.ANOMALIES, key="watermark:track:2", value=mark, partition=3)
    ]


@pytest.mark.parametrize("broken", [b"", b"\xff", b"{}", b'{"kind":"verdict","verdict":"silent"}', b"[1]"])
def test_what_cannot_be_read_becomes_a_dead_letter_and_the_next_record_is_read(
    known, checklist, make_verdict, record, broken
):
    batch = [record(broken, offset=7), record(make_verdict(), offset=8)]
    refused, _, sent = diagnose(batch, known=known, checklist=checklist)
    assert refused.topic == Topic.DEAD_LETTERS
    assert isinstance(refused.value, DeadLetter)
    assert refused.value.dead_letter_id == "diagnose/verdicts/3/7"
    assert refused.value.reason
    assert sent.topic == Topic.ANOMALIES


def test_the_same_record_twice_gives_the_same_anomaly(known, checklist, make_verdict, record):
    known.activity |= {"field_sales|slack:C2": 214.0, "field_sales|slack:C9": 214.0}
    known.briefs["podcast"] = Brief(asset_id="podcast", title="Podcast 12", personas=("field_sales", "engineers"))
    batch = [record(make_verdict(asset_id="podcast", reach={"engineers": 60, "field_sales": 40}))]
    first = [effect for _ in range(2) for effect in diagnose(batch, known=known, checklist=checklist)]
    assert first[:2] == first[2:]
    assert first[1].value.wire() == first[3].value.wire()


def test_an_asset_is_called_by_the_title_of_its_brief_else_by_where_it_stands(known, checklist, make_verdict, record):
    def title(verdict):
        return list(diagnose([record(verdict)], known=known, checklist=checklist))[1].value.title

    assert title(make_verdict()) == "question in #learning, 2026-03-03 09:00 UTC"
    assert title(make_verdict(conversation="C7")) == "question in #C7, 2026-03-03 09:00 UTC"
    asset = {"level": "asset", "subject": "podcast"}
    assert (
        title(make_verdict(asset_id="podcast", verdict=asset)) == "podcast: question in #learning, 2026-03-03 09:00 UTC"
    )
    known.briefs["podcast"] = Brief(asset_id="podcast", title="Podcast 12")
    assert title(make_verdict(asset_id="podcast")) == "Podcast 12"


@pytest.mark.parametrize(
    ("until", "said", "step"),
    [
        (None, "slack has delivered nothing since 2026-03-03 10:00 UTC, although it usually does.", "token valid"),
        (
            1_772_629_200.0,
            "slack delivered nothing from 2026-03-03 10:00 UTC to 2026-03-04 13:00 UTC;",
            "delivers again",
        ),
    ],
)
def test_what_nobody_can_know_has_no_cause_but_says_why_and_what_to_do(
    known, checklist, make_verdict, record, until, said, step
):
    unknown = {"verdict": "unknown", "unseen_since": 1_772_532_000.0, "unseen_until": until}
    _, send = diagnose([record(make_verdict(verdict=unknown))], known=known, checklist=checklist)
    anomaly = send.value
    assert (anomaly.state, anomaly.hypothesis, anomaly.probabilities) == ("unknown", "undetermined", {})
    [evidence] = anomaly.evidence
    assert evidence.sentence.startswith(said)
    assert step in anomaly.next_step
    assert anomaly.next_step.endswith("crickets backfill EXPORT.")
