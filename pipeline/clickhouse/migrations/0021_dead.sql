-- The same answers from fewer reads: each mention of a subquery is planned, and often read, once more, and a view is
-- planned for all of its columns. Which sentences speak for the likeliest cause is written with the row.
ALTER TABLE {database}.anomalies {on_cluster}
    ADD COLUMN IF NOT EXISTS likeliest LowCardinality(String) MATERIALIZED mapKeys(probabilities)[indexOf(mapValues(probabilities), arrayMax(mapValues(probabilities)))] COMMENT 'The leading cause, also where it does not stand out enough to be named',
    ADD COLUMN IF NOT EXISTS speaks_for Array(Bool) MATERIALIZED arrayMap(causes -> has(causes, likeliest), evidence.`for`) COMMENT 'Of each evidence: it speaks for the likeliest cause' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS speaks_against Array(Bool) MATERIALIZED arrayMap(causes -> has(causes, likeliest), evidence.against) COMMENT 'Of each evidence: it speaks against the likeliest cause' CODEC(ZSTD(1));

ALTER TABLE {database}.anomalies {on_cluster} MATERIALIZE COLUMN likeliest, MATERIALIZE COLUMN speaks_for, MATERIALIZE COLUMN speaks_against;

-- A prompt that names no asset is not posted again, and nothing is counted of it after its horizon: it is past sooner.
CREATE OR REPLACE VIEW {database}.recent {on_cluster} (
    source LowCardinality(String) COMMENT 'Configured source',
    workspace LowCardinality(String) COMMENT 'Workspace or team of the source',
    since DateTime64(6, 'UTC') COMMENT '180 days before the latest posting of a prompt there',
    single_since DateTime64(6, 'UTC') COMMENT '28 days before it, for prompts that name no asset'
)
AS SELECT source, workspace, max(posted_at) - INTERVAL 180 DAY AS since, max(posted_at) - INTERVAL 28 DAY AS single_since
FROM {database}.latest_postings
GROUP BY source, workspace
COMMENT 'From when on prompts count as recent: what nobody has posted for half a year is past, neither dead nor alive, and a prompt that names no asset after four weeks';

