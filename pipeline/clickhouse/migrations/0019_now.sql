-- Views over a million prompts in a fraction of a second. All versions of a prompt, and of an anomaly of level prompt, stand
-- in one partition, the month of its posting, so FINAL need not look across partitions, and has nothing to do in one that is
-- merged. Strings of ids are long to compare: what is joined has a hash of its own.
ALTER TABLE {database}.prompts {on_cluster}
    ADD COLUMN IF NOT EXISTS asset_key UInt64 MATERIALIZED cityHash64(source, workspace, asset) COMMENT 'Hash of source, workspace and asset: quicker to join by' CODEC(NONE),
    ADD COLUMN IF NOT EXISTS persona_shown LowCardinality(String) MATERIALIZED if(reach[persona] >= 5, persona, 'small group') COMMENT 'Reached persona; small group: fewer than five members',
    ADD COLUMN IF NOT EXISTS week Date MATERIALIZED toDate(toStartOfWeek(posted_at, 1)) COMMENT 'Monday of the week of posting (UTC)' CODEC(ZSTD(1));

ALTER TABLE {database}.anomalies {on_cluster}
    ADD COLUMN IF NOT EXISTS asset_key UInt64 MATERIALIZED cityHash64(source, workspace, asset) COMMENT 'Hash of source, workspace and asset: quicker to join by' CODEC(NONE),
    ADD COLUMN IF NOT EXISTS anomaly_key UInt64 MATERIALIZED cityHash64(anomaly_id) COMMENT 'Hash of anomaly_id: quicker to join by' CODEC(NONE),
    ADD COLUMN IF NOT EXISTS persona_shown LowCardinality(String) MATERIALIZED if(reach[persona] >= 5, persona, 'small group') COMMENT 'Reached persona; small group: fewer than five members';

-- A month that is over is one part soon.
ALTER TABLE {database}.prompts {on_cluster}
    MODIFY SETTING min_age_to_force_merge_seconds = 3600, min_age_to_force_merge_on_partition_only = 1;

ALTER TABLE {database}.anomalies {on_cluster}
    MODIFY SETTING min_age_to_force_merge_seconds = 3600, min_age_to_force_merge_on_partition_only = 1;

ALTER TABLE {database}.prompts {on_cluster} MATERIALIZE COLUMN asset_key, MATERIALIZE COLUMN persona_shown, MATERIALIZE COLUMN week;

ALTER TABLE {database}.anomalies {on_cluster} MATERIALIZE COLUMN asset_key, MATERIALIZE COLUMN anomaly_key, MATERIALIZE COLUMN persona_shown;

CREATE OR REPLACE VIEW {database}.prompts_now {on_cluster}
AS SELECT *, asset_key, persona_shown, week
FROM {database}.prompts FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1
COMMENT 'Every prompt once, as it stands now';

-- Anomalies that stand on a flag: "expired" means that the prompt was never called silent, too little to tell, and one that is
-- withdrawn is no longer there to be answered. Channels and segments have a view of their own: among assets their silence
-- would be told twice.
CREATE OR REPLACE VIEW {database}.anomalies_now {on_cluster}
AS SELECT *
FROM (
    SELECT *, asset_key, anomaly_key, persona_shown
    FROM {database}.anomalies FINAL
    PREWHERE level = 'prompt'
    WHERE verdict NOT IN ('expired', 'withdrawn')
    SETTINGS do_not_merge_across_partitions_select_final = 1
)
UNION ALL
SELECT *, asset_key, anomaly_key, persona_shown
FROM {database}.anomalies FINAL
PREWHERE level = 'asset' -- part of the key, so all versions of a row agree on it
WHERE verdict != 'expired'
COMMENT 'Every anomaly of a prompt or an asset once, as it stands now; prompts that were never flagged and withdrawn prompts are left out';

