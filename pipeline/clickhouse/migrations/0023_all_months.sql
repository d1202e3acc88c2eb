-- Views that read all months, as before, with fewer reads. How long is counted in whole seconds: a difference of integers is
-- quicker than one of dates.
CREATE OR REPLACE VIEW {database}.time_to_first_response {on_cluster} (
    week Date COMMENT 'Monday of the week of posting (UTC)',
    source LowCardinality(String) COMMENT 'Configured source',
    workspace LowCardinality(String) COMMENT 'Workspace or team of the source',
    persona String COMMENT 'Reached persona; small group: fewer than five members',
    asset_type LowCardinality(String) COMMENT 'What the prompts asked for',
    prompts UInt64 COMMENT 'Prompts posted, withdrawn ones left out',
    answered UInt64 COMMENT 'Of these, prompts with a standing response',
    waiting UInt64 COMMENT 'Of these, prompts without one that may still get it: while there are any, the quantiles are too low',
    median_minutes Nullable(Float64) COMMENT 'Minutes until the first responder, median of the answered; NULL: nobody came',
    p90_minutes Nullable(Float64) COMMENT 'The same, 90 % of the answered were no slower'
)
AS
WITH
toUnixTimestamp64Micro(assumeNotNull(first_response_at)) - toUnixTimestamp64Micro(posted_at) AS waited, -- microseconds
quantilesIf(0.5, 0.9)(intDiv(waited, 1000000), responders > 0) AS seconds
SELECT
    week,
    source,
    workspace,
    persona_shown AS persona,
    asset_type,
    count() AS prompts,
    countIf(responders > 0) AS answered,
    countIf(responders = 0 AND NOT closed) AS waiting,
    if(answered = 0, NULL, seconds[1] / 60) AS median_minutes,
    if(answered = 0, NULL, seconds[2] / 60) AS p90_minutes
FROM {database}.prompts FINAL
WHERE status != 'withdrawn'
GROUP BY week, source, workspace, persona_shown, asset_type
SETTINGS do_not_merge_across_partitions_select_final = 1
COMMENT 'How long it took until somebody came, where somebody came, by week, persona and asset type';

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
    beside LowCardinality(String) COMMENT 'Cause that leads together with it where neither stands out alone; empty: none',
    probability Float64 COMMENT 'Probability of the leading hypothesis',
    evidence Array(String) COMMENT 'What is known about it, in sentences: first the gap, then what matters most',
    next_step String COMMENT 'One cheap thing to try'
)
AS
WITH
(
    SELECT (groupArray(cityHash64(source, workspace, persona, asset_type)), groupUniqArray(persona))
    FROM {database}.anomalies FINAL
    PREWHERE level = 'segment'
    WHERE state = 'open'
) AS chronic, -- segments; personas
run AS (
    SELECT
        cityHash64(source, workspace, persona, asset_type) AS segment,
        maxIf(posted_at, responders > 0) AS answered_at,
        arrayFilter(
            prompt -> prompt.1 > answered_at, groupArrayIf((posted_at, expected_horizon), responders = 0)
        ) AS silent
    FROM {database}.prompts FINAL
    WHERE status NOT IN ('withdrawn', 'censored') AND (closed OR responders > 0)
        AND has(chronic.2, persona) -- one column is compared sooner than four
        AND has(chronic.1, cityHash64(source, workspace, persona, asset_type))
    GROUP BY segment
    SETTINGS do_not_merge_across_partitions_select_final = 1
)
SELECT
    a.source AS source,
    a.workspace AS workspace,
    a.persona_shown AS persona,
    a.asset_type AS asset_type,
    if(empty(r.silent), a.posted_at, arrayMin(r.silent.1)) AS since,
    a.time AS found_at,
    greatest(length(r.silent), toUInt64(a.prompts)) AS prompts,
    assumeNotNull(a.reference) AS reference,
    a.reference_by AS reference_by,
    prompts * (1 - reference) AS answered_expected,
    arraySum(r.silent.2) AS expected,
    a.e_value AS e_value,
    a.hypothesis AS hypothesis,
    a.beside AS beside,
    a.probability AS probability,
    a.sentences AS evidence,
    a.next_step AS next_step
