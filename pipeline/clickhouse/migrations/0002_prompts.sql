-- One row a prompt: the highest version stands. posted_at never changes, so all versions share a partition.
CREATE TABLE IF NOT EXISTS {database}.prompts {on_cluster} (
    prompt_id String COMMENT 'source:conversation:message' CODEC(ZSTD(3)),
    source LowCardinality(String) COMMENT 'Configured source',
    workspace LowCardinality(String) COMMENT 'Workspace or team of the source',
    conversation LowCardinality(String) COMMENT 'Where it was posted',
    message String COMMENT 'Id of the message in its conversation' CODEC(ZSTD(1)),
    author String COMMENT 'Pseudonym of who posted it' CODEC(ZSTD(1)),
    posted_at DateTime64(6, 'UTC') COMMENT 'When it was posted' CODEC(Delta, ZSTD(1)),
    asset_id String COMMENT 'Asset that was posted; empty: none named' CODEC(ZSTD(1)),
    asset String COMMENT 'What is dead when nobody answers: asset_id, else prompt_id' CODEC(ZSTD(1)),
    asset_type LowCardinality(String) COMMENT 'What it asks for: thumbs_up, question, poll, discussion, share, challenge, announcement',
    asset_type_from LowCardinality(String) COMMENT 'Who said so: brief, or ask (the classifier of the text)',
    persona LowCardinality(String) COMMENT 'Reached persona that the segment is named by',
    persona_given Bool COMMENT 'The persona is from the directory, not inferred from activity',
    reach Map(LowCardinality(String), UInt32) COMMENT 'Persona -> members who could see it when it was posted',
    reach_total UInt32 COMMENT 'Members of all personas who could see it',
    active_members UInt32 COMMENT 'Members active in the conversation in the four weeks before',
    channel_members UInt32 COMMENT 'Members who can see the conversation; 0: not known',
    channel_age_hours Float64 COMMENT 'Age of the conversation as far as it was seen',
    competing_prompts UInt32 COMMENT 'Other prompts there in the 24 hours before',
    earlier_prompts UInt32 COMMENT 'Earlier prompts of the same asset there',
    p_zero Float64 COMMENT 'Probability of silence until the deadline (else the horizon), as judged when posted',
    p_zero_horizon Float64 COMMENT 'Probability of silence until the horizon, as judged when posted',
    expected Float64 COMMENT 'Responders expected until the deadline (else the horizon)',
    expected_horizon Float64 COMMENT 'Responders expected until the horizon',
    deadline Nullable(DateTime64(6, 'UTC')) COMMENT 'When silence becomes a finding; NULL: too little to tell' CODEC(ZSTD(1)),
    alpha Float64 COMMENT 'Share of healthy prompts that may be called silent',
    expectation_as_of DateTime64(6, 'UTC') COMMENT 'What had been learned by then was used' CODEC(ZSTD(1)),
    expectation_version UInt64 COMMENT 'Version of what had been learned',
    views Map(LowCardinality(String), Float64) COMMENT 'p_zero at the horizon by each view of the model',
    stage LowCardinality(String) COMMENT 'What this version reports: posted, first_response, counted (more came), deadline, retracted, closed',
    status LowCardinality(String) COMMENT 'open, answered, silent, expired, revived, censored (observation ended first), withdrawn (deleted)',
    flagged Bool COMMENT 'Was called silent at its deadline',
    responders UInt32 COMMENT 'Distinct members with a standing response',
    responses UInt32 COMMENT 'Standing responses',
    responders_by_persona Map(LowCardinality(String), UInt32) COMMENT 'Persona -> responders',
    first_response_at Nullable(DateTime64(6, 'UTC')) COMMENT 'When the first responder came' CODEC(ZSTD(1)),
    closed Bool COMMENT 'Nothing more is counted: the horizon passed, observation ended, or it was withdrawn',
    time DateTime64(6, 'UTC') COMMENT 'When this version became true' CODEC(Delta, ZSTD(1)),
    version UInt64 COMMENT 'The highest version stands',
    recorded_at DateTime('UTC') DEFAULT now() COMMENT 'When this row was written' CODEC(Delta, ZSTD(1))
)
ENGINE = {replicated}ReplacingMergeTree(version)
PARTITION BY toYYYYMM(posted_at)
ORDER BY (source, conversation, prompt_id)
TTL recorded_at + INTERVAL 25 MONTH
SETTINGS {dedup_window}
COMMENT 'One row a prompt, with what was expected and what came. Older versions stay until parts are merged: read prompts_now, or with FINAL';

CREATE OR REPLACE VIEW {database}.prompts_now {on_cluster}
AS SELECT * FROM {database}.prompts FINAL
COMMENT 'Every prompt once, as it stands now';
