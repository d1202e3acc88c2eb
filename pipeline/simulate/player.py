"""The player: sends a story to a gateway as Slack would, and keeps time with it."""

import asyncio
import contextlib
import json
import math
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

import aiohttp
from pydantic import SecretStr

from pipeline.simulate.journal import Delivery
from pipeline.simulate.signature import signature_headers
from schemas.errors import CricketsError

OnEpoch = Callable[[float], Awaitable[None]]
"""Called with the end of an epoch when the gateway has confirmed everything before it."""

_RETRIED = frozenset({502, 503, 504})
_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 2.0


class PlayerError(CricketsError):
    """The gateway refuses the story, or is not there."""


@dataclass
class Progress:
    """How far the story has been told."""

    confirmed: int = 0
    retries: int = 0
    time: float = 0.0  # time of the story: end of the latest epoch that is confirmed


@dataclass
class Player:
    """Sends deliveries to `url`, signed, in order within a conversation and side by side over conversations.

    `clock` stamps the requests (None: the time of the story itself, for a gateway that lives in it). A gateway that is
    busy (503) or away is asked again with growing pauses, `attempts` times; what it refuses (4xx) ends the play.
    """

    url: str
    secret: SecretStr
    clock: Callable[[], float] | None = None
    epoch: float = 3600.0
    concurrency: int = 8
    attempts: int = 12
    timeout: float = 10.0
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep
    on_progress: Callable[[Progress], None] | None = None

    async def play(
        self, deliveries: Iterable[Delivery], on_epoch: OnEpoch | None = None, until: float | None = None
    ) -> Progress:
        """Send everything; before `on_epoch(end)` is awaited all deliveries before `end` are confirmed.

        Epochs without deliveries are skipped: one call with the latest end stands for all of them. `until` is the
        story's end, up to which time passes after the last delivery.
        """
        progress = Progress()
        gate = asyncio.Semaphore(self.concurrency)
        # The gate alone bounds: waiting for a connection would count as the gateway's time-out.
        connector = aiohttp.TCPConnector(limit=0)
        timeout = aiohttp.ClientTimeout(total=self.timeout)
        async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:
            waiting: list[Delivery] = []
            closes = -math.inf  # end of the epoch that is being gathered
            for delivery in deliveries:
                if delivery.time >= closes:
                    opened = math.floor(delivery.time / self.epoch) * self.epoch
                    await self._flush(session, gate, waiting, progress)
                    if math.isfinite(closes):
                        await self._close(opened, progress, on_epoch)
                    waiting, closes = [], opened + self.epoch
                waiting.append(delivery)
            await self._flush(session, gate, waiting, progress)
            end = max(closes, closes if until is None else until)
            if math.isfinite(end):
                await self._close(end, progress, on_epoch)
        return progress

    async def _close(self, end: float, progress: Progress, on_epoch: OnEpoch | None) -> None:
        progress.time = end
        if on_epoch is not None:
            await on_epoch(end)
        if self.on_progress is not None:
            self.on_progress(progress)

    async def _flush(
        self, session: aiohttp.ClientSession, gate: asyncio.Semaphore, waiting: list[Delivery], progress: Progress
    ) -> None:
        """Send what waits and return when all of it is confirmed; the first refusal stops the others."""
        lanes: defaultdict[str, list[Delivery]] = defaultdict(list)
        for delivery in waiting:
            lanes[delivery.conversation].append(delivery)
        try:
            async with asyncio.TaskGroup() as group:
                for lane in lanes.values():
                    group.create_task(self._send_all(session, gate, lane, progress))
        except* PlayerError as refused:
            raise refused.exceptions[0] from None

    async def _send_all(
        self, session: aiohttp.ClientSession, gate: asyncio.Semaphore, lane: list[Delivery], progress: Progress
    ) -> None:
        for delivery in lane:
            async with gate:
                await self._send(session, delivery, progress)
            progress.confirmed += 1

    async def _send(self, session: aiohttp.ClientSession, delivery: Delivery, progress: Progress) -> None:
        body = json.dumps(delivery.payload, separators=(",", ":"), ensure_ascii=False).encode()
        reason, trouble = "", ""
        for attempt in range(self.attempts):
            headers = {"Content-Type": "application/json"}
            if attempt:
                progress.retries += 1
                headers |= {"X-Slack-Retry-Num": str(attempt), "X-Slack-Retry-Reason": reason}
                await self.pause(min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** (attempt - 1)))
            # Stamped anew each time, as Slack does: an equal signature would look like a replayed request.
            now = delivery.time + attempt if self.clock is None else self.clock()
            headers |= signature_headers(self.secret.get_secret_value(), int(now), body)
            try:
                async with session.post(self.url, data=body, headers=headers) as response:
                    status = response.status
                    with contextlib.suppress(aiohttp.ClientPayloadError):
                        await response.read()
            except (aiohttp.ClientConnectionError, TimeoutError) as error:
                reason, trouble = "connection_failed", type(error).__name__
                continue
            if status < 300:
                return
            if status not in _RETRIED:
                raise PlayerError(_refusal(self.url, status))
            reason, trouble = "http_error", f"status {status}"
        msg = f"{self.url} did not take a delivery in {self.attempts} attempts (last: {trouble}); is the gateway up?"
        raise PlayerError(msg)


def _refusal(url: str, status: int) -> str:
    advice = {
        401: "is the signing secret the gateway's, and does its clock agree?",
        404: "is this the path of a configured source?",
        413: "is the gateway's body limit too low?",
        429: "is the gateway's rate limit lower than the speed of the story?",
    }
    return f"{url} refused a delivery with status {status}: {advice.get(status, 'see the log of the gateway')}"
