ALTER TABLE {database}.anomalies {on_cluster}
    ADD COLUMN IF NOT EXISTS reference Nullable(Float64) COMMENT 'At level segment: share of silent prompts to expect of it; NULL: at other levels, and once revived' AFTER e_value;

ALTER TABLE {database}.anomalies {on_cluster}
    ADD COLUMN IF NOT EXISTS reference_by LowCardinality(String) COMMENT 'Whose share that is: other_personas (the same asset type), other_types (the same persona), past (its own best); empty: no reference' AFTER reference;

ALTER TABLE {database}.anomalies {on_cluster}
    COMMENT COLUMN level 'prompt (one posting), asset (evidence over its postings) or segment (persona and asset type)',
    COMMENT COLUMN subject 'prompt_id, the asset, or the segment (persona/asset type)',
    COMMENT COLUMN verdict 'silent (the deadline passed), expired (the horizon passed), revived, withdrawn, chronic (nobody ever answers the segment)',
    COMMENT COLUMN title 'How people know the asset; of a segment, what is asked of whom',
    COMMENT COLUMN prompt_id 'The judged prompt; at levels asset and segment the latest one',
    COMMENT COLUMN e_value 'Evidence over prompts (e-detector), at levels asset and segment';

-- Segments have a view of their own: among assets their silence would be told twice.
CREATE OR REPLACE VIEW {database}.anomalies_now {on_cluster}
AS SELECT a.*
FROM (SELECT * FROM {database}.anomalies FINAL) AS a
LEFT JOIN (SELECT prompt_id, flagged, status FROM {database}.prompts FINAL) AS p ON p.prompt_id = a.prompt_id
WHERE a.level != 'segment' AND (a.verdict != 'expired' OR p.flagged) AND (a.level = 'asset' OR p.status != 'withdrawn')
COMMENT 'Every anomaly of a prompt or an asset once, as it stands now; prompts that were never flagged and withdrawn prompts are left out';

-- The verdict is told once, so the run is counted here: prompts that ran their course in silence since the last one that
-- anybody answered. Those of one source and workspace only, since another one's personas may have the same names.
CREATE OR REPLACE VIEW {database}.chronic_segments {on_cluster} (
    source LowCardinality(String) COMMENT 'Configured source of the latest prompt when it was found',
    workspace LowCardinality(String) COMMENT 'Workspace or team of that prompt',
    persona String COMMENT 'Reached persona; small group: fewer than five members',
    asset_type LowCardinality(String) COMMENT 'What they are asked for',
    since DateTime64(6, 'UTC') COMMENT 'Posting of the first prompt in a row that nobody answered',
    found_at DateTime64(6, 'UTC') COMMENT 'When it was found to be chronic',
    prompts UInt64 COMMENT 'Prompts in a row that ended in silence',
    reference Float64 COMMENT 'Share of silent prompts to expect',
    reference_by LowCardinality(String) COMMENT 'Whose share that is: other_personas (the same asset type), other_types (the same persona), past (its own best)',
    answered_expected Float64 COMMENT 'Prompts of these that would have been answered at that share: prompts * (1 - reference)',
    expected Float64 COMMENT 'Responders that the models expected of these prompts, added up; they get used to silence',
    e_value Float64 COMMENT 'Evidence over prompts when it was found',
    hypothesis LowCardinality(String) COMMENT 'Leading cause of the checklist, or undetermined',
    probability Float64 COMMENT 'Probability of the leading hypothesis',
    evidence Array(String) COMMENT 'What is known about it, in sentences: first the gap, then what matters most',
    next_step String COMMENT 'One cheap thing to try'
)
AS
WITH
ended AS (
    SELECT
        source, workspace, persona, asset_type, posted_at, expected_horizon,
        responders = 0 AS silent,
        max(if(responders > 0, posted_at, toDateTime64(0, 6, 'UTC')))
            OVER (PARTITION BY source, workspace, persona, asset_type) AS answered_at
    FROM (SELECT * FROM {database}.prompts FINAL)
    WHERE status NOT IN ('withdrawn', 'censored') AND (closed OR responders > 0)
),
run AS (
    SELECT
        source, workspace, persona, asset_type,
        count() AS prompts,
        min(posted_at) AS since,
        sum(expected_horizon) AS expected
    FROM ended
    WHERE silent AND posted_at > answered_at
    GROUP BY source, workspace, persona, asset_type
)
SELECT
    a.source AS source,
    a.workspace AS workspace,
    if(a.reach[a.persona] >= 5, toString(a.persona), 'small group') AS persona,
    a.asset_type AS asset_type,
    if(r.prompts = 0, a.posted_at, r.since) AS since,
    a.time AS found_at,
    greatest(r.prompts, toUInt64(a.prompts)) AS prompts,
    assumeNotNull(a.reference) AS reference,
    a.reference_by AS reference_by,
    prompts * (1 - reference) AS answered_expected,
    r.expected AS expected,
    a.e_value AS e_value,
    a.hypothesis AS hypothesis,
    a.probability AS probability,
    a.evidence.sentence AS evidence,
    a.next_step AS next_step
FROM (SELECT * FROM {database}.anomalies FINAL) AS a
LEFT JOIN run AS r
    ON r.source = a.source AND r.workspace = a.workspace AND r.persona = a.persona AND r.asset_type = a.asset_type
WHERE a.level = 'segment' AND a.state = 'open'
COMMENT 'Segments that nobody answers any more or ever did, one row each, although that is unusual beside them or was in them';
