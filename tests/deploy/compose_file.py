"""Reads docker-compose.yml as Docker Compose would: merged, and with the variables of an environment filled in."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
COMPOSE = ROOT / "docker-compose.yml"
ENV_EXAMPLE = ROOT / ".env.example"

_VARIABLE = re.compile(r"\$(?:(?P<dollar>\$)|\{(?P<name>\w+)(?:(?P<sign>:?[-?])(?P<rest>[^}]*))?\})")


class UnsetVariableError(Exception):
    """A variable that the file requires is not set: Compose would refuse to start."""


def interpolate(text: str, environment: Mapping[str, str]) -> str:
    """Fill in `${NAME}`, `${NAME:-default}` and `${NAME:?error}`; `$$` is a dollar.

    >>> interpolate("$${A} ${A}, ${B:-b}", {"A": "a"})
    '${A} a, b'
    >>> interpolate("${A:?set it}", {"A": ""})
    Traceback (most recent call last):
        ...
    tests.deploy.compose_file.UnsetVariableError: A: set it
    """

    def value(found: re.Match[str]) -> str:
        if found["dollar"]:
            return "$"
        sign, known = found["sign"] or "", environment.get(found["name"])
        if known or (known == "" and not sign.startswith(":")):
            return known
        if sign.endswith("?"):
            msg = f"{found['name']}: {found['rest']}"
            raise UnsetVariableError(msg)
        return found["rest"] or ""

    return _VARIABLE.sub(value, text)


def services(environment: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """Return the services; variables of a service without a value are passed on where the environment has them."""
    found: dict[str, dict[str, Any]] = _filled(yaml.safe_load(COMPOSE.read_text()), environment)["services"]
    for service in found.values():
        variables = {
            name: environment.get(name) if value is None else value for name, value in service["environment"].items()
        }
        service["environment"] = {name: str(value) for name, value in variables.items() if value is not None}
    return found


def example(*, uncommented: bool = False) -> dict[str, str]:
    """Return what .env.example sets, and what it would set with its commented lines."""
    lines = ENV_EXAMPLE.read_text().splitlines()
    if uncommented:
        lines = [re.sub(r"^# (?=[A-Z_]+=)", "", line) for line in lines]
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def _filled(node: Any, environment: Mapping[str, str]) -> Any:
    match node:
        case str():
            return interpolate(node, environment)
        case dict():
            return {key: _filled(value, environment) for key, value in node.items()}
        case list():
            return [_filled(value, environment) for value in node]
    return node
