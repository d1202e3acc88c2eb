"""Reads what is in deploy/grafana, and fills in its SQL as Grafana and its ClickHouse plugin would."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree

import yaml

from tests.deploy.compose_file import ROOT

FOLDER = ROOT / "deploy" / "grafana"
DASHBOARDS: dict[str, dict[str, Any]] = {
    path.stem: json.loads(path.read_text("utf-8")) for path in sorted((FOLDER / "dashboards").glob("*.json"))
}
USER = ROOT / "deploy" / "clickhouse" / "grafana-user.xml"

_NAMED = re.compile(r"\$\{(\w+):singlequote\}")


class UnknownMacroError(Exception):
    """Something that begins with a dollar is neither a macro of the plugin that is known here nor a variable."""


@dataclass(frozen=True)
class Query:
    """One query of a panel, a variable or an alert rule."""

    name: str
    sql: str
    panel: dict[str, Any]


def read(name: str) -> dict[str, Any]:
    """Return a YAML file of the folder."""
    found: dict[str, Any] = yaml.safe_load((FOLDER / name).read_text("utf-8"))
    return found


def grants() -> list[str]:
    """Return what Grafana's user of ClickHouse is allowed to."""
    return [query.text or "" for query in ElementTree.parse(USER).iterfind("users/grafana/grants/query")]


def profile() -> str:
    """Return the settings of Grafana's user, as XML; without constraints, since the embedded engine refuses them."""
    found = ElementTree.parse(USER).iterfind("profiles/grafana/*")
    return "".join(ElementTree.tostring(setting, "unicode") for setting in found if setting.tag != "constraints")


def panel_queries() -> Iterator[Query]:
    """Yield the queries of all panels."""
    for name, dashboard in DASHBOARDS.items():
        for panel in dashboard["panels"]:
            for target in panel["targets"]:
                yield Query(f"{name}: {panel['title']}", target["rawSql"], panel)


def variable_queries() -> Iterator[Query]:
    """Yield the queries of all variables."""
    for name, dashboard in DASHBOARDS.items():
        for variable in dashboard["templating"]["list"]:
            if variable["type"] == "query":
                yield Query(f"{name}: ${variable['name']}", variable["query"], variable)


def alert_rules() -> list[dict[str, Any]]:
    """Return the rules of all groups."""
    return [rule for group in read("alerting/rules.yaml")["groups"] for rule in group["rules"]]


def alert_queries() -> Iterator[Query]:
    """Yield the queries of all alert rules."""
    for rule in alert_rules():
        for query in rule["data"]:
            if query["datasourceUid"] != "__expr__":
                yield Query(f"alert: {rule['title']}", query["model"]["rawSql"], rule)


def filled_in(sql: str, span: tuple[int, int], variables: dict[str, list[str]], interval: int = 3600) -> str:
    """Return SQL that ClickHouse understands; a variable without values stands for All.

    >>> filled_in("$__conditionalAll(a IN (${a:singlequote}), $a) AND $__timeFilter(t)", (1, 2), {"a": ["x", "y'"]})
    "a IN ('x','y\\\\'') AND t >= toDateTime(1) AND t <= toDateTime(2)"
    >>> filled_in("$__conditionalAll(a IN (${a:singlequote}), $a)", (1, 2), {"a": []})
    '1=1'
    >>> filled_in("$__since(t)", (1, 2), {})
    Traceback (most recent call last):
        ...
    tests.deploy.grafana.files.UnknownMacroError: $__since(t)
    """
    start, end = (f"toDateTime({moment})" for moment in span)
    macros = {
        "__timeFilter": lambda column: f"{column} >= {start} AND {column} <= {end}",
        "__timeInterval": lambda column: f"toStartOfInterval(toDateTime({column}), INTERVAL {interval} second)",
        "__conditionalAll": lambda inside: _conditional(inside, variables),
    }
    for name, expand in macros.items():
        while (at := sql.find(f"${name}(")) >= 0:
            opening = at + len(name) + 1
            closing = _closing(sql, opening)
            sql = sql[:at] + expand(sql[opening + 1 : closing]) + sql[closing + 1 :]
    for name, value in {"__fromTime": start, "__toTime": end, "__interval_s": str(interval)}.items():
        sql = re.sub(rf"\${name}\b", value, sql)
    sql = _NAMED.sub(lambda found: ",".join(_quoted(value) for value in variables[found[1]]), sql)
    if "$" in sql:
        raise UnknownMacroError(sql[sql.index("$") :])
    return sql


def _conditional(inside: str, variables: dict[str, list[str]]) -> str:
    condition, variable = inside.rsplit(",", 1)
    return condition if variables[variable.strip().removeprefix("$")] else "1=1"


def _closing(sql: str, opening: int) -> int:
    depth = 0
    for at in range(opening, len(sql)):
        depth += (sql[at] == "(") - (sql[at] == ")")
        if depth == 0:
            return at
    raise UnknownMacroError(sql[opening:])


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "\\'") + "'"