-- What is recent goes by what was posted last, since an archive ends in its own past. A table keeps that: the prompts
-- themselves would be read whole for it. The latest of all is the same however often a row is written.
CREATE TABLE IF NOT EXISTS {database}.latest_postings {on_cluster} (
    source LowCardinality(String) COMMENT 'Configured source',
    workspace LowCardinality(String) COMMENT 'Workspace or team of the source',
    posted_at SimpleAggregateFunction(max, DateTime64(6, 'UTC')) COMMENT 'Latest posting of a prompt there'
)
ENGINE = {replicated}AggregatingMergeTree
ORDER BY (source, workspace)
SETTINGS {dedup_window}
COMMENT 'When a prompt was posted last in each workspace';

CREATE MATERIALIZED VIEW IF NOT EXISTS {database}.latest_postings_kept {on_cluster} TO {database}.latest_postings
AS SELECT source, workspace, max(p.posted_at) AS posted_at
FROM {database}.prompts AS p
GROUP BY source, workspace
COMMENT 'Writes latest_postings while prompts are written';

INSERT INTO {database}.latest_postings (source, workspace, posted_at)
SELECT source, workspace, max(p.posted_at) AS posted_at
FROM {database}.prompts AS p
GROUP BY source, workspace;

CREATE OR REPLACE VIEW {database}.recent {on_cluster} (
    source LowCardinality(String) COMMENT 'Configured source',
    workspace LowCardinality(String) COMMENT 'Workspace or team of the source',
    since DateTime64(6, 'UTC') COMMENT '180 days before the latest posting of a prompt there'
)
AS SELECT source, workspace, max(posted_at) - INTERVAL 180 DAY AS since
FROM {database}.latest_postings
GROUP BY source, workspace
COMMENT 'From when on prompts count as recent: what nobody has posted for half a year is past, neither dead nor alive';

