"""Every query of a panel, a variable or an alert runs on the real schema and returns what its panel needs."""

from datetime import datetime
from typing import Any

import pytest

from tests.deploy.grafana.conftest import Run
from tests.deploy.grafana.files import Query, alert_queries, panel_queries, variable_queries
from tests.deploy.grafana.recorded import MEMBERS, PODCAST

PANELS = list(panel_queries())
ALL = [*PANELS, *variable_queries(), *alert_queries()]
CHOSEN: list[dict[str, Any]] = [
    {},
    {"workspace": ["T1"], "persona": ["sales", "it's"], "asset_type": ["question"], "prompt": [PODCAST]},
]

pytestmark = pytest.mark.process


@pytest.mark.parametrize("chosen", CHOSEN, ids=["all", "chosen"])
@pytest.mark.parametrize("query", ALL, ids=lambda query: query.name)
def test_it_runs_and_names_no_member(run: Run, query: Query, chosen: dict[str, Any]) -> None:
    told = str(run(query.sql, **chosen).result_rows)
    assert not any(member in told for member in MEMBERS)


@pytest.mark.parametrize("query", PANELS, ids=lambda query: query.name)
def test_a_panel_has_rows_of_the_kind_that_it_shows(run: Run, query: Query) -> None:
    found = run(query.sql, prompt=[PODCAST])
    assert found.result_rows, "an empty panel shows nothing of what it is for"
    first = found.result_rows[0]
    match query.panel["type"]:
        case "timeseries":
            assert found.column_names[0] == "time"
            assert isinstance(first[0], datetime)
            assert any(isinstance(value, int | float) for value in first[1:])
            times = [row[0] for row in found.result_rows]
            assert times == sorted(times)
        case "stat":
            assert (len(found.result_rows), len(first)) == (1, 1)
        case "trend":
            axis = found.column_names.index(query.panel["options"]["xField"])
            points = [row[axis] for row in found.result_rows]
            assert points == sorted(points)
        case "barchart":
            assert any(isinstance(value, int | float) for value in first)


def _panel(run: Run, name: str, **chosen: Any) -> list[dict[str, Any]]:
    [query] = [query for query in PANELS if query.name == name]
    return list(run(query.sql, **chosen).named_results())


def test_what_is_dead_is_what_the_view_says_and_leads_to_its_prompt(run: Run) -> None:
    dead = _panel(run, "overview: What is dead now")
    assert len(dead) == _panel(run, "overview: Dead now")[0]["dead"] > 2
    [podcast] = [row for row in dead if row["subject"] == "podcast"]
    assert (podcast["cause"], podcast["prompt"]) == ("no_wiifm", PODCAST)
    assert all(row["prompt"] for row in dead)
    assert sum(row["dead"] for row in _panel(run, "overview: By cause")) == len(dead)


def test_a_choice_leaves_the_others_out(run: Run) -> None:
    asked = _panel(run, "overview: What is dead now", asset_type=["thumbs_up"])
    assert {row["asset type"] for row in asked} == {"thumbs_up"}
    assert _panel(run, "overview: What is dead now", workspace=["T9"]) == []


def test_small_groups_are_not_named(run: Run) -> None:
    named = {row["persona"] for query in PANELS for row in run(query.sql).named_results() if "persona" in row}
    assert "small group" in named
    assert "board" not in named


def test_the_story_tells_what_was_expected_what_came_and_why(run: Run) -> None:
    chance = _panel(run, "prompt: Chance that nobody has responded by then", prompt=[PODCAST])
    assert [(row["hours"], round(row["nobody yet"], 2)) for row in chance] == [(1, 0.5), (24, 0.1), (168, 0.01)]
    [cause, *_] = _panel(run, "prompt: Why: the causes", prompt=[PODCAST])
    assert (cause["cause"], round(cause["probability"], 2)) == ("no_wiifm", 0.7)
    assert _panel(run, "prompt: Try", prompt=[PODCAST])[0]["people say"] == "confirmed"


def test_an_alert_has_one_number_a_row_and_names_what_it_is_about(run: Run) -> None:
    for query in alert_queries():
        found = run(query.sql)
        for row in found.named_results():
            assert [type(value) for value in row.values()].count(float) == 1, query.name
            assert all(isinstance(value, str | float) for value in row.values()), query.name


def test_no_two_alerts_have_the_same_labels(run: Run) -> None:
    """Grafana refuses the whole answer then, and nobody is told of anything."""
    for query in alert_queries():
        rows = list(run(query.sql).named_results())
        labels = [tuple(value for value in row.values() if isinstance(value, str)) for row in rows]
        assert len(set(labels)) == len(labels), query.name
        if query.name == "alert: Met by silence":
            assert sorted(row["workspace"] for row in rows if row["subject"] == "tour") == ["T1", "T2"]
            assert [row["dead"] for row in rows if row["subject"] == "slack:T1/small group/poll"] == [2.0]


def test_what_is_dead_and_a_source_that_is_down_alert(run: Run) -> None:
    rows = {query.name: list(run(query.sql).named_results()) for query in alert_queries()}
    assert {row["title"] for row in rows["alert: Met by silence"]} >= {"About podcast"}
    assert [row["workspace"] for row in rows["alert: A source delivers nothing"]] == ["T1"]
    assert [row["letters"] for row in rows["alert: Something could not be worked through"]] == [2.0]
    assert rows["alert: Nothing is judged"]
