from pipeline.gateway.confirmed import Confirmed


def test_it_remembers_by_source_and_forgets_the_oldest() -> None:
    confirmed = Confirmed(limit=2)
    for fingerprint in (b"1", b"2", b"3"):
        confirmed.add("slack", fingerprint)
    assert ("slack", b"1") not in confirmed
    assert ("slack", b"3") in confirmed
    assert ("other", b"3") not in confirmed
    assert len(confirmed) == 2
