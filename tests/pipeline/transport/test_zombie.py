"""A worker that was taken for dead and comes back: what it still writes is refused by the broker."""

import os
import signal
from pathlib import Path

from tests.pipeline.transport.stage import Stage


async def test_who_was_stopped_in_the_middle_of_a_write_cannot_end_it(apache_kafka: str, tmp_path: Path) -> None:
    async with Stage(apache_kafka, tmp_path, transactions=True) as stage:
        zombie = stage.worker("zombie", trouble="stopped in a write")
        for partition in range(stage.partitions):
            stage.produce(partition, [f"{partition}-{n}" for n in range(50)])
        await stage.until_noted()
        stage.produce(0, ["trouble", *[f"0+{n}" for n in range(50)]])
        await stage.until("it is stopped", lambda: _stopped(zombie.pid))
        stage.worker("next")
        await stage.until_noted()
        await stage.until_committed()
        os.kill(zombie.pid, signal.SIGCONT)
        assert await stage.ended(zombie) > 0, "a supervisor must see that it failed"
        assert "was taken over by another worker" in stage.log("zombie")
        stage.produce(0, ["after"])
        await stage.until_noted()
        await stage.until_committed()
        assert await stage.counted() == stage.sent
        assert not [note.id for note in stage.notes if note.worker == "zombie" and note.id == "trouble"]


def _stopped(pid: int) -> bool:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"
