INSERT INTO {database}.feedback (
    anomaly_id, who, says, cause, note, time, version, told, probability, learned, source, workspace, asset, segment, told_at
)
WITH {prompt}
SELECT
    concat('prompt/', prompt_id), author, ['confirmed', 'wrong_cause', 'expected', 'false_alarm'][1 + n % 4],
    if(n % 4 = 1, 'elsewhere', ''), '', posted_at + toIntervalHour(50), 1, {causes}[1 + n % 5], 0.6, '', source, workspace,
    asset, concat(persona, '/', asset_type), posted_at + toIntervalHour(30)
FROM (SELECT number AS n, {step} AS step FROM numbers({prompts}))
WHERE flagged AND n % 5 = 0;

INSERT INTO {database}.source_health (source, workspace, since, until, state, time, last_event, usual, p_zero, version)
SELECT
    'slack', concat('T', toString(n % {workspaces})), toDateTime64('2024-01-01', 6, 'UTC') + toIntervalDay(7 * n) AS since,
    since + toIntervalHour(9), if(n % 2, 'filled', 'over'), since + toIntervalHour(10), since, 200., 1e-9, 3
FROM (SELECT number AS n FROM numbers(100));

INSERT INTO {database}.expectations (version, as_of, complete, part, key, value)
WITH intDiv(n, 140) AS epoch, n % 140 AS which
SELECT
    epoch, toDateTime64('2025-10-01', 6, 'UTC') + toIntervalHour(epoch), false,
    multiIf(which < 56, 'rates.segment', which < 112, 'responders', 'rates.channel'),
    multiIf(
        which < 112,
        concat(if(which < 56, '', 'segment|'), {personas}[1 + which % 8], '/', {types}[1 + intDiv(which % 56, 8)]),
        concat('slack:C', toString(cityHash64(n) % {channels}))
    ),
    concat('[', toString(cityHash64(n, 2) % 100 / 10), ',', toString(10 + cityHash64(n, 3) % 500), ']')
FROM (SELECT number AS n FROM numbers(140 * 24 * 90));

INSERT INTO {database}.dead_letters (dead_letter_id, stage, source, reason, field, error, time, topic, partition, offset, tries)
SELECT
    concat('normalise/webhooks/', toString(n % 6), '/', toString(n)), 'normalise', 'slack', 'Field required', 'event.ts',
    'missing', toDateTime64('2025-12-01', 6, 'UTC') + toIntervalMinute(n), 'webhooks', n % 6, n, 1
FROM (SELECT number AS n FROM numbers(20000));

INSERT INTO {database}.redrives (topic, partition, offset, again_offset)
SELECT 'webhooks', n % 6, n, n + 1000000 FROM (SELECT number * 10 AS n FROM numbers(1000));