-- An asset is dead from its first silent prompt after the last answered one. The row speaks for the asset's own
-- anomaly where there is one (it rests on all prompts), else for that of the latest prompt. Which one that is is found
-- before what it says is read.
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
(
    SELECT (
        mapFromArrays(
            groupArrayIf(cityHash64(source, conversation), level = 'channel'), groupArrayIf(anomaly_id, level = 'channel')
        ),
        mapFromArrays(
            groupArrayIf(cityHash64(source, workspace, persona, asset_type), level = 'segment'),
            groupArrayIf(anomaly_id, level = 'segment')
        )
    )
    FROM {database}.anomalies FINAL
    PREWHERE level IN ('channel', 'segment')
    WHERE state = 'open'
) AS above,
open AS ( -- of anomalies_now: to plan for all of its columns takes longer than to read these
    SELECT *
    FROM (
        SELECT anomaly_key, asset_key, level, posted_at, deadline, time, source, workspace
        FROM {database}.anomalies FINAL
        PREWHERE level = 'prompt'
        WHERE state = 'open' AND verdict NOT IN ('expired', 'withdrawn') AND posted_at >= earliest
        SETTINGS do_not_merge_across_partitions_select_final = 1
    )
    UNION ALL
    SELECT anomaly_key, asset_key, level, posted_at, deadline, time, source, workspace
    FROM {database}.anomalies FINAL
    PREWHERE level = 'asset'
    WHERE state = 'open' AND verdict != 'expired' AND posted_at >= earliest
),
lives AS (
    SELECT
        asset_key,
        maxIf(posted_at, responders > 0 AND status != 'withdrawn') AS answered_at, -- 1970 when nobody ever came
        maxIf(posted_at, status != 'withdrawn') AS last_posted_at,
        countIf(status != 'withdrawn') = 0 AS withdrawn,
        arrayFilter(
            prompt -> prompt.1 > answered_at,
            groupArrayIf(
                (
                    posted_at, flagged OR closed,
                    cityHash64(source, conversation), cityHash64(source, workspace, persona, asset_type)
                ),
                responders = 0 AND status != 'withdrawn'
            )
        ) AS run
    FROM {database}.prompts FINAL
    WHERE posted_at >= earliest
        AND asset_key IN ( -- and some more, of versions that no longer stand: quicker than to leave them out
            SELECT asset_key
            FROM {database}.anomalies
            WHERE level IN ('asset', 'prompt') AND state = 'open' AND verdict != 'expired' AND posted_at >= earliest
        )
    GROUP BY asset_key
    SETTINGS do_not_merge_across_partitions_select_final = 1
),
standing AS (
    SELECT
        argMax(o.anomaly_key, (o.level = 'asset', o.posted_at, o.anomaly_key)) AS best,
        min(if(o.level = 'prompt' AND o.deadline IS NOT NULL, least(o.time, assumeNotNull(o.deadline)), o.time)) AS since,
        greatest(max(o.posted_at), max(l.last_posted_at)) AS last_posted_at,
        any(l.run) AS run
    FROM open AS o
    LEFT JOIN {database}.recent AS r ON r.source = o.source AND r.workspace = o.workspace
    LEFT JOIN lives AS l ON l.asset_key = o.asset_key -- the two topics are recorded independently: it may not be there yet
    WHERE o.posted_at >= r.since AND o.posted_at > l.answered_at AND NOT l.withdrawn
    GROUP BY o.asset_key
),
said AS (
    SELECT *
    FROM (
        SELECT
            anomaly_key, source, workspace, asset, asset_id, title, asset_type, persona_shown, verdict, hypothesis, beside,
            probability, probabilities, expected, borrowed, borrowed_from, p_zero, e_value, prompts,
            evidence.sentence AS sentences, evidence.`for` AS speak_for, evidence.against AS speak_against, next_step
        FROM {database}.anomalies FINAL
        PREWHERE level = 'prompt'
        WHERE state = 'open' AND verdict NOT IN ('expired', 'withdrawn') AND posted_at >= earliest
        SETTINGS do_not_merge_across_partitions_select_final = 1
    )
    UNION ALL
    SELECT
        anomaly_key, source, workspace, asset, asset_id, title, asset_type, persona_shown, verdict, hypothesis, beside,
        probability, probabilities, expected, borrowed, borrowed_from, p_zero, e_value, prompts,
        evidence.sentence AS sentences, evidence.`for` AS speak_for, evidence.against AS speak_against, next_step
    FROM {database}.anomalies FINAL
    PREWHERE level = 'asset'
    WHERE state = 'open' AND verdict != 'expired' AND posted_at >= earliest
),
-- the leading cause, also where it does not stand out enough to be named
mapKeys(a.probabilities)[indexOf(mapValues(a.probabilities), arrayMax(mapValues(a.probabilities)))] AS likeliest,
arrayMap(
    prompt -> (prompt.1, arrayFirst(cause -> cause != '', [above.1[prompt.3], above.2[prompt.4]])),
    arrayFilter(prompt -> prompt.2, s.run)
) AS causes_above
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
    greatest(length(s.run), toUInt64(a.prompts)) AS prompts,
    s.since AS since,
    s.last_posted_at AS last_posted_at,
    a.sentences AS evidence,
    arrayFilter((sentence, causes) -> has(causes, likeliest), a.sentences, a.speak_for) AS evidence_for,
    arrayFilter((sentence, causes) -> has(causes, likeliest), a.sentences, a.speak_against) AS evidence_against,
    a.next_step AS next_step,
    if(has(causes_above.2, ''), '', arrayMax(causes_above).2) AS part_of
FROM said AS a
INNER JOIN standing AS s ON s.best = a.anomaly_key
COMMENT 'Every asset that is met by silence now, one row each, with the likely cause and what speaks for it; what was not posted for half a year is past';

