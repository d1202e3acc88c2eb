"""Fixtures for every test: servers that are started once a run. docs/development.md says how to use them."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.servers import kafka_jars
from tests.servers.apache_kafka import ApacheKafka
from tests.servers.apache_kafka_cluster import ApacheKafkaCluster

# How long an example takes says something about the machine, not about the code.
settings.register_profile("crickets", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("crickets")

REQUIRE_KAFKA = "CRICKETS_TEST_REQUIRE_KAFKA"
NEEDS_KAFKA = "needs Apache Kafka"


@pytest.fixture(scope="session")
def apache_kafka_jars() -> Path:
    """Give the jars of Apache Kafka, for tests that start nodes of their own; skip where it cannot run."""
    if missing := kafka_jars.missing():
        reason = f"{NEEDS_KAFKA} ({missing} not found)"
        if os.environ.get(REQUIRE_KAFKA) == "1":
            pytest.fail(f"{reason}: install it, or unset {REQUIRE_KAFKA}", pytrace=False)
        pytest.skip(reason)
    return kafka_jars.fetch()


@pytest.fixture(scope="session")
def apache_kafka(apache_kafka_jars: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Give the bootstrap servers of the one node that all tests share: choose topic and group names of your own."""
    with ApacheKafka(apache_kafka_jars, tmp_path_factory.mktemp("kafka")) as node:
        yield node.bootstrap_servers


@pytest.fixture(scope="session")
def apache_kafka_cluster(
    apache_kafka_jars: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ApacheKafkaCluster]:
    """Give the three nodes that tests share: whoever kills one starts it again."""
    with ApacheKafkaCluster(apache_kafka_jars, tmp_path_factory.mktemp("kafka-cluster")) as cluster:
        yield cluster


@pytest.hookimpl(tryfirst=True)  # before -m chooses
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark whatever uses Apache Kafka, so that `-m "not kafka"` leaves out all of it.

    And say what runs in one process where several run the tests (`make test`): whatever uses Apache Kafka, so that it
    is started once, and each file, for the sake of its fixtures. What takes longest comes first, so that in the end no
    process waits for another one.
    """
    for item in items:
        group = str(item.path)
        if "apache_kafka_jars" in getattr(item, "fixturenames", ()):
            item.add_marker("kafka")
        if item.get_closest_marker("kafka"):
            group = "kafka"
        item.add_marker(pytest.mark.xdist_group(group))
    items.sort(
        key=lambda item: 0 if item.get_closest_marker("kafka") else 1 if item.get_closest_marker("process") else 2
    )


def pytest_collection_finish(session: pytest.Session) -> None:
    """Fail where the groups are passed over: everything would still pass, with every server started once more."""
    if getattr(session.config.option, "loadgroup", False) and not all("@" in item.nodeid for item in session.items):
        msg = "pytest-xdist does not see the groups of tests/conftest.py: is pytest older than 9.2?"
        raise pytest.UsageError(msg)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say in one line how much was left out for want of Apache Kafka: a green run must not hide it."""
    skipped = [report.longrepr[2] for report in terminalreporter.stats.get("skipped", [])]
    left_out = [reason for reason in skipped if NEEDS_KAFKA in reason]
    if left_out:
        missing = left_out[0].partition("(")[2]
        terminalreporter.write_line(
            f"left out: {len(left_out)} test{'s need' if len(left_out) > 1 else ' needs'} Apache Kafka ({missing}",
            yellow=True,
        )
