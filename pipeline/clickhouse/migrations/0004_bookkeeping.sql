CREATE TABLE IF NOT EXISTS {database}.expectations {on_cluster} (
    version UInt64 COMMENT 'Version of what was learned' CODEC(Delta, ZSTD(1)),
    as_of DateTime64(6, 'UTC') COMMENT 'Learned from everything before this moment' CODEC(Delta, ZSTD(1)),
    complete Bool COMMENT 'The version repeats everything; else only what changed',
    part LowCardinality(String) COMMENT 'Part of the models: weights, rates, clocks ...',
    key String COMMENT 'Name within the part' CODEC(ZSTD(1)),
    value String COMMENT 'Value as JSON; null: the key was removed' CODEC(ZSTD(3)),
    recorded_at DateTime('UTC') DEFAULT now() COMMENT 'When this row was written' CODEC(Delta, ZSTD(1))
)
ENGINE = {replicated}ReplacingMergeTree
PARTITION BY toYYYYMM(as_of)
ORDER BY (part, key, as_of, version)
TTL recorded_at + INTERVAL 3 MONTH
SETTINGS {dedup_window}
COMMENT 'History of what the models learned, one row a changed value';

CREATE TABLE IF NOT EXISTS {database}.dead_letters {on_cluster} (
    dead_letter_id String COMMENT 'stage/topic/partition/offset' CODEC(ZSTD(3)),
    stage LowCardinality(String) COMMENT 'Agent or command that refused the record',
    source LowCardinality(String) COMMENT 'Configured source; empty: not known',
    reason String COMMENT 'What is wrong, for a person' CODEC(ZSTD(3)),
    field LowCardinality(String) COMMENT 'Path of the field that is wrong',
    error LowCardinality(String) COMMENT 'Kind of error',
    time DateTime64(6, 'UTC') COMMENT 'Event time of the original; 1970: not known' CODEC(Delta, ZSTD(1)),
    topic LowCardinality(String) COMMENT 'Where the original stands: a topic, or a file',
    partition Int32 COMMENT 'Partition of the topic',
    offset UInt64 COMMENT 'Offset in the topic, or line (index) in the file' CODEC(Delta, ZSTD(1)),
    recorded_at DateTime('UTC') DEFAULT now() COMMENT 'When this row was written' CODEC(Delta, ZSTD(1))
)
ENGINE = {replicated}ReplacingMergeTree
PARTITION BY toYYYYMM(time)
ORDER BY (stage, topic, partition, offset)
TTL recorded_at + INTERVAL 3 MONTH
SETTINGS {dedup_window}
COMMENT 'Records that were put aside: a pointer to each, never its content. Read with FINAL';

-- Small and always current: no months, no retention.
CREATE TABLE IF NOT EXISTS {database}.watermarks {on_cluster} (
    topic LowCardinality(String) COMMENT 'Topic the promise was found in',
    stage LowCardinality(String) COMMENT 'Who promises: source, or an agent',
    partition UInt32 COMMENT 'Partition of events the promise is about',
    time DateTime64(6, 'UTC') COMMENT 'Everything before this moment has been judged by the stage',
    observed_until Nullable(DateTime64(6, 'UTC')) COMMENT 'End of an archive: what had not come by then is unknown, not absent',
    recorded_at DateTime('UTC') DEFAULT now() COMMENT 'When this row was written'
)
ENGINE = {replicated}ReplacingMergeTree(time)
ORDER BY (topic, stage, partition)
SETTINGS {dedup_window}
COMMENT 'How far each stage has come in event time: the latest row of each stage and partition stands. Read with FINAL';
