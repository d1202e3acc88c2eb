"""The deployment files, as somebody has them who filled in .env."""

from typing import Any

import pytest

from tests.deploy.compose_file import example, services

SECRETS = {
    "CLICKHOUSE_PASSWORD": "cl1ckh0use",
    "CRICKETS_SLACK__SIGNING_SECRET": "s1gn1ng",
    "CRICKETS_PRIVACY__PSEUDONYM_KEY": "0123456789abcdef",
    "GF_SECURITY_ADMIN_PASSWORD": "gr4f4n4",
    "GRAFANA_CLICKHOUSE_PASSWORD": "r34d0nly",
}


@pytest.fixture
def env() -> dict[str, str]:
    """Give a filled-in .env with every optional line switched on."""
    return example(uncommented=True) | SECRETS


@pytest.fixture
def compose(env: dict[str, str]) -> dict[str, dict[str, Any]]:
    """Give the services of docker-compose.yml."""
    return services(env)
