import itertools
from collections.abc import AsyncIterator

import pytest

from pipeline.transport.changelog import Changelog
from pipeline.transport.outbox import Outbox
from tests.pipeline.transport.stage import create_topics

_numbers = itertools.count()


@pytest.fixture
async def changelog(either_broker: str) -> AsyncIterator[Changelog]:
    prefix = f"state{next(_numbers)}."
    create_topics(either_broker, {f"{prefix}changelog-count": 3}, **{"cleanup.policy": "compact"})
    client = {"bootstrap_servers": either_broker}
    async with Outbox(client, prefix) as outbox:
        yield Changelog("count", client, outbox)


async def test_recovery_gives_the_latest_value_of_each_key_and_not_what_was_removed(changelog: Changelog) -> None:
    await changelog.write(1, {"a": b"1", "b": b"1", "gone": b"1", "back": b"1"})
    await changelog.write(1, {"a": b"2", "gone": None, "back": None})
    await changelog.write(1, {"c": b"3", "back": b"3", "never": None})
    assert await changelog.recover(1) == {"a": b"2", "b": b"1", "c": b"3", "back": b"3"}


async def test_recovery_gives_one_partition_and_nothing_of_the_others(changelog: Changelog) -> None:
    await changelog.write(0, {"key": b"zero"})
    await changelog.write(2, {"key": b"two"})
    assert await changelog.recover(0) == {"key": b"zero"}
    assert await changelog.recover(1) == {}
    assert await changelog.recover(2) == {"key": b"two"}


async def test_recovery_gives_all_of_what_was_written_however_much_and_the_last_above_all(changelog: Changelog) -> None:
    big = b"." * 400_000
    for n in range(3):
        await changelog.write(0, {f"{k}": b"%d" % n for k in range(5_000)} | {"big": big})
    await changelog.write(0, {"last": b"!"})
    state = await changelog.recover(0)
    assert state.pop("last") == b"!" and state.pop("big") == big
    assert state == {f"{k}": b"2" for k in range(5_000)}
