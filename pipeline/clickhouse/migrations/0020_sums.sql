-- Views that add up, over what 0019 added: persona_shown, week, and months looked at one by one.
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
    p.week AS week,
    source,
    workspace,
    p.persona_shown AS persona,
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
FROM {database}.prompts_now AS p
WHERE p.status != 'withdrawn'
GROUP BY week, source, workspace, persona, asset_type
COMMENT 'How silent it was by week, persona and asset type, and what had been expected';

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
[
    countIf(p.too_little_to_tell AND p.borrowed_from = 'asset_type'),
    countIf(p.too_little_to_tell AND p.borrowed_from = 'everything'),
    countIf(p.too_little_to_tell AND p.borrowed_from = 'prior')
] AS borrowers
SELECT
    source,
    workspace,
    p.persona_shown AS persona,
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
FROM {database}.prompts_now AS p
WHERE p.status != 'withdrawn'
GROUP BY source, workspace, persona, asset_type
HAVING too_little_to_tell > 0
COMMENT 'Where silence is no news: segments with prompts of which so few responders were expected that they are not judged';

CREATE OR REPLACE VIEW {database}.calibration {on_cluster} (
    week Date COMMENT 'Monday of the week of posting (UTC)',
    source LowCardinality(String) COMMENT 'Configured source',
    workspace LowCardinality(String) COMMENT 'Workspace or team of the source',
    persona String COMMENT 'Reached persona; small group: fewer than five members',
    asset_type LowCardinality(String) COMMENT 'What the prompts asked for',
    predicted_from Float64 COMMENT 'Lower end of the bin of p_zero_horizon: 0, 0.1 ... 0.9; each is a tenth wide',
    prompts UInt64 COMMENT 'Prompts that ran their course; censored and withdrawn ones are left out',
    silent UInt64 COMMENT 'Of these, prompts without a single responder',
    silent_expected Float64 COMMENT 'How many of them the models expected to be silent: their p_zero_horizon, added up',
    variance Float64 COMMENT 'Variance of silent if the models are right and prompts independent: p (1 - p), added up',
    silent_share Float64 COMMENT 'silent / prompts: what happened',
    predicted Float64 COMMENT 'silent_expected / prompts: what was predicted'
)
AS SELECT
    p.week AS week,
    source,
    workspace,
    p.persona_shown AS persona,
    asset_type,
    least(floor(p.p_zero_horizon * 10), 9) / 10 AS predicted_from,
    count() AS prompts,
    countIf(p.responders = 0) AS silent,
    sum(p.p_zero_horizon) AS silent_expected,
    sum(p.p_zero_horizon * (1 - p.p_zero_horizon)) AS variance,
    silent / prompts AS silent_share,
    silent_expected / prompts AS predicted
FROM {database}.prompts_now AS p
WHERE p.closed AND p.status NOT IN ('censored', 'withdrawn')
GROUP BY week, source, workspace, persona, asset_type, predicted_from
COMMENT 'Are the models honest? What they predicted of silence until the horizon beside what happened, by tenths';

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
toFloat64(dateDiff('second', p.posted_at, assumeNotNull(p.first_response_at))) / 60 AS minutes,
quantilesIf(0.5, 0.9)(minutes, p.responders > 0) AS quantiles
SELECT
    p.week AS week,
    source,
    workspace,
    p.persona_shown AS persona,
    asset_type,
    count() AS prompts,
    countIf(p.responders > 0) AS answered,
    countIf(p.responders = 0 AND NOT p.closed) AS waiting,
    if(answered = 0, NULL, quantiles[1]) AS median_minutes,
    if(answered = 0, NULL, quantiles[2]) AS p90_minutes
