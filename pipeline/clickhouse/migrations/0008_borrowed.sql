-- How much of an expectation is borrowed, and which prompts are not judged. Rows from before say of the latter what
-- their deadline says.
ALTER TABLE {database}.prompts {on_cluster}
    ADD COLUMN IF NOT EXISTS borrowed Float64 COMMENT 'Share of the expected responders that comes from above the segment, 0 to 1; 1: the segment was new' AFTER expected_horizon;

ALTER TABLE {database}.prompts {on_cluster}
    ADD COLUMN IF NOT EXISTS borrowed_from LowCardinality(String) COMMENT 'Where most of that comes from: asset_type (all its segments), everything, prior (assumed); empty: not known' AFTER borrowed;

ALTER TABLE {database}.prompts {on_cluster}
    ADD COLUMN IF NOT EXISTS too_little_to_tell Bool DEFAULT deadline IS NULL COMMENT 'Too little was expected to tell: p_zero_horizon is not below alpha, so the prompt alone is not judged' AFTER deadline;

ALTER TABLE {database}.anomalies {on_cluster}
    ADD COLUMN IF NOT EXISTS borrowed Float64 COMMENT 'Share of the expected responders that comes from above the segment, 0 to 1; 1: the segment was new' AFTER expected_horizon;

ALTER TABLE {database}.anomalies {on_cluster}
    ADD COLUMN IF NOT EXISTS borrowed_from LowCardinality(String) COMMENT 'Where most of that comes from: asset_type (all its segments), everything, prior (assumed); empty: not known' AFTER borrowed;

ALTER TABLE {database}.anomalies {on_cluster}
    ADD COLUMN IF NOT EXISTS too_little_to_tell Bool DEFAULT deadline IS NULL COMMENT 'Too little was expected to tell: p_zero_horizon is not below alpha, so the prompt alone is not judged' AFTER deadline;

-- The views over both tables are made anew: a view that selects * keeps the columns it had when it was made.
CREATE OR REPLACE VIEW {database}.prompts_now {on_cluster}
AS SELECT * FROM {database}.prompts FINAL
COMMENT 'Every prompt once, as it stands now';

-- Anomalies that stand on a flag. "expired" alone means that the prompt was never called silent: too little to tell.
-- A withdrawn prompt is no longer there to be answered. LEFT JOIN, because the two topics are recorded independently.
CREATE OR REPLACE VIEW {database}.anomalies_now {on_cluster}
AS SELECT a.*
FROM (SELECT * FROM {database}.anomalies FINAL) AS a
LEFT JOIN (SELECT prompt_id, flagged, status FROM {database}.prompts FINAL) AS p ON p.prompt_id = a.prompt_id
WHERE (a.verdict != 'expired' OR p.flagged) AND (a.level = 'asset' OR p.status != 'withdrawn')
COMMENT 'Every anomaly once, as it stands now; prompts that were never flagged and withdrawn prompts are left out';

