-- As before, with less to plan and to merge. When prompts are recent is asked once for all workspaces, not joined; and what
-- an anomaly says now is found by its version alone, where FINAL merged all columns of every anomaly to leave most of them
-- out. The same row may stand there twice until parts are merged: one of them is taken.
--
-- An asset is dead from its first silent prompt after the last answered one. The row speaks for the asset's own
-- anomaly where there is one (it rests on all prompts), else for that of the latest prompt. Which one that is is found
-- before what it says is read. Versions of an asset's anomaly may stand in several months: the latest counts. One that
-- stands in a month too old to be read has lost its later prompts to withdrawal, and an asset of which nothing but
-- withdrawn prompts is recent is left out.
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
(
    SELECT (groupArray(cityHash64(source, workspace)), groupArray(since), groupArray(single_since))
    FROM {database}.recent
) AS recent,
arrayMin(recent.2) AS earliest, -- other months are not read
if(asset_id = '', recent.3, recent.2)[indexOf(recent.1, cityHash64(source, workspace))] AS recent_since,
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
                AND posted_at >= earliest AND posted_at >= recent_since
        )
    GROUP BY asset_key
    SETTINGS do_not_merge_across_partitions_select_final = 1
),
latest AS (
    SELECT
        anomaly_key, version, asset_key, asset_id, level, posted_at, source, workspace,
        state = 'open' AND verdict != 'expired' AS stands,
        if(level = 'prompt' AND deadline IS NOT NULL, least(time, assumeNotNull(deadline)), time) AS since
    FROM {database}.anomalies
    WHERE level IN ('asset', 'prompt') AND posted_at >= earliest
    ORDER BY version DESC
    LIMIT 1 BY anomaly_key
),
standing AS (
    SELECT
        argMax((o.anomaly_key, o.version), (o.level = 'asset', o.posted_at, o.anomaly_key)) AS best,
        min(o.since) AS since,
        greatest(max(o.posted_at), max(l.last_posted_at)) AS last_posted_at,
        any(l.run) AS run,
        any(l.part) AS part
    FROM latest AS o
    -- the two topics are recorded independently: it may not be there yet
    LEFT JOIN lives AS l ON l.asset_key = o.asset_key
    WHERE o.stands AND o.posted_at >= recent_since AND o.posted_at > l.answered_at AND NOT l.withdrawn
    GROUP BY o.asset_key
),
said AS (
    SELECT
        anomaly_key, version, source, workspace, asset, asset_id, title, asset_type, persona_shown, verdict, hypothesis,
        beside, probability, expected, borrowed, borrowed_from, p_zero, e_value, prompts, evidence.sentence AS sentences,
        speaks_for, speaks_against, next_step
    FROM {database}.anomalies
    WHERE level IN ('asset', 'prompt') AND state = 'open' AND verdict != 'expired' AND posted_at >= earliest
    LIMIT 1 BY anomaly_key, version
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