-- An asset is dead from its first silent prompt after the last answered one. The row speaks for the asset's own
-- anomaly where there is one (it rests on all prompts), else for that of the latest prompt. Which one that is is found
-- before what it says is read. Months are merged one by one, and versions of an asset's anomaly may stand in several: the
-- latest is looked for afterwards. One that stands in a month too old to be read has lost its later prompts to
-- withdrawal, and an asset of which nothing but withdrawn prompts is recent is left out.
CREATE OR REPLACE VIEW {database}.dead_assets {on_cluster} (
    source LowCardinality(String) COMMENT 'Configured source',
    workspace LowCardinality(String) COMMENT 'Workspace or team of the source',
    asset_id String COMMENT 'The asset; the prompt_id where no asset was named',
    title String COMMENT 'How people know it',
    level LowCardinality(String) COMMENT 'asset, or prompt: one that names no asset',
    asset_type LowCardinality(String) COMMENT 'What it asks for',
    persona String COMMENT 'Reached persona; small group: fewer than five members',
    verdict LowCardinality(String) COMMENT 'silent or expired',
    hypothesis LowCardinality(String) COMMENT 'Leading cause of the checklist, or undetermined',
    beside LowCardinality(String) COMMENT 'Cause that leads together with it where neither stands out alone; empty: none',
    probability Float64 COMMENT 'Probability of the leading hypothesis',
    expected Float64 COMMENT 'Responders expected of the latest judged prompt; none came',
    borrowed Float64 COMMENT 'Share of that expectation that comes from above the segment; above 0.5 it rests mostly on other personas or types',
    borrowed_from LowCardinality(String) COMMENT 'Where most of that comes from: asset_type, everything, prior; empty: not known',
    p_zero Float64 COMMENT 'Probability of that silence for a healthy prompt',
    e_value Float64 COMMENT 'Evidence over prompts; 0 where a single prompt was enough',
    prompts UInt64 COMMENT 'Prompts in a row that nobody answered',
    since DateTime64(6, 'UTC') COMMENT 'When the silence first became a finding',
    last_posted_at DateTime64(6, 'UTC') COMMENT 'Latest posting of the asset',
    evidence Array(String) COMMENT 'What is known about it, in sentences, what matters most first',
    evidence_for Array(String) COMMENT 'Those that speak for the likeliest cause',
    evidence_against Array(String) COMMENT 'Those that speak against it',
    next_step String COMMENT 'One cheap thing to try',
    part_of String COMMENT 'anomaly_id of the channel or the segment whose silence its silence is part of (parts_now says more); empty: none'
)
AS
WITH
(SELECT min(since) FROM {database}.recent) AS earliest, -- other months are not read
posted_at >= earliest + toIntervalDay(if(asset_id = '', 180 - 28, 0)) AS is_recent, -- or nearly: see single_since below
(
    SELECT (
        groupArray(
            if(level = 'channel', cityHash64(source, conversation), cityHash64(source, workspace, persona, asset_type))
        ),
        groupArray(anomaly_id)
    )
    FROM {database}.anomalies FINAL
    PREWHERE level IN ('channel', 'segment')
    WHERE state = 'open'
) AS above,
lives AS (
    SELECT
        asset_key,
        maxIf(posted_at, responders > 0 AND status != 'withdrawn') AS answered_at, -- 1970 when nobody ever came
        maxIf(posted_at, status != 'withdrawn') AS last_posted_at,
        countIf(status != 'withdrawn') = 0 AS withdrawn,
        arrayCount(
            posted -> posted > answered_at, groupArrayIf(posted_at, responders = 0 AND status != 'withdrawn')
        ) AS run,
        arrayFilter(
            prompt -> prompt.1 > answered_at,
            groupArrayIf(
                (
                    posted_at,
                    indexOf(
                        above.1,
                        if(
                            has(above.1, cityHash64(source, conversation) AS channel), channel,
                            cityHash64(source, workspace, persona, asset_type)
                        )
                    )
                ),
                responders = 0 AND status != 'withdrawn' AND (flagged OR closed)
            )
        ) AS ended, -- each with the place in "above" of what its silence is part of; 0: of nothing
        if(has(ended.2, 0), 0, arrayMax(ended).2) AS part
    FROM {database}.prompts FINAL
    WHERE posted_at >= earliest
        AND asset_key IN ( -- and some more, of versions that no longer stand: quicker than to leave them out
            SELECT asset_key
            FROM {database}.anomalies
            WHERE level IN ('asset', 'prompt') AND state = 'open' AND verdict != 'expired'
                AND posted_at >= earliest AND is_recent
        )
    GROUP BY asset_key
    SETTINGS do_not_merge_across_partitions_select_final = 1
),
latest AS (
    SELECT
        anomaly_key, version, asset_key, asset_id, level, posted_at, source, workspace,
        state = 'open' AND verdict != 'expired' AS stands,
        if(level = 'prompt' AND deadline IS NOT NULL, least(time, assumeNotNull(deadline)), time) AS since
    FROM {database}.anomalies FINAL
    PREWHERE level IN ('asset', 'prompt')
    WHERE posted_at >= earliest AND is_recent
        -- all versions of a prompt's anomaly stand in one month
        AND (level = 'asset' OR (state = 'open' AND verdict NOT IN ('expired', 'withdrawn')))
    ORDER BY version DESC
    LIMIT 1 BY anomaly_key
    SETTINGS do_not_merge_across_partitions_select_final = 1
),
standing AS (
    SELECT
        argMax((o.anomaly_key, o.version), (o.level = 'asset', o.posted_at, o.anomaly_key)) AS best,
        min(o.since) AS since,
        greatest(max(o.posted_at), max(l.last_posted_at)) AS last_posted_at,
        any(l.run) AS run,
        any(l.part) AS part
    FROM latest AS o
    LEFT JOIN {database}.recent AS r ON r.source = o.source AND r.workspace = o.workspace
    -- the two topics are recorded independently: it may not be there yet
    LEFT JOIN lives AS l ON l.asset_key = o.asset_key
    WHERE o.stands AND o.posted_at >= if(o.asset_id = '', r.single_since, r.since)
        AND o.posted_at > l.answered_at AND NOT l.withdrawn
    GROUP BY o.asset_key
),
said AS (
    SELECT
        anomaly_key, version, source, workspace, asset, asset_id, title, asset_type, persona_shown, verdict, hypothesis,
        beside, probability, expected, borrowed, borrowed_from, p_zero, e_value, prompts, evidence.sentence AS sentences,
        speaks_for, speaks_against, next_step
    FROM {database}.anomalies FINAL
    PREWHERE level IN ('asset', 'prompt')
    WHERE state = 'open' AND posted_at >= earliest AND is_recent
    SETTINGS do_not_merge_across_partitions_select_final = 1
)
SELECT
    a.source AS source,
    a.workspace AS workspace,
    a.asset AS asset_id,
    a.title AS title,
    if(a.asset_id = '', 'prompt', 'asset') AS level,
    a.asset_type AS asset_type,
    a.persona_shown AS persona,
    a.verdict AS verdict,
    a.hypothesis AS hypothesis,
    a.beside AS beside,
    a.probability AS probability,
    a.expected AS expected,
    a.borrowed AS borrowed,
    a.borrowed_from AS borrowed_from,
    a.p_zero AS p_zero,
    a.e_value AS e_value,
    greatest(s.run, a.prompts) AS prompts,
    s.since AS since,
    s.last_posted_at AS last_posted_at,
    a.sentences AS evidence,
    arrayFilter((sentence, speaks) -> speaks, a.sentences, a.speaks_for) AS evidence_for,
    arrayFilter((sentence, speaks) -> speaks, a.sentences, a.speaks_against) AS evidence_against,
    a.next_step AS next_step,
    above.2[s.part] AS part_of
