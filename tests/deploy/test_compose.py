"""docker-compose.yml: valid, pinned, watched, without a password of its own, and in agreement with itself."""

import json
import re
from importlib.metadata import distribution
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest
import yaml
from jsonschema.validators import validator_for

from tests.deploy.compose_file import COMPOSE, ROOT, UnsetVariableError, example, services

Services = dict[str, dict[str, Any]]


def compose_specification() -> dict[str, Any]:
    """Read it beside check-jsonschema, whose own command needs a newer click than Faust allows."""
    vendored = "check_jsonschema/builtin_schemas/vendor/compose-spec.json"
    found: dict[str, Any] = json.loads(Path(str(distribution("check-jsonschema").locate_file(vendored))).read_text())
    return found


@pytest.fixture
def long_running(compose: Services) -> Services:
    return {name: service for name, service in compose.items() if name != "init"}


def test_follows_the_compose_specification() -> None:
    schema = compose_specification()
    validator = validator_for(schema, default=None)  # an older draft would pass over misspelt names
    errors = validator(schema).iter_errors(yaml.safe_load(COMPOSE.read_text()))
    assert [f"{error.json_path}: {error.message}" for error in errors] == []


@pytest.mark.parametrize(
    "secret",
    [
        "CLICKHOUSE_PASSWORD",
        "CRICKETS_SLACK__SIGNING_SECRET",
        "CRICKETS_PRIVACY__PSEUDONYM_KEY",
        "GF_SECURITY_ADMIN_PASSWORD",
        "GRAFANA_CLICKHOUSE_PASSWORD",
    ],
)
@pytest.mark.parametrize("value", [None, ""])
def test_refuses_to_start_without_a_secret(env: dict[str, str], secret: str, value: str | None) -> None:
    assert example()[secret] == "", "the example must not bring a secret along"
    incomplete = {name: known for name, known in env.items() if name != secret} | (
        {} if value is None else {secret: value}
    )
    with pytest.raises(UnsetVariableError, match=secret):
        services(incomplete)


def test_holds_no_literal_secret() -> None:
    secret = re.compile(r"PASSWORD|SECRET|PSEUDONYM_KEY")
    variables = re.findall(r"^\s+(\w+):[ ]*(.*)$", COMPOSE.read_text(), flags=re.MULTILINE)
    held = {name: value for name, value in variables if secret.search(name)}
    assert held
    assert {name: value for name, value in held.items() if not re.match(r"\$\{\w+:\?[^}]+\}$", value)} == {}


def test_every_image_is_pinned_to_a_release(compose: Services) -> None:
    assert [s["image"] for s in compose.values() if not re.search(r":\d+\.\d+\.\d+[\w.-]*$", s["image"])] == []


def test_every_long_running_service_is_watched_and_restarted(long_running: Services) -> None:
    assert {name for name, s in long_running.items() if not s.get("healthcheck", {}).get("test")} == set()
    assert {s.get("restart") for s in long_running.values()} == {"unless-stopped"}


def test_waits_for_what_is_needed(compose: Services) -> None:
    assert {
        name: {needed: how["condition"] for needed, how in s.get("depends_on", {}).items()}
        for name, s in compose.items()
        if "depends_on" in s
    } == {
        "init": {"kafka": "service_healthy", "clickhouse": "service_healthy"},
        "gateway": {"kafka": "service_healthy", "init": "service_completed_successfully"},
        "worker": {
            "kafka": "service_healthy",
            "clickhouse": "service_healthy",
            "init": "service_completed_successfully",
        },
        "grafana": {"clickhouse": "service_healthy", "init": "service_completed_successfully"},
    }


def test_publishes_only_what_people_and_sources_call_and_only_on_loopback(compose: Services) -> None:
    assert {name: s["ports"] for name, s in compose.items() if "ports" in s} == {
        "gateway": ["127.0.0.1:8080:8080"],
        "grafana": ["127.0.0.1:3000:3000"],
    }


