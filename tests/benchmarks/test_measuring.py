"""What the figures rest on: quantiles, components, meters that refuse, webhooks that become the same events again."""

from pathlib import Path

import pytest

from agents.normalise import SlackTranslator
from benchmarks.contestants.meter import Meter, Options
from benchmarks.ours import check
from benchmarks.processes import BenchmarkError
from benchmarks.profile import by_component
from benchmarks.quantile import quantile, summary
from benchmarks.webhooks import webhooks
from benchmarks.workload import Workload
from schemas.event import MessagePosted
from schemas.ids import pseudonym

KEY = b"0123456789abcdef"


def test_quantiles_are_values_that_were_measured() -> None:
    assert summary([float(n) for n in range(1, 1001)]) == {"p50": 500.0, "p90": 900.0, "p99": 990.0, "max": 1000.0}
    assert quantile([7.0], 0.5) == 7.0


def test_a_sample_belongs_to_the_innermost_component_and_waiting_to_none(tmp_path: Path) -> None:
    file = tmp_path / "stacks"
    file.write_text(
        "run (asyncio/base_events.py:1);work (pipeline/transport/lane.py:2);read (agents/track/track.py:3);"
        "validate (pydantic/main.py:4) 3\n"
        "run (asyncio/base_events.py:1);work (pipeline/transport/lane.py:2) 1\n"
        "run (asyncio/base_events.py:1);select (selectors.py:468) 9\n"
    )
    assert by_component(file) == {"track": 0.75, "transport": 0.25}


def test_a_meter_is_done_when_every_partition_is_and_counts_no_further() -> None:
    meter = Meter(Options("", "", "", first=[10, 0], end=[12, 1], answer=""))
    meter.start()
    assert not meter.note_all(0, 10, ["a", "b", "c"])
    assert meter.note(1, 0, "a")
    assert (dict(meter.kinds), meter.worked) == ({"a": 2, "b": 1}, 4)


def test_a_figure_is_refused_when_a_responder_is_missing() -> None:
    truth = {"a": 2, "b": 0}
    check(dict(truth), truth)
    with pytest.raises(BenchmarkError, match="1 of 2 prompts differ, a has 1 responders instead of 2"):
        check({"a": 1, "b": 0}, truth)


def test_the_webhooks_become_the_events_again() -> None:
    workload = Workload(open_prompts=50, seconds_between=0.2)
    events = [*workload.preload(), *workload.measured(500)]
    translate, authors = SlackTranslator(KEY), dict[tuple[str, str], str]()
    for hook, event in webhooks(events, authors):
        (again,) = translate(hook)
        assert (again.kind, again.conversation, again.time) == (event.kind, event.conversation, event.time)
        assert again.author == pseudonym(KEY, again.workspace, event.author)
        assert again.message == event.message
        if isinstance(event, MessagePosted):
            assert (again.thread, again.asset_id) == (event.thread, event.asset_id)
            known, made = event.traits, again.traits
            assert (made.link, made.mentions, made.question) == (known.link, known.mentions, known.question)
            assert abs(made.length - known.length) <= 60  # markup is taken off, a tag is added
