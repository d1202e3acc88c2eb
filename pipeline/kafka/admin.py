"""The topics of the broker: looked at, and created where missing."""

from typing import Any

from kafka import KafkaAdminClient

from pipeline.kafka.client import BrokerError, client_config, connect, explained, hide_records_from_log, topic_name
from pipeline.settings import KafkaSettings
from pipeline.topics import TOPICS, TopicSpec
from schemas.errors import CricketsError

_ALREADY_EXISTS = 36
_INVALID_REPLICATION = 38


class TopicsMissingError(CricketsError):
    """Topics have not been created."""

    def __init__(self, servers: str, missing: list[str]) -> None:
        super().__init__(
            f"{servers} answers, {len(missing)} topics are missing ({missing[0]} ...): run crickets topics"
        )


class TopicMismatchError(CricketsError):
    """A topic exists in another shape than the settings say."""


def existing_topics(settings: KafkaSettings, timeout: float = 10.0) -> dict[str, int]:
    """Ask the broker for its topics and their partition counts, which also tells that it can be reached."""
    with explained(settings), _admin(settings, timeout) as admin:
        return _partitions(admin)


def check_topics(settings: KafkaSettings, timeout: float = 10.0) -> None:
    """Raise unless every topic is there, in the shape that the settings say."""
    specs = {topic_name(settings, spec.topic): spec for spec in TOPICS}
    there = existing_topics(settings, timeout)
    if missing := sorted(specs.keys() - there.keys()):
        raise TopicsMissingError(settings.bootstrap_servers, missing)
    _check(there, specs, settings)


def create_topics(settings: KafkaSettings, timeout: float = 30.0) -> list[str]:
    """Create the topics that are missing and return their names; those that exist are checked, never changed."""
    specs = {topic_name(settings, spec.topic): spec for spec in TOPICS}
    with explained(settings), _admin(settings, timeout) as admin:
        there = _partitions(admin)
        _check(there, specs, settings)
        missing = {
            name: {
                "num_partitions": _wanted(spec, settings),
                "replication_factor": settings.replication,
                "configs": spec.config,
            }
            for name, spec in specs.items()
            if name not in there
        }
        if not missing:
            return []
        answer = admin.create_topics(missing, timeout_ms=int(timeout * 1000), raise_errors=False)
        created = [topic["name"] for topic in answer["topics"] if _was_created(topic, settings)]
        admin.wait_for_topics(list(specs), timeout_ms=int(timeout * 1000))
        _check(_partitions(admin), specs, settings)
        return created


def _admin(settings: KafkaSettings, timeout: float) -> Any:
    hide_records_from_log()
    milliseconds = max(1, int(timeout * 1000))
    timeouts = {"bootstrap_timeout_ms": milliseconds, "request_timeout_ms": milliseconds}
    return connect(KafkaAdminClient, client_config(settings) | timeouts)


def _partitions(admin: Any) -> dict[str, int]:
    return {topic["name"]: len(topic["partitions"]) for topic in admin.describe_topics()}


def _wanted(spec: TopicSpec, settings: KafkaSettings) -> int:
    return settings.partitions if spec.wide else 1


def _check(there: dict[str, int], specs: dict[str, TopicSpec], settings: KafkaSettings) -> None:
    for name, spec in specs.items():
        wanted = _wanted(spec, settings)
        found = there.get(name, wanted)
        if found == wanted:
            continue
        # Fewer partitions are not possible, and with more of them keys would leave the state that was kept for them.
        way_out = f"set CRICKETS_KAFKA__PARTITIONS={found}, or " if spec.wide else ""
        msg = (
            f"Topic {name} should have {wanted} partitions and has {found}, which is not changed afterwards: "
            f"{way_out}start anew under another CRICKETS_KAFKA__PREFIX"
        )
        raise TopicMismatchError(msg)


def _was_created(topic: dict[str, Any], settings: KafkaSettings) -> bool:
    match topic["error_code"]:
        case 0:
            return True
        case code if code == _ALREADY_EXISTS:  # another process was faster; the check that follows looks at its shape
            return False
        case code:
            advice = (
                f"; the cluster has too few brokers for CRICKETS_KAFKA__REPLICATION={settings.replication}"
                if code == _INVALID_REPLICATION
                else ""
            )
            reason = topic.get("error_message") or "no reason given"
            msg = f"Topic {topic['name']} could not be created: {reason} (code {code}){advice}"
            raise BrokerError(msg)
