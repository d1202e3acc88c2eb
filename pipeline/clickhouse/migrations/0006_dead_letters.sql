ALTER TABLE {database}.dead_letters {on_cluster}
    ADD COLUMN IF NOT EXISTS tries UInt32 DEFAULT 1 COMMENT 'How often the record was tried in vain' AFTER offset;

ALTER TABLE {database}.dead_letters {on_cluster}
    ADD COLUMN IF NOT EXISTS traceback String COMMENT 'Where an agent raised, a line a frame, and the type of the exception; empty: it could not be understood' CODEC(ZSTD(3)) AFTER tries;

-- Agents know no clock, so many letters have no time of their own: recorded_at is when they were put aside.
ALTER TABLE {database}.dead_letters {on_cluster}
    COMMENT COLUMN time 'Event time of the original as far as it is known; 1970: not known. When it was put aside: recorded_at';

-- By the original, not by the letter: all agents of its topic read it again. Kept longer than the letters.
CREATE TABLE IF NOT EXISTS {database}.redrives {on_cluster} (
    topic LowCardinality(String) COMMENT 'Topic of the original',
    partition Int32 COMMENT 'Partition of the original; it was written again to the same one',
    offset UInt64 COMMENT 'Offset of the original' CODEC(Delta, ZSTD(1)),
    again_offset UInt64 COMMENT 'Offset where it stands since it was written again' CODEC(Delta, ZSTD(1)),
    redriven_at DateTime('UTC') DEFAULT now() COMMENT 'When it was written again' CODEC(Delta, ZSTD(1))
)
ENGINE = {replicated}ReplacingMergeTree(redriven_at)
ORDER BY (topic, partition, offset)
TTL redriven_at + INTERVAL 4 MONTH
SETTINGS {dedup_window}
COMMENT 'Originals of dead letters that were written again to be worked through once more. Read with FINAL';

-- A letter that was put aside after the redrive is another one: a new broker begins again at offset 0.
CREATE OR REPLACE VIEW {database}.dead_letters_now {on_cluster} (
    dead_letter_id String COMMENT 'stage/topic/partition/offset: what crickets dead-letters takes',
    stage LowCardinality(String) COMMENT 'Agent or command that refused the record',
    source LowCardinality(String) COMMENT 'Configured source; empty: not known',
    reason String COMMENT 'What is wrong, for a person',
    field LowCardinality(String) COMMENT 'Path of the field that is wrong',
    error LowCardinality(String) COMMENT 'Kind of error',
    tries UInt32 COMMENT 'How often the record was tried in vain',
    traceback String COMMENT 'Where an agent raised; empty: the record could not be understood',
    topic LowCardinality(String) COMMENT 'Where the original stands: a topic, or a file',
    partition Int32 COMMENT 'Partition of the topic',
    offset UInt64 COMMENT 'Offset in the topic, or line (index) in the file',
    put_aside_at DateTime('UTC') COMMENT 'When the letter was recorded',
    event_time Nullable(DateTime64(6, 'UTC')) COMMENT 'Event time of the original; NULL: not known',
    redriven_at Nullable(DateTime('UTC')) COMMENT 'When the original was written again; NULL: the letter is open',
    again_offset Nullable(UInt64) COMMENT 'Offset where the original stands since then'
)
AS SELECT
    d.dead_letter_id AS dead_letter_id,
    d.stage AS stage,
    d.source AS source,
    d.reason AS reason,
    d.field AS field,
    d.error AS error,
    d.tries AS tries,
    d.traceback AS traceback,
    d.topic AS topic,
    d.partition AS partition,
    d.offset AS offset,
    d.recorded_at AS put_aside_at,
    if(toUnixTimestamp64Micro(d.time) = 0, NULL, d.time) AS event_time,
    if(r.redriven_at >= d.recorded_at, r.redriven_at, NULL) AS redriven_at,
    if(r.redriven_at >= d.recorded_at, r.again_offset, NULL) AS again_offset
FROM (SELECT * FROM {database}.dead_letters FINAL) AS d
LEFT JOIN (SELECT * FROM {database}.redrives FINAL) AS r
    ON r.topic = d.topic AND r.partition = d.partition AND r.offset = d.offset
COMMENT 'Every dead letter once, with what became of it: open while redriven_at is NULL';
