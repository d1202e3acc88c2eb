-- What `crickets explain` tells beside the tables: how silence got less likely, when responders came, and how much each
-- piece of evidence counts. Rows from before have no outlook, no bins and no weights.
CREATE TABLE IF NOT EXISTS {database}.outlooks {on_cluster} (
    prompt_id String COMMENT 'source:conversation:message' CODEC(ZSTD(3)),
    source LowCardinality(String) COMMENT 'Configured source',
    conversation LowCardinality(String) COMMENT 'Where it was posted',
    posted_at DateTime64(6, 'UTC') COMMENT 'When it was posted' CODEC(Delta, ZSTD(1)),
    ends Array(DateTime64(6, 'UTC')) COMMENT 'End of each age bin: about 3 minutes to the horizon, longer where the persona is not active; the last is the horizon' CODEC(ZSTD(1)),
    p_zero Array(Float64) COMMENT 'Probability of silence until each end, as judged when posted' CODEC(ZSTD(1)),
    expected Array(Float64) COMMENT 'Responders expected until each end, as judged when posted' CODEC(ZSTD(1)),
    recorded_at DateTime('UTC') DEFAULT now() COMMENT 'When this row was written' CODEC(Delta, ZSTD(1))
)
ENGINE = {replicated}ReplacingMergeTree
PARTITION BY toYYYYMM(posted_at)
ORDER BY (source, conversation, prompt_id)
TTL recorded_at + INTERVAL 25 MONTH
SETTINGS {dedup_window}
COMMENT 'How the chance of silence falls over the life of a prompt and responders are expected to come, as judged when it was posted. Read with FINAL';

ALTER TABLE {database}.prompts {on_cluster}
    ADD COLUMN IF NOT EXISTS responders_by_bin Array(UInt32) COMMENT 'Responders who came first in each age bin of outlooks.ends; empty: nobody, or not known' AFTER responders_by_persona;

ALTER TABLE {database}.anomalies {on_cluster}
    ADD COLUMN IF NOT EXISTS `evidence.weights` Array(Map(LowCardinality(String), Float64)) COMMENT 'Hypothesis -> log likelihood ratio (nats) with which it counts for (above 0) or against it; empty: not weighed, or not known' AFTER `evidence.against`;

-- A view that selects * keeps the columns it had when it was made.
CREATE OR REPLACE VIEW {database}.prompts_now {on_cluster}
AS SELECT * FROM {database}.prompts FINAL
COMMENT 'Every prompt once, as it stands now';

CREATE OR REPLACE VIEW {database}.anomalies_now {on_cluster}
AS SELECT a.*
FROM (SELECT * FROM {database}.anomalies FINAL) AS a
LEFT JOIN (SELECT prompt_id, flagged, status FROM {database}.prompts FINAL) AS p ON p.prompt_id = a.prompt_id
WHERE a.level != 'segment' AND (a.verdict != 'expired' OR p.flagged) AND (a.level = 'asset' OR p.status != 'withdrawn')
COMMENT 'Every anomaly of a prompt or an asset once, as it stands now; prompts that were never flagged and withdrawn prompts are left out';
