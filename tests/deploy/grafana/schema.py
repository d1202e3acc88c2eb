"""What Grafana asks of a dashboard: the parts of its schema that these files use, in our words.

Grafana defines dashboards in CUE (kinds/dashboard/dashboard_kind.cue in its repository): a panel has a type and lies
in a grid 24 wide, a data source is a reference by type and uid, `fieldConfig` has defaults and overrides by matcher.
What a query looks like is up to the plugin: editorType, format (0: time series, 1: table), queryType, rawSql. Names
that are not here are refused, since Grafana passes over a misspelt one in silence.
"""

from typing import Any


def _object(required: dict[str, Any], **optional: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": required | optional,
        "required": list(required),
        "additionalProperties": False,
    }


_TEXT: dict[str, Any] = {"type": "string", "minLength": 1}
_ANY: dict[str, Any] = {"type": "object"}
_DATASOURCE = _object({"type": {"const": "grafana-clickhouse-datasource"}, "uid": {"const": "crickets-clickhouse"}})
_TARGET = _object(
    {
        "refId": _TEXT,
        "datasource": _DATASOURCE,
        "editorType": {"const": "sql"},
        "format": {"enum": [0, 1]},
        "queryType": {"enum": ["timeseries", "table"]},
        "pluginVersion": _TEXT,
        "rawSql": _TEXT,
    }
)
_GRID = _object(
    {
        "x": {"type": "integer", "minimum": 0, "maximum": 23},
        "y": {"type": "integer", "minimum": 0},
        "w": {"type": "integer", "minimum": 1, "maximum": 24},
        "h": {"type": "integer", "minimum": 1},
    }
)
_OVERRIDE = _object(
    {
        "matcher": _object({"id": {"enum": ["byName", "byType", "byRegexp"]}, "options": _TEXT}),
        "properties": {"type": "array", "minItems": 1, "items": _object({"id": _TEXT}, value={})},
    }
)
_PANEL = _object(
    {
        "id": {"type": "integer", "minimum": 1},
        "type": {"enum": ["stat", "table", "timeseries", "barchart", "trend"]},
        "title": _TEXT,
        "description": _TEXT,
        "gridPos": _GRID,
        "datasource": _DATASOURCE,
        "targets": {"type": "array", "minItems": 1, "items": _TARGET},
        "fieldConfig": _object({"defaults": _ANY, "overrides": {"type": "array", "items": _OVERRIDE}}),
        "options": _ANY,
    },
    transformations={"type": "array", "items": _object({"id": _TEXT, "options": _ANY})},
)
_VARIABLE = {
    "oneOf": [
        _object(
            {
                "type": {"const": "query"},
                "name": _TEXT,
                "label": _TEXT,
                "datasource": _DATASOURCE,
                "query": _TEXT,
                "refresh": {"enum": [1, 2]},
                "sort": {"type": "integer"},
                "multi": {"type": "boolean"},
                "includeAll": {"type": "boolean"},
                "current": _ANY,
            }
        ),
        _object(
            {"type": {"const": "textbox"}, "name": _TEXT, "label": _TEXT, "query": {"type": "string"}, "current": _ANY},
            description=_TEXT,
        ),
    ]
}
DASHBOARD = _object(
    {
        "uid": {"type": "string", "pattern": "^[a-z-]{1,40}$"},
        "title": _TEXT,
        "description": _TEXT,
        "tags": {"type": "array", "items": _TEXT},
        "timezone": {"const": "utc"},
        "weekStart": {"const": "monday"},
        "schemaVersion": {"type": "integer", "minimum": 36},
        "editable": {"type": "boolean"},
        "graphTooltip": {"enum": [0, 1, 2]},
        "time": _object({"from": _TEXT, "to": _TEXT}),
        "refresh": {"type": "string"},
        "links": {"type": "array", "items": _ANY},
        "templating": _object({"list": {"type": "array", "items": _VARIABLE}}),
        "panels": {"type": "array", "minItems": 1, "items": _PANEL},
    }
)
"""JSON schema of a dashboard."""