FROM said AS a
INNER JOIN standing AS s ON s.best.1 = a.anomaly_key AND s.best.2 = a.version
COMMENT 'Every asset that is met by silence now, one row each, with the likely cause and what speaks for it; what was not posted for half a year is past, and a prompt that names no asset after four weeks';

-- A prompt that ran its course, or past its deadline, in silence is part of its channel's silence where that is dead,
-- else of its segment's. An asset is part of it when all its silent prompts since the last answered one are. The rule of
-- dead_assets.part_of once more, for assets that were never told of, too.
CREATE OR REPLACE VIEW {database}.parts_now {on_cluster} (
    source LowCardinality(String) COMMENT 'Configured source',
    workspace LowCardinality(String) COMMENT 'Workspace or team of the source',
    asset String COMMENT 'The asset; the prompt_id where no asset was named',
    cause String COMMENT 'anomaly_id of the channel or the segment whose silence its silence is part of',
    title String COMMENT 'How people know that; a segment of a small group is not named by its persona',
    since DateTime64(6, 'UTC') COMMENT 'When that became a finding'
)
AS
WITH
(SELECT min(since) FROM {database}.recent) AS earliest, -- other months are not read
(
    SELECT (
        groupArray(
            if(level = 'channel', cityHash64(source, conversation), cityHash64(source, workspace, persona, asset_type))
        ),
        groupArray(anomaly_key)
    )
    FROM {database}.anomalies FINAL
    PREWHERE level IN ('channel', 'segment')
    WHERE state = 'open'
) AS above,
concerned AS (
    SELECT asset_key
    FROM {database}.prompts FINAL
    WHERE posted_at >= earliest AND responders = 0 AND (flagged OR closed) AND status != 'withdrawn'
        AND (
            has(above.1, cityHash64(source, conversation))
            OR has(above.1, cityHash64(source, workspace, persona, asset_type))
        )
    SETTINGS do_not_merge_across_partitions_select_final = 1
),
part AS (
    SELECT
        any(source) AS of_source,
        any(workspace) AS of_workspace,
        any(asset) AS of_asset,
        maxIf(posted_at, responders > 0) AS answered_at,
        arrayFilter(
            prompt -> prompt.1 > answered_at,
            groupArrayIf(
                (
                    posted_at,
                    indexOf(
                        above.1,
                        if(
                            has(above.1, cityHash64(source, conversation) AS channel), channel,
                            cityHash64(source, workspace, persona, asset_type)
                        )
                    )
                ),
                responders = 0 AND (flagged OR closed)
            )
        ) AS ended, -- each with the place in "above" of what its silence is part of; 0: of nothing
        above.2[arrayMax(ended).2] AS cause
    FROM {database}.prompts FINAL
    WHERE posted_at >= earliest AND status != 'withdrawn' AND asset_key IN (SELECT asset_key FROM concerned)
    GROUP BY asset_key
    HAVING notEmpty(ended) AND NOT has(ended.2, 0)
    SETTINGS do_not_merge_across_partitions_select_final = 1
)
SELECT
    toString(p.of_source) AS source,
    toString(p.of_workspace) AS workspace,
    p.of_asset AS asset,
    a.anomaly_id AS cause,
    if(a.level = 'segment' AND a.persona_shown = 'small group', concat(a.asset_type, ' prompts to a small group'), a.title)
        AS title,
    a.time AS since
FROM part AS p
INNER JOIN (
    SELECT anomaly_key, anomaly_id, level, asset_type, persona_shown, title, time
    FROM {database}.anomalies FINAL
    PREWHERE level IN ('channel', 'segment')
    WHERE state = 'open'
) AS a ON a.anomaly_key = p.cause
COMMENT 'Which silent assets are part of the silence of a channel or of a segment, as that stands now';