-- An asset is dead from its first silent prompt after the last answered one. The row speaks for the asset's own
-- anomaly where there is one (it rests on all prompts), else for that of the latest prompt.
-- Personas of fewer than five reached members are not named: that would speak of individuals.
CREATE OR REPLACE VIEW {database}.dead_assets {on_cluster} (
    source LowCardinality(String) COMMENT 'Configured source',
    workspace LowCardinality(String) COMMENT 'Workspace or team of the source',
    asset_id String COMMENT 'The asset; the prompt_id where no asset was named',
    title String COMMENT 'How people know it',
    asset_type LowCardinality(String) COMMENT 'What it asks for',
    persona String COMMENT 'Reached persona; small group: fewer than five members',
    verdict LowCardinality(String) COMMENT 'silent or expired',
    hypothesis LowCardinality(String) COMMENT 'Leading cause of the checklist, or undetermined',
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
    next_step String COMMENT 'One cheap thing to try'
)
AS
WITH
life AS (
    SELECT
        source, workspace, asset,
        maxIf(posted_at, responders > 0) AS answered_at, -- 1970 when nobody ever came
        max(posted_at) AS latest_at
    FROM {database}.prompts FINAL
    WHERE status != 'withdrawn'
    GROUP BY source, workspace, asset
),
run AS (
    SELECT p.source AS source, p.workspace AS workspace, p.asset AS asset, count() AS prompts
    FROM (SELECT * FROM {database}.prompts FINAL) AS p
    INNER JOIN life AS l ON l.source = p.source AND l.workspace = p.workspace AND l.asset = p.asset
    WHERE p.status != 'withdrawn' AND p.responders = 0 AND (p.posted_at > l.answered_at)
    GROUP BY source, workspace, asset
),
standing AS (
    SELECT
        a.*, l.latest_at AS latest_at,
        -- the leading cause, also where it does not stand out enough to be named
        arraySort(cause -> (-a.probabilities[cause], cause), mapKeys(a.probabilities))[1] AS likeliest
    FROM {database}.anomalies_now AS a
    LEFT JOIN life AS l ON l.source = a.source AND l.workspace = a.workspace AND l.asset = a.asset
    WHERE a.state = 'open' AND a.posted_at > l.answered_at
),
best AS (
    SELECT
        source, workspace, asset,
        argMax(
            tuple(
                title, asset_type,
                if(reach[persona] >= 5, toString(persona), 'small group'),
                verdict, hypothesis, probability, expected, p_zero, e_value, prompts, evidence.sentence, next_step,
                arrayFilter((s, causes) -> has(causes, likeliest), evidence.sentence, evidence.`for`),
                arrayFilter((s, causes) -> has(causes, likeliest), evidence.sentence, evidence.against),
                borrowed, borrowed_from
            ),
            (level = 'asset', posted_at, prompt_id)
        ) AS row,
        min(if(level = 'prompt' AND deadline IS NOT NULL, least(time, assumeNotNull(deadline)), time)) AS since,
        greatest(max(posted_at), max(latest_at)) AS last_posted_at
    FROM standing
    GROUP BY source, workspace, asset
)
SELECT
    b.source AS source,
    b.workspace AS workspace,
    b.asset AS asset_id,
    b.row.1 AS title,
    b.row.2 AS asset_type,
    b.row.3 AS persona,
    b.row.4 AS verdict,
    b.row.5 AS hypothesis,
    b.row.6 AS probability,
    b.row.7 AS expected,
    b.row.15 AS borrowed,
    b.row.16 AS borrowed_from,
    b.row.8 AS p_zero,
    b.row.9 AS e_value,
    greatest(r.prompts, toUInt64(b.row.10)) AS prompts,
    b.since AS since,
    b.last_posted_at AS last_posted_at,
    b.row.11 AS evidence,
    b.row.13 AS evidence_for,
    b.row.14 AS evidence_against,
    b.row.12 AS next_step
FROM best AS b
LEFT JOIN run AS r ON r.source = b.source AND r.workspace = b.workspace AND r.asset = b.asset
COMMENT 'Start here: every asset that is met by silence now, one row each, with the likely cause and what speaks for it';

CREATE OR REPLACE VIEW {database}.silence_by_segment {on_cluster} (
    week Date COMMENT 'Monday of the week of posting (UTC)',
    source LowCardinality(String) COMMENT 'Configured source',
    workspace LowCardinality(String) COMMENT 'Workspace or team of the source',
    persona String COMMENT 'Reached persona; small group: fewer than five members',
    asset_type LowCardinality(String) COMMENT 'What the prompts asked for',
    prompts UInt64 COMMENT 'Prompts posted, withdrawn ones left out',
    closed UInt64 COMMENT 'Of these, prompts whose outcome is final',
    silent_at_horizon UInt64 COMMENT 'Closed without a single responder (observation may have ended before the horizon)',
    too_little_to_tell UInt64 COMMENT 'Prompts of which too little was expected to tell: they have no deadline and cannot be flagged',
    flagged UInt64 COMMENT 'Called silent at their deadline',
    revived UInt64 COMMENT 'Flagged, and somebody came after all',
    silent_share Float64 COMMENT 'silent_at_horizon / closed; NaN before anything is closed',
    silent_share_expected Float64 COMMENT 'What the models expected of silent_share when the closed prompts were posted',
    expected_responders Float64 COMMENT 'Responders expected until the horizon, added up',
    borrowed Float64 COMMENT 'Mean share of that expectation that comes from above the segment; NaN: not known',
    responders UInt64 COMMENT 'Responders who came, added up'
)
AS SELECT
    toDate(toStartOfWeek(posted_at, 1)) AS week,
    source,
    workspace,
    if(p.reach[p.persona] >= 5, toString(p.persona), 'small group') AS persona,
    asset_type,
    count() AS prompts,
    countIf(p.closed) AS closed,
    countIf(p.closed AND p.responders = 0) AS silent_at_horizon,
    countIf(p.too_little_to_tell) AS too_little_to_tell,
    countIf(p.flagged) AS flagged,
    countIf(p.flagged AND p.responders > 0) AS revived,
    countIf(p.closed AND p.responders = 0) / countIf(p.closed) AS silent_share,
    avgIf(p.p_zero_horizon, p.closed) AS silent_share_expected,
    sum(p.expected_horizon) AS expected_responders,
    avgIf(p.borrowed, p.borrowed_from != '') AS borrowed,
    sum(p.responders) AS responders
