"""What Slack's libraries publish, sent to the gateway."""

import json
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient, TestServer
from pydantic import SecretStr

from pipeline.gateway.app import gateway_app
from pipeline.gateway.slack import SlackSource
from tests.pipeline.gateway.conftest import Gateway, nothing

SAMPLES = Path(__file__).parents[3] / ".." / "shared" / "channels" / "slack"
VECTORS = SAMPLES.parent / "vectors.json"
NO_SAMPLES = "the published samples are not beside the project (../shared/channels/slack)"

REFUSED_SAMPLES = {  # what is not a whole delivery; everything else is accepted
    "message_deleted_tombstone_inner_event.json": "type",
    "skeletons/AppRateLimitedPayload.json": "type",
    "skeletons/MessageDeletedPayload.json": "type",
    "skeletons/MessageThreadBroadcastPayload.json": "type",
}


@pytest.mark.skipif(not SAMPLES.is_dir(), reason=NO_SAMPLES)
def test_published_samples_are_accepted_and_fragments_refused(gateway: Gateway) -> None:
    for path in sorted(SAMPLES.rglob("*.json")):
        answer = gateway.post(path.read_bytes())
        field = REFUSED_SAMPLES.get(str(path.relative_to(SAMPLES)))
        assert answer.status == (200 if field is None else 400), path.name
        assert field is None or answer.json["field"] == field


@pytest.mark.skipif(not VECTORS.is_file(), reason=NO_SAMPLES)
async def test_published_vectors_pass_or_fail_over_http() -> None:
    kept: list[bytes] = []

    class Kept:
        async def send(self, topic: str, key: bytes, value: bytes) -> None:  # noqa: ARG002
            kept.append(key)

    vectors = [vector for vector in json.loads(VECTORS.read_text())["vectors"] if vector["channel"] == "slack"]
    statuses = {}
    for vector in vectors:
        source = SlackSource(SecretStr(vector["secret"]), 300)
        clock = float(vector["clock_for_test"])
        app = gateway_app([source], Kept(), clock=lambda now=clock: now, reachable=nothing, max_body_bytes=10_000)
        async with TestClient(TestServer(app)) as client:
            answer = await client.post("/webhooks/slack", data=vector["body"].encode(), headers=vector["headers"])
            statuses[vector["id"]] = answer.status
    assert statuses.pop("slack-1") == 400  # a slash command: rightly signed, but no event
    assert statuses.pop("slack-2") == 200
    assert set(statuses.values()) == {401}
    assert kept == [b"slack:TTTTTTTTT"]