def test_gives_each_service_only_the_secrets_it_needs(compose: Services) -> None:
    secret = re.compile(r"PASSWORD|SECRET|PSEUDONYM_KEY")
    assert {name: {v for v in s["environment"] if secret.search(v)} for name, s in compose.items()} == {
        "kafka": set(),
        "clickhouse": {"CLICKHOUSE_PASSWORD", "GRAFANA_CLICKHOUSE_PASSWORD"},
        "init": {"CRICKETS_CLICKHOUSE__PASSWORD"},
        "gateway": {"CRICKETS_SLACK__SIGNING_SECRET"},
        "worker": {"CRICKETS_CLICKHOUSE__PASSWORD", "CRICKETS_PRIVACY__PSEUDONYM_KEY"},
        "grafana": {"GF_SECURITY_ADMIN_PASSWORD", "GRAFANA_CLICKHOUSE_PASSWORD"},
    }


@pytest.mark.parametrize("client", ["init", "worker"])
def test_clickhouse_lets_in_whom_crickets_says_it_is(compose: Services, client: str) -> None:
    server, known = compose["clickhouse"]["environment"], compose[client]["environment"]
    assert known["CRICKETS_CLICKHOUSE__USERNAME"] == server["CLICKHOUSE_USER"] != "default"
    assert known["CRICKETS_CLICKHOUSE__PASSWORD"] == server["CLICKHOUSE_PASSWORD"] == "cl1ckh0use"
    assert known["CRICKETS_CLICKHOUSE__DATABASE"] == server["CLICKHOUSE_DB"]
    assert urlsplit(known["CRICKETS_CLICKHOUSE__URL"]).netloc == "clickhouse:8123"


@pytest.mark.parametrize("client", ["init", "gateway", "worker"])
def test_kafka_advertises_the_address_that_crickets_calls(compose: Services, client: str) -> None:
    kafka = compose["kafka"]["environment"]
    address = compose[client]["environment"]["CRICKETS_KAFKA__BOOTSTRAP_SERVERS"]
    assert kafka["KAFKA_ADVERTISED_LISTENERS"] == f"PLAINTEXT://{address}"
    assert f"PLAINTEXT://:{address.partition(':')[2]}" in kafka["KAFKA_LISTENERS"].split(",")


def test_data_outlives_the_containers(compose: Services) -> None:
    kafka, clickhouse = compose["kafka"], compose["clickhouse"]
    assert kafka["volumes"] == [f"kafka:{kafka['environment']['KAFKA_LOG_DIRS']}"]
    assert "clickhouse:/var/lib/clickhouse" in clickhouse["volumes"]
    assert "grafana:/var/lib/grafana" in compose["grafana"]["volumes"]


def test_what_is_mounted_from_here_exists_and_is_read_only(compose: Services) -> None:
    mounted = [volume.split(":") for s in compose.values() for volume in s.get("volumes", ()) if volume.startswith(".")]
    assert len(mounted) == 2
    for here, _, mode in mounted:
        assert (ROOT / here).exists(), here
        assert mode == "ro"


def test_runs_the_kafka_that_was_tested(compose: Services) -> None:
    pom = ElementTree.parse(ROOT / "deploy" / "kafka" / "pom.xml")
    version = pom.findtext("{*}properties/{*}kafka.version")
    assert compose["kafka"]["image"] == f"apache/kafka:{version}"


def test_kafka_is_set_up_as_it_was_tested(compose: Services) -> None:
    lines = (ROOT / "deploy" / "kafka" / "server.properties").read_text().splitlines()
    tested = dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))
    variables = {"KAFKA_" + name.upper().replace(".", "_"): value for name, value in tested.items()}
    only_faster = re.compile(r"_NUM_PARTITIONS$|_MS$")
    deployed = compose["kafka"]["environment"]
    assert {n: deployed.get(n) for n in variables if not only_faster.search(n)} == {
        n: value for n, value in variables.items() if not only_faster.search(n)
    }
