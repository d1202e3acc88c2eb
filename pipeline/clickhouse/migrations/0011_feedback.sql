-- What people say of anomalies, and what came of it. `version` of an anomaly counts its versions by thousands from here
-- on, so that what feedback changed has its place between two of them.
CREATE TABLE IF NOT EXISTS {database}.feedback {on_cluster} (
    anomaly_id String COMMENT 'What it is about: level/subject' CODEC(ZSTD(3)),
    who String COMMENT 'Pseudonym of the person' CODEC(ZSTD(1)),
    says LowCardinality(String) COMMENT 'confirmed, wrong_cause, expected, not_applicable, false_alarm, or withdrawn: taken back',
    cause LowCardinality(String) COMMENT 'The right cause, by code of the checklist; of wrong_cause alone',
    note String COMMENT 'What the person wrote to it' CODEC(ZSTD(3)),
    time DateTime64(6, 'UTC') COMMENT 'When it was said' CODEC(Delta, ZSTD(1)),
    version UInt64 COMMENT 'The highest version stands',
    told LowCardinality(String) COMMENT 'Hypothesis that had been told, or undetermined',
    probability Float64 COMMENT 'Probability of that hypothesis; of the likeliest one when undetermined',
    learned LowCardinality(String) COMMENT 'Cause that the checklist counts the case for since; empty: none',
    source LowCardinality(String) COMMENT 'Configured source',
    workspace LowCardinality(String) COMMENT 'Workspace or team of the source',
    asset String COMMENT 'Asset, else prompt_id; empty at level segment' CODEC(ZSTD(1)),
    segment LowCardinality(String) COMMENT 'persona/asset type',
    told_at DateTime64(6, 'UTC') COMMENT 'When the anomaly was told' CODEC(Delta, ZSTD(1)),
    recorded_at DateTime('UTC') DEFAULT now() COMMENT 'When this row was written' CODEC(Delta, ZSTD(1))
)
ENGINE = {replicated}ReplacingMergeTree(version)
PARTITION BY toYYYYMM(told_at)
ORDER BY (anomaly_id, who)
TTL recorded_at + INTERVAL 25 MONTH
SETTINGS {dedup_window}
COMMENT 'What people say of anomalies. Older versions stay until parts are merged: read feedback_now, or with FINAL';

ALTER TABLE {database}.anomalies {on_cluster}
    ADD COLUMN IF NOT EXISTS says LowCardinality(String) COMMENT 'What people said last of it and still stands; empty: nothing' AFTER version;

ALTER TABLE {database}.anomalies {on_cluster}
    ADD COLUMN IF NOT EXISTS muted_until Nullable(DateTime64(6, 'UTC')) COMMENT 'Silence is expected of it until then, people said; NULL: it is not' AFTER says;

ALTER TABLE {database}.anomalies {on_cluster}
    COMMENT COLUMN state 'open, revived (somebody came after all), withdrawn (deleted), muted (silence is expected, people said), dismissed (none of ours or no silence, people said)',
    COMMENT COLUMN hypothesis 'Leading cause of the checklist: no_wiifm, elsewhere, wrong_audience, no_need, slow_build ..., or undetermined; where says is wrong_cause, the one that people gave',
    COMMENT COLUMN version 'The highest version stands; a thousand for each version of the verdict, one for each change by feedback';

-- A view that selects * keeps the columns it had when it was made.
CREATE OR REPLACE VIEW {database}.anomalies_now {on_cluster}
AS SELECT a.*
FROM (SELECT * FROM {database}.anomalies FINAL) AS a
LEFT JOIN (SELECT prompt_id, flagged, status FROM {database}.prompts FINAL) AS p ON p.prompt_id = a.prompt_id
WHERE a.level != 'segment' AND (a.verdict != 'expired' OR p.flagged) AND (a.level = 'asset' OR p.status != 'withdrawn')
COMMENT 'Every anomaly of a prompt or an asset once, as it stands now; prompts that were never flagged and withdrawn prompts are left out';