FROM (SELECT * FROM {database}.prompts FINAL) AS p
WHERE p.status != 'withdrawn'
GROUP BY week, source, workspace, persona, asset_type
COMMENT 'How silent it was by week, persona and asset type, and what had been expected';

-- Means are over the prompts without a deadline; those with one are counted, to compare.
CREATE OR REPLACE VIEW {database}.too_little_to_tell {on_cluster} (
    source LowCardinality(String) COMMENT 'Configured source',
    workspace LowCardinality(String) COMMENT 'Workspace or team of the source',
    persona String COMMENT 'Reached persona; small group: fewer than five members',
    asset_type LowCardinality(String) COMMENT 'What the prompts asked for',
    prompts UInt64 COMMENT 'Prompts of the segment, withdrawn ones left out',
    too_little_to_tell UInt64 COMMENT 'Of these, prompts of which too little was expected to tell: they have no deadline',
    silent_at_horizon UInt64 COMMENT 'Of the prompts without a deadline, those that were closed without a single responder: no news',
    expected_responders Float64 COMMENT 'Mean responders expected of a prompt without a deadline until its horizon',
    reach Float64 COMMENT 'Mean number of members who could see it',
    p_zero_horizon Float64 COMMENT 'Mean probability of silence until the horizon',
    alpha Float64 COMMENT 'Mean share of healthy prompts that may be called silent: p_zero_horizon has to fall below it',
    borrowed Float64 COMMENT 'Mean share of the expectation that comes from above the segment; NaN: not known',
    borrowed_from String COMMENT 'Where most of that comes from most often: asset_type, everything, prior; empty: not known',
    last_posted_at DateTime64(6, 'UTC') COMMENT 'Latest prompt without a deadline'
)
AS
WITH
['asset_type', 'everything', 'prior'] AS lenders,
sumForEachIf(arrayMap(lender -> p.borrowed_from = lender, lenders), p.too_little_to_tell) AS borrowers
SELECT
    source,
    workspace,
    if(p.reach[p.persona] >= 5, toString(p.persona), 'small group') AS persona,
    asset_type,
    count() AS prompts,
    countIf(p.too_little_to_tell) AS too_little_to_tell,
    countIf(p.too_little_to_tell AND p.closed AND p.responders = 0) AS silent_at_horizon,
    avgIf(p.expected_horizon, p.too_little_to_tell) AS expected_responders,
    avgIf(p.reach_total, p.too_little_to_tell) AS reach,
    avgIf(p.p_zero_horizon, p.too_little_to_tell) AS p_zero_horizon,
    avgIf(p.alpha, p.too_little_to_tell) AS alpha,
    avgIf(p.borrowed, p.too_little_to_tell AND p.borrowed_from != '') AS borrowed,
    if(arrayMax(borrowers) = 0, '', lenders[indexOf(borrowers, arrayMax(borrowers))]) AS borrowed_from,
    maxIf(p.posted_at, p.too_little_to_tell) AS last_posted_at
FROM (SELECT * FROM {database}.prompts FINAL) AS p
WHERE p.status != 'withdrawn'
GROUP BY source, workspace, persona, asset_type
HAVING too_little_to_tell > 0
COMMENT 'Where silence is no news: segments with prompts of which so few responders were expected that they are not judged';
