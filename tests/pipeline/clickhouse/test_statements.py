import pytest

from pipeline.clickhouse.statements import Layout, split_statements


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT 1; SELECT 2;", ["SELECT 1", "SELECT 2"]),
        ("SELECT 1", ["SELECT 1"]),
        (" ;; \n;", []),
        ("SELECT ';', 'it''s;', 'a\\';' ; SELECT 2", ["SELECT ';', 'it''s;', 'a\\';'", "SELECT 2"]),
        ('SELECT "a;b", `c;d`; SELECT 2', ['SELECT "a;b", `c;d`', "SELECT 2"]),
        ("-- it's; a comment\nSELECT 1; /* and; 'this */ SELECT 2", ["SELECT 1", "SELECT 2"]),
        ("SELECT 3 - 1, 6 / 2, -1", ["SELECT 3 - 1, 6 / 2, -1"]),
        ("SELECT '-- no comment'", ["SELECT '-- no comment'"]),
    ],
)
def test_semicolons_cut_only_between_statements(sql: str, expected: list[str]) -> None:
    assert split_statements(sql) == expected


def test_one_server_gets_plain_engines() -> None:
    filled = Layout("crickets").fill("{database}.t {on_cluster} {replicated}MergeTree {x:String} {dedup_window}")
    assert filled == "`crickets`.t  MergeTree {x:String} non_replicated_deduplication_window = 10000"


def test_a_cluster_gets_replicated_engines() -> None:
    filled = Layout("crickets", "main").fill("{database}.t {on_cluster} {replicated}MergeTree {dedup_window}")
    assert filled == "`crickets`.t ON CLUSTER `main` ReplicatedMergeTree replicated_deduplication_window = 10000"
