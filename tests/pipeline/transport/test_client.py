import ssl

import faust
import pytest

from pipeline.settings import KafkaSettings
from pipeline.transport.client import aiokafka_client, faust_broker


def secured(protocol: str) -> KafkaSettings:
    return KafkaSettings.model_validate(
        {
            "bootstrap_servers": "a:1, b:2",
            "security_protocol": protocol,
            "sasl_mechanism": "SCRAM-SHA-512",
            "sasl_username": "worker",
            "sasl_password": "secret",
        }
    )


def test_without_security_only_the_servers_are_said() -> None:
    settings = secured("PLAINTEXT")
    assert aiokafka_client(settings) == {"bootstrap_servers": "a:1, b:2", "security_protocol": "PLAINTEXT"}
    assert faust_broker(settings) == {"broker": "aiokafka://a:1;aiokafka://b:2"}


@pytest.mark.parametrize("protocol", ["SASL_PLAINTEXT", "SASL_SSL"])
def test_user_and_password_reach_both_clients(protocol: str) -> None:
    ours, theirs = aiokafka_client(secured(protocol)), faust_broker(secured(protocol))["broker_credentials"]
    assert isinstance(theirs, faust.SASLCredentials)
    said = (ours["sasl_mechanism"], ours["sasl_plain_username"], ours["sasl_plain_password"])
    assert said == ("SCRAM-SHA-512", "worker", "secret")
    assert (theirs.mechanism.value, theirs.username, theirs.password) == said
    assert theirs.protocol.value == ours["security_protocol"] == protocol
    assert ("ssl_context" in ours) == (theirs.ssl_context is not None) == protocol.endswith("SSL")


def test_tls_alone_checks_the_servers_certificate() -> None:
    ours, theirs = aiokafka_client(secured("SSL")), faust_broker(secured("SSL"))["broker_credentials"]
    assert isinstance(theirs, faust.SSLCredentials)
    for context in (ours["ssl_context"], theirs.context):
        assert context.verify_mode is ssl.CERT_REQUIRED and context.check_hostname
