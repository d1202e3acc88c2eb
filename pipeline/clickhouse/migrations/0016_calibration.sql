-- All versions of a prompt stand in one partition, the month of its posting, so FINAL need not look across them: half the
-- time. Closed prompts alone: among open ones those that were answered would be counted too early. All columns that count can
-- be added up, so weeks and segments may be joined; shares are of the row.
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
    toDate(toStartOfWeek(posted_at, 1)) AS week,
    source,
    workspace,
    if(p.reach[p.persona] >= 5, toString(p.persona), 'small group') AS persona,
    asset_type,
    least(floor(p.p_zero_horizon * 10), 9) / 10 AS predicted_from,
    count() AS prompts,
    countIf(p.responders = 0) AS silent,
    sum(p.p_zero_horizon) AS silent_expected,
    sum(p.p_zero_horizon * (1 - p.p_zero_horizon)) AS variance,
    silent / prompts AS silent_share,
    silent_expected / prompts AS predicted
FROM (SELECT * FROM {database}.prompts FINAL SETTINGS do_not_merge_across_partitions_select_final = 1) AS p
WHERE p.closed AND p.status NOT IN ('censored', 'withdrawn')
GROUP BY week, source, workspace, persona, asset_type, predicted_from
COMMENT 'Are the models honest? What they predicted of silence until the horizon beside what happened, by tenths';

-- A prompt that nobody answered has no such time: read answered / prompts beside the quantiles.
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
WITH toFloat64(dateDiff('second', p.posted_at, assumeNotNull(p.first_response_at))) / 60 AS minutes
SELECT
    toDate(toStartOfWeek(posted_at, 1)) AS week,
    source,
    workspace,
    if(p.reach[p.persona] >= 5, toString(p.persona), 'small group') AS persona,
    asset_type,
    count() AS prompts,
    countIf(p.responders > 0) AS answered,
    countIf(p.responders = 0 AND NOT p.closed) AS waiting,
    if(answered = 0, NULL, quantileIf(0.5)(minutes, p.responders > 0)) AS median_minutes,
    if(answered = 0, NULL, quantileIf(0.9)(minutes, p.responders > 0)) AS p90_minutes
FROM (SELECT * FROM {database}.prompts FINAL SETTINGS do_not_merge_across_partitions_select_final = 1) AS p
WHERE p.status != 'withdrawn'
GROUP BY week, source, workspace, persona, asset_type
COMMENT 'How long it took until somebody came, where somebody came, by week, persona and asset type';
