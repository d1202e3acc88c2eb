"""The player against a real HTTP server on loopback: signed, in order, patient with 503, loud about 401."""

import asyncio
import hashlib
import hmac
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from aiohttp import web
from pydantic import SecretStr

from pipeline.simulate import Delivery, Player, PlayerError, simulate
from pipeline.simulate.payload import envelope

SECRET = "a secret of the test"
HOUR = 3_600.0

Answer = Callable[[web.Request, bytes], Awaitable[int]]


class Gateway:
    """Takes what is signed, and remembers it."""

    def __init__(self) -> None:
        self.url = ""
        self.accepted: list[dict] = []
        self.timestamps: list[int] = []
        self.retry_nums: list[str | None] = []
        self.signatures: list[str] = []
        self.forged = 0
        self.open = 0
        self.most_open = 0
        self.script: list[int] = []  # statuses to answer with before anything is accepted

    async def receive(self, request: web.Request) -> web.Response:
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        try:
            body = await request.read()
            timestamp = request.headers["X-Slack-Request-Timestamp"]
            signed = b"v0:" + timestamp.encode() + b":" + body
            expected = "v0=" + hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()
            self.retry_nums.append(request.headers.get("X-Slack-Retry-Num"))
            self.signatures.append(request.headers["X-Slack-Signature"])
            if not hmac.compare_digest(expected, request.headers["X-Slack-Signature"]):
                self.forged += 1
                return web.Response(status=401)
            if self.script:
                return web.Response(status=self.script.pop(0))
            self.timestamps.append(int(timestamp))
            await asyncio.sleep(0)  # lets requests of other conversations overtake
            self.accepted.append(json.loads(body))
            return web.Response()
        finally:
            self.open -= 1


@pytest.fixture
async def gateway() -> AsyncIterator[Gateway]:
    gateway = Gateway()
    app = web.Application()
    app.router.add_post("/webhooks/slack", gateway.receive)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    gateway.url = f"http://{host}:{port}/webhooks/slack"
    yield gateway
    await runner.cleanup()


class Pauses:
    """Remembers the pauses instead of taking them."""

    def __init__(self) -> None:
        self.taken: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.taken.append(seconds)


def _player(gateway: Gateway, **more: object) -> Player:
    return Player(gateway.url, SecretStr(SECRET), **more)  # type: ignore[arg-type]


def _delivery(time: float, conversation: str = "C1") -> Delivery:
    event = {"type": "message", "channel": conversation, "user": "U1", "text": "grüezi", "ts": f"{time:.6f}"}
    return Delivery(time, envelope(event, f"Ev{time}", time))


async def test_a_day_of_the_story_arrives_whole_signed_and_in_order_per_conversation(gateway: Gateway) -> None:
    story = simulate(1)
    day = [delivery for delivery in story if delivery.time < story.start + 24 * HOUR]
    progress = await _player(gateway).play(day)
    assert progress.confirmed == len(gateway.accepted) == len(day) > 100
    assert gateway.forged == 0
    assert gateway.most_open > 1
    sent, got = defaultdict(list), defaultdict(list)
    for delivery in day:
        sent[delivery.conversation].append(delivery.payload)
    for payload in gateway.accepted:
        event = payload["event"]
        got[event.get("item", event)["channel"]].append(payload)
    assert got == sent


async def test_concurrency_is_bounded(gateway: Gateway) -> None:
    await _player(gateway, concurrency=3).play([_delivery(index, f"C{index}") for index in range(30)])
    assert gateway.most_open <= 3
    assert len(gateway.accepted) == 30


async def test_requests_are_stamped_with_the_time_of_the_story_or_of_a_clock(gateway: Gateway) -> None:
    await _player(gateway).play([_delivery(5000.7)])
    await _player(gateway, clock=lambda: 1234.9).play([_delivery(5000.7)])
    assert gateway.timestamps == [5000, 1234]