FROM (
    SELECT
        source, workspace, persona, asset_type, persona_shown, posted_at, time, prompts, reference, reference_by, e_value,
        hypothesis, beside, probability, evidence.sentence AS sentences, next_step
    FROM {database}.anomalies FINAL
    PREWHERE level = 'segment'
    WHERE state = 'open'
) AS a
LEFT JOIN run AS r ON r.segment = cityHash64(a.source, a.workspace, a.persona, a.asset_type)
COMMENT 'Segments that nobody answers any more or ever did, one row each, although that is unusual beside them or was in them';

-- A programme is one persona of one workspace. It is no longer listed once so many of its prompts have run their course
-- that it is no longer young.
CREATE OR REPLACE VIEW {database}.building {on_cluster} (
    source LowCardinality(String) COMMENT 'Configured source',
    workspace LowCardinality(String) COMMENT 'Workspace or team of the source',
    persona String COMMENT 'Whom the prompts are for; small group: fewer than five members',
    prompts UInt64 COMMENT 'Prompts to them so far that have run their course',
    answered UInt64 COMMENT 'Of these, prompts that somebody answered',
    young_until Float64 COMMENT 'Prompts from which on it is no longer young and silence is told as elsewhere',
    silent_assets UInt64 COMMENT 'Assets (and prompts without one) whose silence is told as building',
    came Map(String, UInt64) COMMENT 'Persona -> responders who came, added up over all its prompts; small groups: personas of fewer than five members',
    since DateTime64(6, 'UTC') COMMENT 'Posting of the first prompt to them',
    last_posted_at DateTime64(6, 'UTC') COMMENT 'Posting of the latest prompt to them'
)
AS
WITH
(
    SELECT (groupArray(programme), groupArray(young_until), groupArray(silent_assets), groupUniqArray(who))
    FROM (
        SELECT
            cityHash64(source, workspace, persona) AS programme, any(persona) AS who, max(young_until) AS young_until,
            uniqExact(asset_key) AS silent_assets
        FROM (
            SELECT source, workspace, persona, asset_key, young_until
            FROM (
                SELECT source, workspace, persona, asset_key, young_until
                FROM {database}.anomalies FINAL
                PREWHERE level = 'prompt'
                WHERE state = 'building' AND verdict NOT IN ('expired', 'withdrawn')
                SETTINGS do_not_merge_across_partitions_select_final = 1
            )
            UNION ALL
            SELECT source, workspace, persona, asset_key, young_until
            FROM {database}.anomalies FINAL
            PREWHERE level = 'asset'
            WHERE state = 'building' AND verdict != 'expired'
        )
        GROUP BY programme
    )
) AS young -- programmes, and of each until when it is young and how many assets are silent; personas
SELECT
    source,
    workspace,
    if(countIf(persona_shown != 'small group') > 0, toString(p.persona), 'small group') AS persona,
    countIf(closed) AS prompts,
    countIf(closed AND responders > 0) AS answered,
    young.2[indexOf(young.1, programme)] AS young_until,
    young.3[indexOf(young.1, programme)] AS silent_assets,
    sumMap(
        mapFromArrays(
            arrayMap(name -> if(reach[name] >= 5, toString(name), 'small groups'), mapKeys(responders_by_persona)),
            arrayMap(number -> toUInt64(number), mapValues(responders_by_persona))
        )
    ) AS came,
    min(posted_at) AS since,
    max(posted_at) AS last_posted_at
FROM {database}.prompts AS p FINAL
WHERE status != 'withdrawn'
    AND has(young.4, p.persona) -- one column is compared sooner than three
    AND has(young.1, cityHash64(source, workspace, p.persona) AS programme)
GROUP BY programme, source, workspace, p.persona
HAVING prompts < young_until
SETTINGS do_not_merge_across_partitions_select_final = 1
COMMENT 'Young programmes with silent prompts: not dead, building; how far they are and who came';
