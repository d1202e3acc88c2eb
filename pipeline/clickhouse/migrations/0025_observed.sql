-- Whether a prompt counts must not depend on who came. Of one that was not seen to its end, silence is not known and was left
-- out, while an answer was counted: so there seemed to be less silence than was predicted.
ALTER TABLE {database}.prompts {on_cluster}
    ADD COLUMN IF NOT EXISTS observed Bool DEFAULT status != 'censored' COMMENT 'false: observation had ended by `time`, or had a hole, so who came is not all known' AFTER closed;

ALTER TABLE {database}.anomalies {on_cluster}
    COMMENT COLUMN subject 'prompt_id, the asset (source:workspace/asset), the channel (source:conversation), the segment (source:workspace/persona/asset type), or source:workspace/asset/persona';

CREATE OR REPLACE VIEW {database}.prompts_now {on_cluster}
AS SELECT *, asset_key, persona_shown, week
FROM {database}.prompts FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1
COMMENT 'Every prompt once, as it stands now';

CREATE OR REPLACE VIEW {database}.calibration {on_cluster} (
    week Date COMMENT 'Monday of the week of posting (UTC)',
    source LowCardinality(String) COMMENT 'Configured source',
    workspace LowCardinality(String) COMMENT 'Workspace or team of the source',
    persona String COMMENT 'Reached persona; small group: fewer than five members',
    asset_type LowCardinality(String) COMMENT 'What the prompts asked for',
    predicted_from Float64 COMMENT 'Lower end of the bin of p_zero_horizon: 0, 0.1 ... 0.9; each is a tenth wide',
    prompts UInt64 COMMENT 'Prompts that ran their course and were seen to; withdrawn ones are left out',
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
WHERE p.closed AND p.observed AND p.status != 'withdrawn'
GROUP BY week, source, workspace, persona, asset_type, predicted_from
COMMENT 'Are the models honest? What they predicted of silence until the horizon beside what happened, by tenths';
