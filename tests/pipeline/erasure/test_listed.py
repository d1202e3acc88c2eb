"""The list of who is erased, as ClickHouse has it."""

from pathlib import Path

import pytest

from pipeline.clickhouse import connect, migrate
from pipeline.clickhouse.client import ClickHouseUnreachableError
from pipeline.embedded import EmbeddedEngine
from pipeline.erasure import erased_by
from pipeline.settings import Settings
from schemas.erasure import digest


def test_what_is_on_the_list_is_told_and_no_answer_is_no_empty_list(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, data_dir=tmp_path)
    gone = digest(f"m_{0xA:020x}")
    with EmbeddedEngine(tmp_path / "clickhouse") as engine:
        url = engine.url
        client = connect(settings.clickhouse, url)
        with pytest.raises(ClickHouseUnreachableError, match="who was erased"):
            erased_by(settings, url)
        migrate(client, settings.clickhouse.database)
        assert erased_by(settings, url) == frozenset()
        for _ in range(2):  # erased once more
            client.insert("erasures", [(gone,)], column_names=["digest"], database=settings.clickhouse.database)
        assert erased_by(settings, url) == {gone}
        client.close()
    with pytest.raises(ClickHouseUnreachableError):
        erased_by(settings, url)
