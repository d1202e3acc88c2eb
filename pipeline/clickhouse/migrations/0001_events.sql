-- What happened. The sorting key holds the id, so that the same event delivered twice is one row.
-- Retention counts from recording (recorded_at), not from the event: an archive of years ago may be replayed today.
CREATE TABLE IF NOT EXISTS {database}.events {on_cluster} (
    event_id String COMMENT 'Id of the event, derived from what happened' CODEC(ZSTD(3)),
    kind LowCardinality(String) COMMENT 'message_posted, message_edited, message_deleted, reaction_added, reaction_removed, member_joined, member_left',
    source LowCardinality(String) COMMENT 'Configured source: slack, archive ...',
    workspace LowCardinality(String) COMMENT 'Workspace or team of the source',
    conversation LowCardinality(String) COMMENT 'Channel, stream or category: the smallest place within which order matters',
    time DateTime64(6, 'UTC') COMMENT 'When it happened' CODEC(Delta, ZSTD(1)),
    author String COMMENT 'Pseudonym of who caused it; empty for deletions' CODEC(ZSTD(1)),
    bot Bool COMMENT 'Caused by a bot',
    message String COMMENT 'Id of the message it is about; empty for joins and leaves' CODEC(ZSTD(1)),
    thread Nullable(String) COMMENT 'Root message replied to; NULL for root messages and where it does not apply' CODEC(ZSTD(1)),
    reaction LowCardinality(String) COMMENT 'Name of the reaction; empty for other kinds',
    asset_id LowCardinality(String) COMMENT 'Asset the message is tagged with; empty: none',
    ask LowCardinality(String) COMMENT 'Asset type that the text asks for; empty: none seen',
    length UInt32 COMMENT 'Characters of the text; the text itself is not kept',
    question Bool COMMENT 'The text asks something',
    broadcast Bool COMMENT 'The text addresses everybody',
    mentions UInt16 COMMENT 'Members mentioned in the text',
    link Bool COMMENT 'The text has a link',
    code Bool COMMENT 'The text has code',
    file Bool COMMENT 'A file is attached',
    recorded_at DateTime('UTC') DEFAULT now() COMMENT 'When this row was written' CODEC(Delta, ZSTD(1))
)
ENGINE = {replicated}ReplacingMergeTree
PARTITION BY toYYYYMM(time)
ORDER BY (source, conversation, event_id)
TTL recorded_at + INTERVAL 13 MONTH
SETTINGS {dedup_window}
COMMENT 'Canonical events without any text. May hold an event twice until parts are merged: read with FINAL';
