"""Every variable that the deployment names is a setting, and its value is one that the setting takes."""

import os
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from pipeline.settings import Settings
from tests.deploy.compose_file import ENV_EXAMPLE, example

PREFIX = "CRICKETS_"


def known(model: type[BaseModel] = Settings, prefix: str = PREFIX) -> set[str]:
    """Name every variable that is a setting."""
    names: set[str] = set()
    for name, field in model.model_fields.items():
        variable = prefix + name.upper()
        nested = field.annotation
        is_section = isinstance(nested, type) and issubclass(nested, BaseModel)
        names |= known(nested, f"{variable}__") if is_section else {variable}
    return names


def build(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]) -> Settings:
    for name in os.environ:
        if name.startswith(PREFIX):
            monkeypatch.delenv(name)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return Settings(_env_file=None)


@pytest.fixture(params=["init", "gateway", "worker"])
def variables(compose: dict[str, dict[str, Any]], request: pytest.FixtureRequest) -> dict[str, str]:
    return dict(compose[request.param]["environment"])


def test_every_variable_of_a_service_is_a_setting(variables: dict[str, str]) -> None:
    assert variables.keys() - known() == set()


def test_every_variable_of_the_example_reaches_a_service(
    compose: dict[str, dict[str, Any]], env: dict[str, str]
) -> None:
    reached = set[str]().union(*(service["environment"] for service in compose.values()))
    assert env.keys() - reached == set()
    assert {name for name in env if name.startswith(PREFIX)} - known() == set()


def test_settings_take_what_a_service_gets(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]) -> None:
    settings = build(monkeypatch, variables)
    assert settings.kafka.bootstrap_servers == "kafka:9092"


def test_worker_and_gateway_get_what_they_work_with(
    monkeypatch: pytest.MonkeyPatch, compose: dict[str, dict[str, Any]]
) -> None:
    gateway = build(monkeypatch, compose["gateway"]["environment"])
    assert (gateway.gateway.host, gateway.gateway.port) == ("0.0.0.0", 8080)
    assert gateway.slack.signing_secret.get_secret_value() == "s1gn1ng"
    worker = build(monkeypatch, compose["worker"]["environment"])
    assert worker.privacy.pseudonym_key.get_secret_value() == "0123456789abcdef"
    assert worker.clickhouse.password.get_secret_value() == "cl1ckh0use"
    assert worker.clickhouse.username == "crickets"


@pytest.mark.parametrize(
    ("service", "setting"), [("gateway", "CRICKETS_GATEWAY__PORT"), ("worker", "CRICKETS_WEB_PORT")]
)
def test_health_is_asked_where_it_is_told(compose: dict[str, dict[str, Any]], service: str, setting: str) -> None:
    asked = " ".join(compose[service]["healthcheck"]["test"])
    assert f"http://127.0.0.1:{compose[service]['environment'][setting]}/" in asked


def test_the_commented_values_of_the_example_are_the_defaults() -> None:
    optional = example(uncommented=True).keys() - example().keys()
    assert optional
    given = Settings(_env_file=ENV_EXAMPLE).model_dump()
    values = {name: value for name, value in example(uncommented=True).items() if name in optional}
    for name, value in values.items():
        if name == "CRICKETS_PROMPTS__CHANNELS" or not name.startswith(PREFIX):
            continue  # an example, the default is none; a variable of the image
        default: Any = given
        for part in name.removeprefix(PREFIX).lower().split("__"):
            default = default[part]
        assert str(default).lower().removesuffix(".0") == value.lower(), name


def test_an_untouched_example_spoils_no_run_outside_of_docker(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text(ENV_EXAMPLE.read_text())
    assert Settings() == build(monkeypatch, {})
