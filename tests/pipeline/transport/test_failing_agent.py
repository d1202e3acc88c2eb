from tests.pipeline.transport.stage import Stage


async def test_an_agent_that_raises_ends_the_worker_and_a_new_one_gets_the_same_records(stage: Stage) -> None:
    for partition in range(stage.partitions):
        stage.produce(partition, [f"{partition}-{n}" for n in range(100)])
    worker = stage.worker("failing", raise_on="1-60")
    assert await stage.ended(worker) > 0, "a supervisor must see that it failed"
    assert "agent count failed on items[1]@0-99" in stage.log("failing")
    assert (await stage.committed())[1] == 0

    stage.worker("next")
    await stage.until_noted()
    await stage.until_committed()
    assert await stage.counted() == stage.sent


async def test_a_service_that_fails_ends_the_worker_too(embedded_stage: Stage) -> None:
    worker = embedded_stage.worker("failing", service_fails=True)
    assert await embedded_stage.ended(worker) > 0
    assert "the service was told to fail" in embedded_stage.log("failing")