async def test_a_busy_gateway_is_asked_again_with_growing_pauses(gateway: Gateway) -> None:
    gateway.script = [503, 503, 503]
    pauses = Pauses()
    progress = await _player(gateway, pause=pauses).play([_delivery(10.0), _delivery(11.0)])
    assert [payload["event_time"] for payload in gateway.accepted] == [10, 11]
    assert progress.retries == 3
    assert pauses.taken == [0.05, 0.1, 0.2]
    assert gateway.retry_nums == [None, "1", "2", "3", None]
    assert len(set(gateway.signatures)) == 5  # no retry looks like a replayed request


async def test_a_gateway_that_stays_busy_ends_the_play(gateway: Gateway) -> None:
    gateway.script = [503] * 10
    with pytest.raises(PlayerError, match="status 503"):
        await _player(gateway, attempts=4, pause=Pauses()).play([_delivery(10.0)])
    assert gateway.accepted == []
    assert len(gateway.script) == 6


async def test_a_gateway_that_comes_up_late_gets_everything(gateway: Gateway, unused_port: int) -> None:
    """Connection errors are retried: the gateway's second address begins to listen during the first pause."""
    runners: list[web.AppRunner] = []

    async def start_listening(_: float) -> None:
        if runners:
            return
        app = web.Application()
        app.router.add_post("/", gateway.receive)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", unused_port).start()
        runners.append(runner)

    player = Player(f"http://127.0.0.1:{unused_port}/", SecretStr(SECRET), pause=start_listening)
    progress = await player.play([_delivery(10.0)])
    assert (progress.confirmed, progress.retries) == (1, 1)
    for runner in runners:
        await runner.cleanup()


@pytest.fixture
async def unused_port() -> int:
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port: int = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    return port


async def test_a_gateway_that_is_never_there_ends_the_play(unused_port: int) -> None:
    player = Player(f"http://127.0.0.1:{unused_port}/", SecretStr(SECRET), attempts=3, pause=Pauses())
    with pytest.raises(PlayerError, match="in 3 attempts"):
        await player.play([_delivery(10.0)])


@pytest.mark.parametrize("status", [400, 401, 404, 413, 429, 500])
async def test_a_refusal_is_loud_and_not_retried(gateway: Gateway, status: int) -> None:
    gateway.script = [status]
    with pytest.raises(PlayerError, match=f"status {status}"):
        await _player(gateway, pause=Pauses()).play([_delivery(10.0), _delivery(11.0)])
    assert gateway.accepted == []


async def test_a_wrong_secret_is_refused_and_not_shown(gateway: Gateway) -> None:
    player = Player(gateway.url, SecretStr("another one"), pause=Pauses())
    with pytest.raises(PlayerError, match="signing secret") as refused:
        await player.play([_delivery(10.0)])
    assert gateway.forged == 1
    assert "another one" not in str(refused.value) + repr(player)


async def test_an_epoch_closes_when_everything_before_its_end_is_confirmed(gateway: Gateway) -> None:
    confirmed_at: list[tuple[float, list[int]]] = []

    async def on_epoch(end: float) -> None:
        confirmed_at.append((end, sorted(payload["event_time"] for payload in gateway.accepted)))

    times = [10.0, 3599.0, 3600.0, 7000.0, 40_000.0]
    deliveries = [_delivery(time, f"C{index}") for index, time in enumerate(times)]
    await _player(gateway).play(deliveries, on_epoch)
    # From 7200 to 36000 nothing happens: one call with the latest end.
    assert confirmed_at == [
        (3600.0, [10, 3599]),
        (39_600.0, [10, 3599, 3600, 7000]),
        (43_200.0, [10, 3599, 3600, 7000, 40_000]),
    ]


async def test_time_passes_up_to_the_end_of_the_story(gateway: Gateway) -> None:
    ends: list[float] = []

    async def on_epoch(end: float) -> None:
        ends.append(end)

    seen: list[tuple[int, float]] = []
    player = _player(gateway, on_progress=lambda progress: seen.append((progress.confirmed, progress.time)))
    await player.play([_delivery(10.0)], on_epoch, until=100_000.0)
    assert ends == [100_000.0]
    assert seen == [(1, 100_000.0)]


async def test_nothing_to_play_is_no_epoch(gateway: Gateway) -> None:
    ends: list[float] = []

    async def on_epoch(end: float) -> None:
        ends.append(end)

    await _player(gateway).play([], on_epoch)
    assert ends == []
