-- As before, with fewer conversions. Dead assets are counted with what they are part of; those that are part of nothing have
-- rows of their own, and are counted together in vain: quicker than each by itself.
CREATE OR REPLACE VIEW {database}.dead_now {on_cluster} (
    level LowCardinality(String) COMMENT 'What is dead: channel, segment (persona and asset type), asset, or prompt (one that names no asset)',
    anomaly_id String COMMENT 'The anomaly of a channel or a segment; empty: dead_assets has the row',
    source LowCardinality(String) COMMENT 'Configured source',
    workspace LowCardinality(String) COMMENT 'Workspace or team of the source',
    subject String COMMENT 'The channel (source:conversation), the segment (source:workspace/persona/asset type; small group: fewer than five members), the asset, or the prompt_id',
    title String COMMENT 'How people know it',
    asset_type LowCardinality(String) COMMENT 'What is asked for; of a channel that of its latest prompt',
    persona String COMMENT 'Reached persona of the latest prompt; small group: fewer than five members',
    hypothesis LowCardinality(String) COMMENT 'Leading cause of the checklist, or undetermined',
    beside LowCardinality(String) COMMENT 'Cause that leads together with it where neither stands out alone; empty: none',
    probability Float64 COMMENT 'Probability of the leading hypothesis',
    prompts UInt64 COMMENT 'Prompts in a row that nobody answered',
    assets UInt64 COMMENT 'Dead assets (and prompts without one) that it includes',
    e_value Float64 COMMENT 'Evidence over prompts; 0 where a single prompt was enough',
    since DateTime64(6, 'UTC') COMMENT 'When the silence became a finding; of a channel or a segment when the first of its dead assets did, if that was before',
    evidence Array(String) COMMENT 'What is known about it, in sentences, what matters most first',
    next_step String COMMENT 'One cheap thing to try'
)
AS
SELECT
    level, anomaly_id, source, workspace, subject, title, asset_type, persona, hypothesis, beside, probability, prompts,
    if(anomaly_id = '', 1, assets_of_it) AS assets, e_value, if(anomaly_id = '', own_since, first_since) AS since, evidence,
    next_step
FROM (
    SELECT *, sum(counted) OVER same AS assets_of_it, min(own_since) OVER same AS first_since
    FROM (
        SELECT
            true AS row, anomaly_key AS cause, toUInt64(0) AS counted, level, anomaly_id, source, workspace,
            if(
                level = 'segment' AND persona_shown = 'small group',
                concat(source, ':', workspace, '/small group/', asset_type), subject
            ) AS subject,
            if(
                level = 'segment' AND persona_shown = 'small group', concat(asset_type, ' prompts to a small group'), title
            ) AS title,
            asset_type, toString(persona_shown) AS persona, hypothesis, beside, probability, toUInt64(prompts) AS prompts,
            e_value, time AS own_since, evidence.sentence AS evidence, next_step
        FROM {database}.anomalies FINAL
        PREWHERE level IN ('channel', 'segment')
        WHERE state = 'open'
        UNION ALL
        SELECT
            part_of = '' AS row, cityHash64(part_of) AS cause, toUInt64(1) AS counted, level, '' AS anomaly_id, source,
            workspace, asset_id AS subject, title, asset_type, persona, hypothesis, beside, probability, prompts, e_value,
            since AS own_since, evidence, next_step
        FROM {database}.dead_assets
    )
    WINDOW same AS (PARTITION BY cause)
)
WHERE row
COMMENT 'Start here: what is dead now, one row a cause: a dead channel or a chronic segment includes its dead assets, which have no row of their own then';
