-- The month is that of the judged prompt's posting. At level asset it moves on with the newest prompt, so versions may
-- stand in two partitions; FINAL looks across partitions because the partition key is not part of the sorting key.
CREATE TABLE IF NOT EXISTS {database}.anomalies {on_cluster} (
    anomaly_id String COMMENT 'level/subject' CODEC(ZSTD(3)),
    level LowCardinality(String) COMMENT 'prompt (one posting) or asset (evidence over its postings)',
    subject String COMMENT 'prompt_id, or the asset' CODEC(ZSTD(3)),
    state LowCardinality(String) COMMENT 'open, or revived: somebody came after all',
    verdict LowCardinality(String) COMMENT 'silent (the deadline passed), expired (the horizon passed), revived',
    time DateTime64(6, 'UTC') COMMENT 'When this version became true' CODEC(Delta, ZSTD(1)),
    version UInt64 COMMENT 'The highest version stands',
    title String COMMENT 'How people know the asset' CODEC(ZSTD(3)),
    prompt_id String COMMENT 'The judged prompt; at level asset the latest one' CODEC(ZSTD(3)),
    source LowCardinality(String) COMMENT 'Configured source',
    workspace LowCardinality(String) COMMENT 'Workspace or team of the source',
    conversation LowCardinality(String) COMMENT 'Where the prompt was posted',
    posted_at DateTime64(6, 'UTC') COMMENT 'When the prompt was posted' CODEC(Delta, ZSTD(1)),
    asset_id String COMMENT 'Asset; empty: none named' CODEC(ZSTD(1)),
    asset String COMMENT 'What is dead: asset_id, else prompt_id' CODEC(ZSTD(1)),
    asset_type LowCardinality(String) COMMENT 'What it asks for',
    persona LowCardinality(String) COMMENT 'Reached persona that the segment is named by',
    persona_given Bool COMMENT 'The persona is from the directory, not inferred from activity',
    reach Map(LowCardinality(String), UInt32) COMMENT 'Persona -> members who could see it',
    reach_total UInt32 COMMENT 'Members of all personas who could see it',
    hypothesis LowCardinality(String) COMMENT 'Leading cause of the checklist: no_wiifm, elsewhere, wrong_audience, no_need, slow_build ..., or undetermined',
    probability Float64 COMMENT 'Probability of the leading hypothesis; of the likeliest one when undetermined',
    probabilities Map(LowCardinality(String), Float64) COMMENT 'Hypothesis -> probability',
    evidence Nested(
        code LowCardinality(String),
        value String,
        sentence String,
        `for` Array(LowCardinality(String)),
        against Array(LowCardinality(String))
    ),
    next_step String COMMENT 'One cheap thing to try' CODEC(ZSTD(3)),
    expected Float64 COMMENT 'Responders expected until the deadline (else the horizon)',
    expected_horizon Float64 COMMENT 'Responders expected until the horizon',
    p_zero Float64 COMMENT 'Probability of silence until then for a healthy prompt',
    p_zero_horizon Float64 COMMENT 'Probability of silence until the horizon',
    e_value Float64 COMMENT 'Evidence over prompts (e-detector), at level asset',
    prompts UInt32 COMMENT 'Prompts the verdict rests on',
    responders UInt32 COMMENT 'Distinct members who came',
    responders_by_persona Map(LowCardinality(String), UInt32) COMMENT 'Persona -> responders',
    deadline Nullable(DateTime64(6, 'UTC')) COMMENT 'When silence became a finding; NULL: too little to tell' CODEC(ZSTD(1)),
    alpha Float64 COMMENT 'Share of healthy prompts that may be called silent',
    expectation_as_of DateTime64(6, 'UTC') COMMENT 'What the models had learned by then was used' CODEC(ZSTD(1)),
    expectation_version UInt64 COMMENT 'Version of what had been learned',
    recorded_at DateTime('UTC') DEFAULT now() COMMENT 'When this row was written' CODEC(Delta, ZSTD(1))
)
ENGINE = {replicated}ReplacingMergeTree(version)
PARTITION BY toYYYYMM(posted_at)
ORDER BY (level, subject)
TTL recorded_at + INTERVAL 25 MONTH
SETTINGS {dedup_window}
COMMENT 'What is silent, why that is likely so, and what speaks for and against. Older versions stay until parts are merged: read the views, or with FINAL';

ALTER TABLE {database}.anomalies {on_cluster}
    COMMENT COLUMN `evidence.code` 'What is known: code of the evidence',
    COMMENT COLUMN `evidence.value` 'Its value, as text',
    COMMENT COLUMN `evidence.sentence` 'What a person reads',
    COMMENT COLUMN `evidence.for` 'Hypotheses it speaks for, strongest first',
    COMMENT COLUMN `evidence.against` 'Hypotheses it speaks against';
