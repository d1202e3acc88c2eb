import logging

import pytest
from kafka.errors import MessageSizeTooLargeError, SaslAuthenticationFailedError, UnknownTopicOrPartitionError
from pydantic import SecretStr

from pipeline.kafka import BrokerError, RecordSizeError, client_config, topic_name
from pipeline.kafka.client import explain, explained, hide_records_from_log
from pipeline.settings import KafkaSettings
from schemas.errors import CricketsError
from schemas.topic import Topic

SASL = {"bootstrap_servers": "a:1", "sasl_username": "u", "sasl_password": SecretStr("p")}


def test_a_topic_is_named_with_the_prefix() -> None:
    assert topic_name(KafkaSettings(prefix="x."), Topic.DEAD_LETTERS) == "x.dead-letters"


@pytest.mark.parametrize(
    ("settings", "config"),
    [
        (
            {"bootstrap_servers": "a:1, b:2,"},
            {"bootstrap_servers": ["a:1", "b:2"], "security_protocol": "PLAINTEXT"},
        ),
        (
            {"bootstrap_servers": "a:1", "security_protocol": "SSL", "ssl_cafile": "ca.pem"},
            {"bootstrap_servers": ["a:1"], "security_protocol": "SSL", "ssl_cafile": "ca.pem"},
        ),
        (
            SASL | {"security_protocol": "SASL_SSL", "sasl_mechanism": "SCRAM-SHA-512"},
            {
                "bootstrap_servers": ["a:1"],
                "security_protocol": "SASL_SSL",
                "sasl_mechanism": "SCRAM-SHA-512",
                "sasl_plain_username": "u",
                "sasl_plain_password": "p",
            },
        ),
        (
            SASL | {"security_protocol": "SASL_PLAINTEXT", "ssl_cafile": "not.used"},
            {
                "bootstrap_servers": ["a:1"],
                "security_protocol": "SASL_PLAINTEXT",
                "sasl_mechanism": "PLAIN",
                "sasl_plain_username": "u",
                "sasl_plain_password": "p",
            },
        ),
    ],
)
def test_settings_become_the_clients_arguments(settings: dict[str, object], config: dict[str, object]) -> None:
    assert client_config(KafkaSettings.model_validate(settings)) == config


@pytest.mark.parametrize(
    ("settings", "advice"),
    [
        ({}, "CRICKETS_KAFKA__BOOTSTRAP_SERVERS"),
        ({"bootstrap_servers": "a:1", "security_protocol": "SASL_SSL"}, "CRICKETS_KAFKA__SASL_USERNAME"),
    ],
)
def test_what_is_not_set_is_named(settings: dict[str, object], advice: str) -> None:
    with pytest.raises(BrokerError, match=advice):
        client_config(KafkaSettings.model_validate(settings))


@pytest.mark.parametrize(
    ("error", "kind", "advice"),
    [
        (MessageSizeTooLargeError("Hello"), RecordSizeError, "size"),
        (UnknownTopicOrPartitionError("Hello"), BrokerError, "crickets topics"),
        (SaslAuthenticationFailedError("Hello"), BrokerError, "CRICKETS_KAFKA__SASL"),
        (FileNotFoundError("Hello"), BrokerError, "CRICKETS_KAFKA__SSL_CAFILE"),
        (ConnectionResetError("Hello"), BrokerError, "is it up"),
    ],
)
def test_an_error_says_what_to_do_and_repeats_nothing(error: Exception, kind: type[BrokerError], advice: str) -> None:
    explained_error = explain(KafkaSettings(bootstrap_servers="a:1"), error)
    assert type(explained_error) is kind
    assert isinstance(explained_error, CricketsError)
    assert advice in str(explained_error)
    assert "Hello" not in str(explained_error)
    with pytest.raises(kind), explained(KafkaSettings()):
        raise error


def test_the_library_never_logs_below_warnings(monkeypatch: pytest.MonkeyPatch) -> None:
    library = logging.getLogger("kafka")
    for level, expected in ((logging.DEBUG, logging.WARNING), (logging.CRITICAL, logging.CRITICAL)):
        monkeypatch.setattr(library, "level", level)
        library.manager._clear_cache()  # type: ignore[attr-defined]
        hide_records_from_log()
        assert library.level == expected
