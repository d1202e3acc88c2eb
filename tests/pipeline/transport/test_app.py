from pathlib import Path

from tests.pipeline.transport.worker_process import WorkerOptions, build


def test_a_worker_whose_partitions_are_all_in_work_stays_in_its_group(tmp_path: Path) -> None:
    """It polls nothing then, however long ClickHouse is away; who leaves the group for that never comes back."""
    app = build(WorkerOptions("w", "127.0.0.1:1", "test.", "test", str(tmp_path)))
    assert app.conf.broker_max_poll_interval >= 7 * 86_400
