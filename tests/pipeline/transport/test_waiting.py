from itertools import chain, groupby

from tests.pipeline.transport.stage import Stage


def batches(stage: Stage, partition: int) -> list[list[str]]:
    notes = [note for note in stage.notes if note.partition == partition]
    return [[note.id for note in batch] for _, batch in groupby(notes, key=lambda note: note.batch)]


async def test_a_lane_that_waits_holds_nobody_up_and_what_comes_meanwhile_makes_the_next_batch_larger(
    embedded_stage: Stage,
) -> None:
    stage = embedded_stage
    stage.produce(0, ["first"])
    stage.produce(0, ["waits"], wait=100.0)
    worker = stage.worker("waiting")
    await stage.until_noted({"first"})
    later = [f"later-{n}" for n in range(30)]
    for id_ in later:
        stage.produce(0, [id_])  # each sent on its own
    others = [{f"{n}-{partition}" for partition in (1, 2, 3)} for n in range(2)]
    for ids in others:  # twice: they work, and go on working
        for id_ in ids:
            stage.produce(int(id_[-1]), [id_])
        await stage.until_noted(ids)
    assert batches(stage, 0) == [["first"]]

    stage.learned(100.0)
    await stage.until_noted()
    first, *rest = batches(stage, 0)
    assert first == ["first", "waits"]
    assert list(chain(*rest)) == later
    assert len(rest) <= 2, "one that was fetched already, and one with everything that came meanwhile"
    await stage.until_committed()

    stage.produce(0, ["waits again"], wait=200.0)
    stage.produce(1, ["after"])
    await stage.until_noted({"after"})
    assert await stage.end(worker) == 0
    assert await stage.committed() == [32, 3, 2, 2], "all but what was waiting"
    assert "failed on" not in stage.log("waiting")