FROM {database}.prompts_now AS p
WHERE p.status != 'withdrawn'
GROUP BY week, source, workspace, persona, asset_type
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
found AS (
    SELECT
        source, workspace, persona, asset_type, persona_shown, posted_at, time, prompts, reference, reference_by, e_value,
        hypothesis, beside, probability, evidence.sentence AS sentences, next_step
    FROM {database}.anomalies FINAL
    PREWHERE level = 'segment'
    WHERE state = 'open'
),
ended AS (
    SELECT
        source, workspace, persona, asset_type, posted_at, expected_horizon,
        responders = 0 AS silent,
        max(if(responders > 0, posted_at, toDateTime64(0, 6, 'UTC')))
            OVER (PARTITION BY source, workspace, persona, asset_type) AS answered_at
    FROM {database}.prompts_now
    WHERE status NOT IN ('withdrawn', 'censored') AND (closed OR responders > 0)
        AND persona IN (SELECT persona FROM found) -- one column is compared sooner than four
        AND (source, workspace, persona, asset_type) IN (SELECT source, workspace, persona, asset_type FROM found)
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
    a.persona_shown AS persona,
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
    a.beside AS beside,
    a.probability AS probability,
    a.sentences AS evidence,
    a.next_step AS next_step
FROM found AS a
LEFT JOIN run AS r
    ON r.source = a.source AND r.workspace = a.workspace AND r.persona = a.persona AND r.asset_type = a.asset_type
COMMENT 'Segments that nobody answers any more or ever did, one row each, although that is unusual beside them or was in them';

-- What was only ever unknown has no cause.
CREATE OR REPLACE VIEW {database}.hypotheses_by_week {on_cluster} (
    week Date COMMENT 'Monday of the week of posting (UTC)',
    source LowCardinality(String) COMMENT 'Configured source',
    workspace LowCardinality(String) COMMENT 'Workspace or team of the source',
    hypothesis LowCardinality(String) COMMENT 'Leading cause of the checklist, or undetermined',
    anomalies UInt64 COMMENT 'Anomalies with this cause in the lead',
    assets UInt64 COMMENT 'Distinct assets among them',
    open UInt64 COMMENT 'Anomalies still open',
    revived UInt64 COMMENT 'Anomalies taken back because somebody came',
    mean_probability Float64 COMMENT 'Mean probability of the leading cause'
)
AS SELECT
    toDate(toStartOfWeek(posted_at, 1)) AS week,
    source,
    workspace,
    hypothesis,
    count() AS anomalies,
    uniqExact(asset) AS assets,
    countIf(state = 'open') AS open,
    countIf(state = 'revived') AS revived,
    avg(probability) AS mean_probability
FROM {database}.anomalies_now
WHERE state != 'unknown' AND (
    level != 'prompt' OR state = 'open'
    OR prompt_id IN (SELECT prompt_id FROM {database}.prompts_now WHERE flagged)
)
GROUP BY week, source, workspace, hypothesis
COMMENT 'Likely causes of silence by week';

CREATE OR REPLACE VIEW {database}.source_health_now {on_cluster} (
    source LowCardinality(String) COMMENT 'Configured source',
    workspace LowCardinality(String) COMMENT 'Workspace or team of the source',
    state LowCardinality(String) COMMENT 'down, over or filled',
    since DateTime64(6, 'UTC') COMMENT 'End of the last hour in which it delivered anything',
    until Nullable(DateTime64(6, 'UTC')) COMMENT 'Begin of the first hour in which it delivered again; NULL: it has not',
    last_event DateTime64(6, 'UTC') COMMENT 'When the last event before it happened',
    usual Float64 COMMENT 'Events an hour that it usually delivers, over the week',
    p_zero Float64 COMMENT 'Probability that a source that is alive delivers nothing for so long',
    unknown_prompts UInt64 COMMENT 'Prompts of the source that are unknown, whichever hole hides who came'
)
AS SELECT
    h.source AS source,
    h.workspace AS workspace,
    h.state AS state,
    h.since AS since,
    h.until AS until,
    h.last_event AS last_event,
    h.usual AS usual,
    h.p_zero AS p_zero,
    p.prompts AS unknown_prompts
FROM (SELECT * FROM {database}.source_health FINAL) AS h
LEFT JOIN (
    SELECT source, workspace, count() AS prompts
    FROM {database}.prompts_now
    WHERE status = 'unknown'
    GROUP BY source, workspace
) AS p ON p.source = h.source AND p.workspace = h.workspace
COMMENT 'Holes in what a source delivered, one row each, as they stand now; filled ones tell what was';

CREATE OR REPLACE VIEW {database}.unknown_prompts {on_cluster} (
    source LowCardinality(String) COMMENT 'Configured source',
    workspace LowCardinality(String) COMMENT 'Workspace or team of the source',
    prompt_id String COMMENT 'source:conversation:message',
    asset_id String COMMENT 'The asset; empty: none named',
    title String COMMENT 'How people know it',
    asset_type LowCardinality(String) COMMENT 'What it asks for',
    posted_at DateTime64(6, 'UTC') COMMENT 'When it was posted',
    since DateTime64(6, 'UTC') COMMENT 'When silence would have been a finding',
    reason String COMMENT 'Since when the source delivers nothing, or did not',
    next_step String COMMENT 'What to do about it'
)
AS SELECT
    a.source AS source,
    a.workspace AS workspace,
    a.prompt_id AS prompt_id,
    a.asset_id AS asset_id,
    a.title AS title,
    a.asset_type AS asset_type,
    a.posted_at AS posted_at,
    a.time AS since,
    a.evidence.sentence[1] AS reason,
    a.next_step AS next_step
FROM (
    SELECT *
    FROM {database}.anomalies FINAL
    PREWHERE level = 'prompt'
    WHERE state = 'unknown'
    SETTINGS do_not_merge_across_partitions_select_final = 1
) AS a
COMMENT 'Prompts of which nobody can say whether anybody came, since their source delivered nothing for a while';

CREATE OR REPLACE VIEW {database}.hidden_personas {on_cluster} (
    source LowCardinality(String) COMMENT 'Configured source',
    workspace LowCardinality(String) COMMENT 'Workspace or team of the source',
    asset_id String COMMENT 'The asset',
    title String COMMENT 'How people know it',
    asset_type LowCardinality(String) COMMENT 'What it asks for',
    persona String COMMENT 'Who comes though it is not for them; never of fewer than five members',
    came UInt64 COMMENT 'Responders of that persona, added up over the prompts',
    expected Float64 COMMENT 'How many were to be expected by what that persona does otherwise',
    prompts UInt64 COMMENT 'Prompts of the asset that have run their course and reached them',
    answered UInt64 COMMENT 'Of these, prompts that at least one of them answered',
    reached UInt64 COMMENT 'Members of that persona who could see the latest one',
    e_value Float64 COMMENT 'Evidence that they come more than usual',
    found_at DateTime64(6, 'UTC') COMMENT 'When these numbers became known',
    sentence String COMMENT 'The finding, in a sentence',
    next_step String COMMENT 'What to try'
)
AS SELECT
    source,
    workspace,
    asset_id,
    title,
    asset_type,
    found_persona AS persona,
    found_came AS came,
    found_expected AS expected,
    prompts,
    found_answered AS answered,
    found_reached AS reached,
    e_value,
    time AS found_at,
    evidence.sentence[1] AS sentence,
    next_step
FROM {database}.anomalies FINAL
PREWHERE level = 'persona'
WHERE state = 'found' AND found_reached >= 5
COMMENT 'Good news: personas that nobody designed for and that come all the same, at which asset and how much more than was to be expected';

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
young AS (
    SELECT source, workspace, persona, uniqExact(asset_key) AS silent_assets, max(young_until) AS young_until
    FROM {database}.anomalies_now
    WHERE state = 'building'
    GROUP BY source, workspace, persona
),
programme AS (
    SELECT
        source, workspace, persona,
        countIf(persona_shown != 'small group') > 0 AS named,
        countIf(closed) AS prompts,
        countIf(closed AND responders > 0) AS answered,
        min(posted_at) AS since,
        max(posted_at) AS last_posted_at,
        arrayFlatten(
            groupArray(
                arrayMap(name -> if(reach[name] >= 5, toString(name), 'small groups'), mapKeys(responders_by_persona))
            )
        ) AS who,
        arrayFlatten(groupArray(mapValues(responders_by_persona))) AS numbers
    FROM {database}.prompts FINAL
    WHERE status != 'withdrawn'
        -- other combinations of these are left out when it is joined: a column is compared sooner than three
        AND workspace IN (SELECT workspace FROM young) AND persona IN (SELECT persona FROM young)
    GROUP BY source, workspace, persona
    SETTINGS do_not_merge_across_partitions_select_final = 1
)
SELECT
    p.source AS source,
    p.workspace AS workspace,
    if(p.named, toString(p.persona), 'small group') AS persona,
    p.prompts AS prompts,
    p.answered AS answered,
    y.young_until AS young_until,
    y.silent_assets AS silent_assets,
    CAST(
        arrayMap(
            name -> (name, toUInt64(arraySum(arrayFilter((number, one) -> one = name, p.numbers, p.who)))),
            arraySort(arrayDistinct(p.who))
        ),
        'Map(String, UInt64)'
    ) AS came,
    p.since AS since,
    p.last_posted_at AS last_posted_at
FROM programme AS p
INNER JOIN young AS y ON y.source = p.source AND y.workspace = p.workspace AND y.persona = p.persona
WHERE p.prompts < y.young_until
COMMENT 'Young programmes with silent prompts: not dead, building; how far they are and who came';

CREATE OR REPLACE VIEW {database}.expectation_history {on_cluster} (
    as_of DateTime64(6, 'UTC') COMMENT 'Learned from everything before this moment',
    version UInt64 COMMENT 'Version of what was learned; prompts name the one that judged them (expectation_version)',
    kind LowCardinality(String) COMMENT 'What the key is: overall, segment (persona/asset type), asset_type, persona, channel, place (a channel with a type and a length)',
    key String COMMENT 'Which one; for overall: overall',
    prompts Float64 COMMENT 'Prompts that were learned from, older ones counting less',
    silent_share Float64 COMMENT 'Share of them that met silence',
    responders_per_100 Nullable(Float64) COMMENT 'Responders of 100 members who could see it; NULL: not kept for this kind'
)
AS SELECT
    as_of,
    version,
    kind,
    key,
    maxIf(counts[2], is_rate) AS prompts,
    maxIf(counts[1], is_rate) / prompts AS silent_share,
    if(max(NOT is_rate), 100 * maxIf(counts[1], NOT is_rate) / maxIf(counts[2], NOT is_rate), NULL) AS responders_per_100
FROM (
    SELECT
        e.as_of AS as_of,
        e.version AS version,
        e.part != 'responders' AS is_rate,
        multiIf(
            is_rate, substring(e.part, length('rates.') + 1),
            startsWith(e.key, 'segment|'), 'segment',
            startsWith(e.key, 'type|'), 'asset_type',
            'overall'
        ) AS kind,
        multiIf(is_rate, e.key, kind = 'overall', 'overall', substring(e.key, position(e.key, '|') + 1)) AS key,
        JSONExtract(e.value, 'Array(Float64)') AS counts
    FROM (
        SELECT *
        FROM {database}.expectations FINAL
        SETTINGS do_not_merge_across_partitions_select_final = 1
    ) AS e
    WHERE (e.part = 'responders' OR startsWith(e.part, 'rates.')) AND e.value != 'null'
)
GROUP BY as_of, version, kind, key
HAVING prompts > 0
COMMENT 'How expectations moved: what was learned about silence and responders, one row a version that told of it';
