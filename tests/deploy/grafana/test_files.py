"""The dashboards, alert rules and what provisions them agree with Grafana's schema and with each other."""

import re
from itertools import combinations
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from tests.deploy.grafana.files import DASHBOARDS, FOLDER, alert_rules, grants, panel_queries, read
from tests.deploy.grafana.schema import DASHBOARD

UIDS = {dashboard["uid"] for dashboard in DASHBOARDS.values()}


@pytest.mark.parametrize("name", DASHBOARDS)
def test_a_dashboard_follows_the_schema(name: str) -> None:
    errors = Draft202012Validator(DASHBOARD).iter_errors(DASHBOARDS[name])
    assert [f"{error.json_path}: {error.message}" for error in errors] == []


def test_a_misspelt_name_does_not_follow_it() -> None:
    wrong = DASHBOARDS["overview"] | {"panel": []}
    assert not Draft202012Validator(DASHBOARD).is_valid(wrong)


def test_every_question_has_a_dashboard() -> None:
    assert {f"crickets-{name}" for name in ("overview", "prompt", "calibration", "sources", "operations")} == UIDS


@pytest.mark.parametrize("name", DASHBOARDS)
def test_panels_do_not_cover_each_other(name: str) -> None:
    panels = DASHBOARDS[name]["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    for one, other in combinations(panels, 2):
        a, b = one["gridPos"], other["gridPos"]
        beside = a["x"] + a["w"] <= b["x"] or b["x"] + b["w"] <= a["x"]
        above = a["y"] + a["h"] <= b["y"] or b["y"] + b["h"] <= a["y"]
        assert beside or above, (one["title"], other["title"])
        assert a["x"] + a["w"] <= 24


def test_links_lead_to_dashboards_and_variables_that_exist() -> None:
    links = re.findall(r'"/d/([\w-]+)/[\w-]*\?([^"]*)"', yaml.safe_dump(DASHBOARDS, width=10_000, default_style='"'))
    assert links
    for uid, query in links:
        assert uid in UIDS
        [target] = [dashboard for dashboard in DASHBOARDS.values() if dashboard["uid"] == uid]
        known = {variable["name"] for variable in target["templating"]["list"]}
        assert set(re.findall(r"var-(\w+)=", query)) <= known


def test_a_time_series_is_asked_for_as_one() -> None:
    for query in panel_queries():
        series = query.panel["type"] == "timeseries"
        for target in query.panel["targets"]:
            assert (target["format"], target["queryType"]) == ((0, "timeseries") if series else (1, "table"))


def test_the_data_source_is_the_one_that_is_provisioned_and_its_user_reads_only() -> None:
    [source] = read("datasources/clickhouse.yaml")["datasources"]
    assert (source["uid"], source["type"]) == ("crickets-clickhouse", "grafana-clickhouse-datasource")
    assert source["jsonData"]["username"] == "grafana"
    assert source["secureJsonData"]["password"].startswith("$"), "from the environment"
    assert all(query.startswith("GRANT SELECT") for query in grants())
    assert "<readonly>1</readonly>" in (FOLDER.parent / "clickhouse" / "grafana-user.xml").read_text()


def test_the_dashboards_are_read_from_where_they_are_mounted() -> None:
    [provider] = read("dashboards/crickets.yaml")["providers"]
    assert provider["options"]["path"] == "/etc/grafana/provisioning/dashboards"


@pytest.mark.parametrize("rule", alert_rules(), ids=lambda rule: rule["uid"])
def test_an_alert_says_what_is_the_matter_and_what_to_do(rule: dict[str, Any]) -> None:
    parts = {part["refId"]: part for part in rule["data"]}
    assert rule["condition"] in parts
    asked, above = parts["rows"], parts[rule["condition"]]
    assert asked["datasourceUid"] == "crickets-clickhouse"
    assert (above["datasourceUid"], above["model"]["expression"]) == ("__expr__", "rows")
    assert rule["labels"].keys() == {"severity", "team"}
    assert {"summary", "description"} <= rule["annotations"].keys()
    assert rule["annotations"]["__dashboardUid__"] in UIDS
    named = set(re.findall(r"\.Labels\.(\w+)", " ".join(rule["annotations"].values())))
    assert named
    assert all(re.search(rf"(SELECT|,) {name}\b|AS {name}\b", asked["model"]["rawSql"]) for name in named)


def test_nothing_in_the_rules_is_taken_for_a_variable_of_the_environment() -> None:
    assert "$" not in (FOLDER / "alerting" / "rules.yaml").read_text()


def test_who_is_told_is_an_example_that_can_be_copied() -> None:
    example = yaml.safe_load((FOLDER / "alerting" / "contact-points.yaml.example").read_text())
    names = {point["name"] for point in example["contactPoints"]}
    assert {policy["receiver"] for policy in example["policies"]} <= names
    assert not list((FOLDER / "alerting").glob("contact-points.yaml")), "nobody is told by default"
