from collections import Counter

from tests.pipeline.transport.stage import Stage


async def test_a_record_that_makes_an_agent_raise_is_put_aside_and_nothing_else(stage: Stage) -> None:
    for partition in range(stage.partitions):
        stage.produce(partition, [f"{partition}-{n}" for n in range(100)])
    worker = stage.worker("failing", raise_on="1-60")
    await stage.until_noted(stage.ids - {"1-60"})
    await stage.until_committed()
    assert await stage.counted() == stage.sent - Counter(["1/0"]), "item 60 has key 0 of 5"
    assert "the record at offset 60 is put aside" in stage.log("failing")
    (letter,) = await stage.dead_letters()
    assert (letter.stage, letter.topic, letter.partition, letter.offset) == ("count", "items", 1, 60)
    assert await stage.end(worker) == 0


async def test_a_service_that_fails_ends_the_worker_too(embedded_stage: Stage) -> None:
    worker = embedded_stage.worker("failing", service_fails=True)
    assert await embedded_stage.ended(worker) > 0
    assert "the service was told to fail" in embedded_stage.log("failing")