-- A prompt that ran its course, or past its deadline, in silence is part of its channel's silence where that is dead,
-- else of its segment's. An asset is part of it when all its silent prompts since the last answered one are: what is
-- silent in several channels is dead in itself. The word of the moment of telling (explained_by) is not asked: what is
-- above may have been told later, and may have been revived since.
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
above AS (
    SELECT anomaly_id, level, source, workspace, conversation, persona, asset_type, persona_shown, title, time
    FROM {database}.anomalies FINAL
    PREWHERE level IN ('channel', 'segment')
    WHERE state = 'open'
),
concerned AS ( -- and some more: a column is compared sooner than several, and what is too much has no cause below
    SELECT asset_key
    FROM {database}.prompts_now
    WHERE posted_at >= earliest AND responders = 0 AND (flagged OR closed) AND status != 'withdrawn'
        AND (
            conversation IN (SELECT conversation FROM above WHERE level = 'channel')
            OR (
                persona IN (SELECT persona FROM above WHERE level = 'segment')
                AND asset_type IN (SELECT asset_type FROM above WHERE level = 'segment')
            )
        )
),
part AS (
    SELECT
        any(p.source) AS source, any(p.workspace) AS workspace, any(p.asset) AS asset,
        maxIf(p.posted_at, p.responders > 0) AS answered_at,
        arrayFilter(
            prompt -> prompt.1 > answered_at,
            groupArrayIf(
                (p.posted_at, if(c.anomaly_id != '', c.anomaly_id, s.anomaly_id)),
                p.responders = 0 AND (p.flagged OR p.closed)
            )
        ) AS silent,
        arrayMax(silent).2 AS cause
    FROM {database}.prompts_now AS p
    LEFT JOIN (SELECT anomaly_id, source, conversation FROM above WHERE level = 'channel') AS c
        ON c.source = p.source AND c.conversation = p.conversation
    LEFT JOIN (SELECT anomaly_id, source, workspace, persona, asset_type FROM above WHERE level = 'segment') AS s
        ON s.source = p.source AND s.workspace = p.workspace AND s.persona = p.persona AND s.asset_type = p.asset_type
    WHERE p.posted_at >= earliest AND p.status != 'withdrawn' AND p.asset_key IN (SELECT asset_key FROM concerned)
    GROUP BY p.asset_key
    HAVING notEmpty(silent) AND NOT has(silent.2, '')
)
SELECT
    toString(p.source) AS source,
    toString(p.workspace) AS workspace,
    p.asset AS asset,
    p.cause AS cause,
    if(a.level = 'segment' AND a.persona_shown = 'small group', concat(a.asset_type, ' prompts to a small group'), a.title)
        AS title,
    a.time AS since
FROM part AS p
INNER JOIN above AS a ON a.anomaly_id = p.cause
COMMENT 'Which silent assets are part of the silence of a channel or of a segment, as that stands now';

-- Dead assets are counted with what they are part of; one that is part of nothing has a row of its own.
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
    assets, e_value, first_since AS since, evidence, next_step
FROM (
    SELECT *, sum(counted) OVER same AS assets, min(since) OVER same AS first_since
    FROM (
        SELECT
            true AS row, cityHash64(anomaly_id) AS cause, toUInt64(0) AS counted, toString(level) AS level, anomaly_id,
            toString(source) AS source, toString(workspace) AS workspace,
            if(
                level = 'segment' AND persona_shown = 'small group',
                concat(source, ':', workspace, '/small group/', asset_type), subject
            ) AS subject,
            if(
                level = 'segment' AND persona_shown = 'small group', concat(asset_type, ' prompts to a small group'), title
            ) AS title,
            toString(asset_type) AS asset_type, toString(persona_shown) AS persona, toString(hypothesis) AS hypothesis,
            toString(beside) AS beside, probability, toUInt64(prompts) AS prompts, e_value, time AS since,
            evidence.sentence AS evidence, next_step
        FROM {database}.anomalies FINAL
        PREWHERE level IN ('channel', 'segment')
        WHERE state = 'open'
        UNION ALL
        SELECT
            part_of = '' AS row, if(row, cityHash64(source, workspace, asset_id), cityHash64(part_of)) AS cause,
            toUInt64(1) AS counted, toString(level) AS level, '' AS anomaly_id, toString(source) AS source,
            toString(workspace) AS workspace, asset_id AS subject, title, toString(asset_type) AS asset_type, persona,
            toString(hypothesis) AS hypothesis, toString(beside) AS beside, probability, prompts, e_value, since, evidence,
            next_step
        FROM {database}.dead_assets
    )
    WINDOW same AS (PARTITION BY cause)
)
WHERE row
COMMENT 'Start here: what is dead now, one row a cause: a dead channel or a chronic segment includes its dead assets, which have no row of their own then';
