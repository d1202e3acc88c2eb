"""Chronic silence of a segment, explained: the gap comes first, and no reason is made of it."""

import pytest

from agents.diagnose import EVIDENCE, Subject, diagnose
from schemas.anomaly import Anomaly
from schemas.directory import Brief

CHRONIC = {
    **{"verdict": "chronic", "level": "segment", "subject": "field_sales/thumbs_up", "version": 1},
    **{"prompts": 14, "e_value": 1200.0, "reference": 0.19, "reference_by": "other_personas"},
}


@pytest.fixture
def explained(known, checklist, make_verdict, record):
    def make(**verdict) -> Anomaly:
        told = make_verdict(asset_type="thumbs_up", asset_id="podcast", verdict=CHRONIC | verdict)
        _, sent = diagnose([record(told)], known=known, checklist=checklist)
        return sent.value

    return make


def test_it_is_an_open_anomaly_named_by_what_whom_is_asked(known, explained):
    known.briefs["podcast"] = Brief(asset_id="podcast", title="Podcast 12")
    anomaly = explained()
    assert (anomaly.anomaly_id, anomaly.state) == ("segment/field_sales/thumbs_up", "open")
    assert anomaly.title == "thumbs up prompts to field_sales", "not by the latest asset"
    assert explained(verdict="revived", version=2, reference=None, reference_by=None).state == "revived"


@pytest.mark.parametrize(
    ("source", "usual"),
    [
        ("other_personas", "other personas answer 81% of this asset type"),
        ("other_types", "they answer 81% of what else they are asked"),
        ("past", "at their best they answered 81%"),
    ],
)
def test_the_gap_comes_first(explained, source, usual):
    first = explained(reference_by=source).evidence[0]
    assert first.sentence == f"14 thumbs up prompts in a row without a response; {usual}"
    assert (first.code, first.value, first.for_, first.against) == ("silent_in_a_row", 14.0, (), ())


def test_the_gap_is_told_of_chronic_silence_alone_and_changes_no_probability(explained):
    chronic = explained()
    revived = explained(verdict="revived", reference=None, reference_by=None)
    assert chronic.evidence[1:] == revived.evidence
    assert chronic.probabilities == revived.probabilities


def test_the_prompts_of_a_segment_are_not_postings_of_an_asset(known, make_verdict):
    verdict = make_verdict(asset_id="podcast", verdict=CHRONIC)
    found = EVIDENCE["asset_postings"](Subject(verdict=verdict, known=known, as_of=known.as_of_for(verdict.time)))
    assert found is not None and found.value == 1.0
