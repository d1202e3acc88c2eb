import itertools
import time

from tests.pipeline.transport.stage import SECONDS, Stage

_rounds = itertools.count()


async def owners(stage: Stage) -> dict[int, str]:
    """Send every partition some items and tell who worked through the last of them."""
    number = next(_rounds)
    for partition in range(stage.partitions):
        stage.produce(partition, [f"{number}/{partition}-{n}" for n in range(25)])
    await stage.until_noted()
    return {note.partition: note.worker for note in stage.notes if note.id.endswith("-24")}


async def until_owned_by(stage: Stage, *workers: str) -> None:
    """Wait until the partitions are shared so."""
    deadline = time.monotonic() + SECONDS
    while sorted((found := await owners(stage)).values()) != sorted(workers):
        assert time.monotonic() < deadline, f"{found}, and not {workers} after {SECONDS:.0f} s"


async def test_a_worker_that_joins_takes_partitions_over_and_gives_them_back_when_it_leaves(stage: Stage) -> None:
    stage.worker("one")
    await until_owned_by(stage, *["one"] * 4)

    two = stage.worker("two")
    await until_owned_by(stage, "one", "one", "two", "two")

    for partition in range(stage.partitions):  # it leaves in the middle of work
        stage.produce(partition, [f"load/{partition}-{n}" for n in range(2_000)])
    assert await stage.end(two) == 0, two.explain("did not end well")
    await until_owned_by(stage, *["one"] * 4)

    await stage.until_committed()
    assert await stage.counted() == stage.sent