CREATE OR REPLACE VIEW {database}.feedback_now {on_cluster} (
    anomaly_id String COMMENT 'What it is about: level/subject',
    source LowCardinality(String) COMMENT 'Configured source',
    workspace LowCardinality(String) COMMENT 'Workspace or team of the source',
    asset String COMMENT 'Asset, else prompt_id; empty at level segment',
    segment LowCardinality(String) COMMENT 'persona/asset type',
    says LowCardinality(String) COMMENT 'confirmed, wrong_cause, expected, not_applicable or false_alarm',
    cause LowCardinality(String) COMMENT 'The right cause; of wrong_cause alone',
    told LowCardinality(String) COMMENT 'Hypothesis that had been told, or undetermined',
    probability Float64 COMMENT 'Probability of that hypothesis',
    note String COMMENT 'What the person wrote to it',
    time DateTime64(6, 'UTC') COMMENT 'When it was said',
    people UInt64 COMMENT 'How many people say something of it; the latest of them is shown, and counts'
)
AS SELECT
    anomaly_id,
    any(f.source) AS source,
    any(f.workspace) AS workspace,
    any(f.asset) AS asset,
    any(f.segment) AS segment,
    argMax(f.says, (f.time, f.who)) AS says,
    argMax(f.cause, (f.time, f.who)) AS cause,
    any(f.told) AS told,
    any(f.probability) AS probability,
    argMax(f.note, (f.time, f.who)) AS note,
    max(f.time) AS time,
    count() AS people
FROM (SELECT * FROM {database}.feedback FINAL) AS f
WHERE f.says != 'withdrawn'
GROUP BY anomaly_id
COMMENT 'What people say of each anomaly now; what was taken back is left out';

CREATE OR REPLACE VIEW {database}.told_and_true {on_cluster} (
    week Date COMMENT 'Monday of the week in which the anomalies were told (UTC)',
    source LowCardinality(String) COMMENT 'Configured source',
    workspace LowCardinality(String) COMMENT 'Workspace or team of the source',
    told LowCardinality(String) COMMENT 'Hypothesis that was told, or undetermined',
    anomalies UInt64 COMMENT 'Anomalies of which people said something',
    confirmed UInt64 COMMENT 'The told cause was right',
    wrong_cause UInt64 COMMENT 'It was silent for another reason',
    expected UInt64 COMMENT 'Nobody was meant to answer',
    not_applicable UInt64 COMMENT 'No asset of theirs',
    false_alarm UInt64 COMMENT 'It had been answered where Crickets does not look',
    right_share Float64 COMMENT 'confirmed / (confirmed + wrong_cause); NaN when people said neither',
    mean_probability Float64 COMMENT 'How sure the checklist was of these, on average'
)
AS SELECT
    toDate(toStartOfWeek(told_at, 1)) AS week,
    source,
    workspace,
    told,
    count() AS anomalies,
    countIf(says = 'confirmed') AS confirmed,
    countIf(says = 'wrong_cause') AS wrong_cause,
    countIf(says = 'expected') AS expected,
    countIf(says = 'not_applicable') AS not_applicable,
    countIf(says = 'false_alarm') AS false_alarm,
    countIf(says = 'confirmed') / countIf(says IN ('confirmed', 'wrong_cause')) AS right_share,
    avg(probability) AS mean_probability
FROM (
    SELECT
        anomaly_id,
        any(f.source) AS source,
        any(f.workspace) AS workspace,
        any(f.told) AS told,
        any(f.probability) AS probability,
        any(f.told_at) AS told_at,
        argMax(f.says, (f.time, f.who)) AS says
    FROM (SELECT * FROM {database}.feedback FINAL) AS f
    WHERE f.says != 'withdrawn'
    GROUP BY anomaly_id
)
GROUP BY week, source, workspace, told
COMMENT 'How often the told cause was right, by people who know';
