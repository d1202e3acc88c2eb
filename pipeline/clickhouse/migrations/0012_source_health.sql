-- Holes in what a source delivered, and the prompts of which nobody can say whether anybody came.
CREATE TABLE IF NOT EXISTS {database}.source_health {on_cluster} (
    source LowCardinality(String) COMMENT 'Configured source',
    workspace LowCardinality(String) COMMENT 'Workspace or team of the source',
    since DateTime64(6, 'UTC') COMMENT 'End of the last hour in which it delivered anything' CODEC(Delta, ZSTD(1)),
    until Nullable(DateTime64(6, 'UTC')) COMMENT 'Begin of the first hour in which it delivered again; NULL: it has not' CODEC(ZSTD(1)),
    state LowCardinality(String) COMMENT 'down (nothing comes), over (it delivers again, what happened meanwhile is missing), filled (that has come, too)',
    time DateTime64(6, 'UTC') COMMENT 'When that could be told' CODEC(Delta, ZSTD(1)),
    last_event DateTime64(6, 'UTC') COMMENT 'When the last event before it happened' CODEC(Delta, ZSTD(1)),
    usual Float64 COMMENT 'Events an hour that it usually delivers, over the week',
    p_zero Float64 COMMENT 'Probability that a source that is alive delivers nothing for so long',
    version UInt64 COMMENT 'The highest version stands',
    recorded_at DateTime('UTC') DEFAULT now() COMMENT 'When this row was written' CODEC(Delta, ZSTD(1))
)
ENGINE = {replicated}ReplacingMergeTree(version)
PARTITION BY toYYYYMM(since)
ORDER BY (source, workspace, since)
TTL recorded_at + INTERVAL 25 MONTH
SETTINGS {dedup_window}
COMMENT 'Holes in what a source delivered: from when, until when, how unlikely. Read the view, or with FINAL';

CREATE OR REPLACE VIEW {database}.source_health_now {on_cluster} (
    source LowCardinality(String) COMMENT 'Configured source',
    workspace LowCardinality(String) COMMENT 'Workspace or team of the source',
    state LowCardinality(String) COMMENT 'down, over or filled',
    since DateTime64(6, 'UTC') COMMENT 'End of the last hour in which it delivered anything',
    until Nullable(DateTime64(6, 'UTC')) COMMENT 'Begin of the first hour in which it delivered again; NULL: it has not',
    last_event DateTime64(6, 'UTC') COMMENT 'When the last event before it happened',
    usual Float64 COMMENT 'Events an hour that it usually delivers, over the week',
    p_zero Float64 COMMENT 'Probability that a source that is alive delivers nothing for so long',
    unknown_prompts UInt64 COMMENT 'Prompts of the source that are unknown, whichever hole hides who came'
)
AS SELECT
    h.source AS source,
    h.workspace AS workspace,
    h.state AS state,
    h.since AS since,
    h.until AS until,
    h.last_event AS last_event,
    h.usual AS usual,
    h.p_zero AS p_zero,
    p.prompts AS unknown_prompts
FROM (SELECT * FROM {database}.source_health FINAL) AS h
LEFT JOIN (
    SELECT source, workspace, count() AS prompts
    FROM (SELECT * FROM {database}.prompts FINAL)
    WHERE status = 'unknown'
    GROUP BY source, workspace
) AS p ON p.source = h.source AND p.workspace = h.workspace
COMMENT 'Holes in what a source delivered, one row each, as they stand now; filled ones tell what was';

CREATE OR REPLACE VIEW {database}.unknown_prompts {on_cluster} (
    source LowCardinality(String) COMMENT 'Configured source',
    workspace LowCardinality(String) COMMENT 'Workspace or team of the source',
    prompt_id String COMMENT 'source:conversation:message',
    asset_id String COMMENT 'The asset; empty: none named',
    title String COMMENT 'How people know it',
    asset_type LowCardinality(String) COMMENT 'What it asks for',
    posted_at DateTime64(6, 'UTC') COMMENT 'When it was posted',
    since DateTime64(6, 'UTC') COMMENT 'When silence would have been a finding',
    reason String COMMENT 'Since when the source delivers nothing, or did not',
    next_step String COMMENT 'What to do about it'
)
AS SELECT
    a.source AS source,
    a.workspace AS workspace,
    a.prompt_id AS prompt_id,
    a.asset_id AS asset_id,
    a.title AS title,
    a.asset_type AS asset_type,
    a.posted_at AS posted_at,
    a.time AS since,
    a.evidence.sentence[1] AS reason,
    a.next_step AS next_step
FROM (SELECT * FROM {database}.anomalies FINAL) AS a
WHERE a.state = 'unknown'
COMMENT 'Prompts of which nobody can say whether anybody came, since their source delivered nothing for a while';

-- What was only ever unknown has no cause.
CREATE OR REPLACE VIEW {database}.hypotheses_by_week {on_cluster} (
    week Date COMMENT 'Monday of the week of posting (UTC)',
    source LowCardinality(String) COMMENT 'Configured source',
    workspace LowCardinality(String) COMMENT 'Workspace or team of the source',
    hypothesis LowCardinality(String) COMMENT 'Leading cause of the checklist, or undetermined',
    anomalies UInt64 COMMENT 'Anomalies with this cause in the lead',
    assets UInt64 COMMENT 'Distinct assets among them',
    open UInt64 COMMENT 'Anomalies still open',
    revived UInt64 COMMENT 'Anomalies taken back because somebody came',
    mean_probability Float64 COMMENT 'Mean probability of the leading cause'
)
AS SELECT
    toDate(toStartOfWeek(posted_at, 1)) AS week,
    source,
    workspace,
    hypothesis,
    count() AS anomalies,
    uniqExact(asset) AS assets,
    countIf(state = 'open') AS open,
    countIf(state = 'revived') AS revived,
    avg(probability) AS mean_probability
FROM {database}.anomalies_now
WHERE state != 'unknown' AND (
    level != 'prompt' OR state = 'open'
    OR prompt_id IN (SELECT prompt_id FROM {database}.prompts FINAL WHERE flagged)
)
GROUP BY week, source, workspace, hypothesis
COMMENT 'Likely causes of silence by week';

ALTER TABLE {database}.prompts {on_cluster}
    COMMENT COLUMN status 'open, answered, silent, expired, revived, censored (observation ended first), withdrawn (deleted), unknown (the source delivered nothing for a while)';

ALTER TABLE {database}.anomalies {on_cluster}
    COMMENT COLUMN state 'open, revived (somebody came after all), withdrawn, or unknown (the source delivered nothing)',
    COMMENT COLUMN verdict 'silent (the deadline passed), expired (the horizon passed), revived, withdrawn, chronic (nobody ever answers the segment), unknown (the source delivered nothing)';
