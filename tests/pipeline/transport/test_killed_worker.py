from collections import Counter

from tests.pipeline.transport.stage import Stage


async def test_after_kill_9_within_a_batch_everything_is_worked_through_and_counted_once(stage: Stage) -> None:
    before = {f"{partition}-{n}" for partition in range(stage.partitions) for n in range(60)}
    for partition in range(stage.partitions):
        stage.produce(partition, [f"{partition}-{n}" for n in range(60)])
        stage.produce(partition, [f"{partition}-waits"], wait=100.0)
        stage.produce(partition, [f"{partition}-{n}" for n in range(61, 120)])
    worker = stage.worker("killed")
    await stage.until_noted(before)  # and no more: every lane waits in the middle of its batch
    assert {note.id for note in stage.notes} == before
    assert await stage.end(worker, kill=True) == -9

    stage.learned(100.0)
    stage.worker("next")
    await stage.until_noted()
    await stage.until_committed()
    times = Counter(note.id for note in stage.notes)
    assert any(times[id_] > 1 for id_ in before), "nothing came again, so nothing was in work when it was killed"
    assert await stage.counted() == stage.sent
