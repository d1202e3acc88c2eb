INSERT INTO {database}.anomalies (
    anomaly_id, level, subject, state, verdict, time, version, says, muted_until, title, prompt_id, source, workspace,
    conversation, posted_at, asset_id, asset, asset_type, persona, persona_given, reach, reach_total, hypothesis, beside,
    probability, probabilities, evidence.code, evidence.value, evidence.sentence, evidence.for, evidence.against,
    evidence.weights, next_step, checklist, p_zero, p_zero_horizon, expected, expected_horizon, borrowed, borrowed_from,
    deadline, too_little_to_tell, alpha, expectation_as_of, expectation_version, e_value, prompts, responders,
    responders_by_persona, explained_by, young_until, found_persona, found_came, found_expected, found_answered, found_reached
)
WITH {version} AS stand, {level} AS level, {prompt},
    {subject} AS subject, {causes}[1 + cityHash64(n, 23) % 6] AS cause,
    if(cause = 'undetermined', 'no_need', cause) AS likeliest
SELECT
    concat(level, '/', subject), level, subject,
    multiIf(stand = 2, 'revived', level = 'persona', 'found', level = 'prompt' AND young, 'building', 'open'),
    multiIf(stand = 2, 'revived', level = 'segment', 'chronic', level = 'persona', 'hidden_persona', flagged, 'silent', 'expired'),
    posted_at + toIntervalHour(30 * stand), if(level = 'prompt', 1000 * stand, n), '', NULL, concat('Weekly podcast ', toString(n % 997)), prompt_id,
    source, workspace, conversation, posted_at, asset_id, asset, asset_type, persona, true, reach, reach_total, cause, '',
    0.3 + 0.6 * {chance:25},
    mapFromArrays(arraySlice({causes}, 1, 5), arrayMap(code -> if(code = likeliest, 0.6, 0.1), arraySlice({causes}, 1, 5))),
    arrayMap(item -> concat('evidence_', toString(item)), range(7)), arrayMap(item -> toString(item), range(7)), arrayMap(item -> concat(
    ['Nobody has said what this is good for: the brief has no line about it, and the text promises nothing to the reader',
     'Members of that persona answered elsewhere: prompts in other channels had responders in the two days after it',
     'It reached few of those it is for, and the channel is read by others for the most part',
     'Other prompts of the same type for them were answered lately, so the format itself is not at fault'][1 + item % 4],
    ': ', toString(cityHash64(n, 30 + item) % 100), ' of ', toString(100 + cityHash64(n, 40 + item) % 100)), range(7)),
    arrayMap(item -> [{causes}[1 + (n + item) % 5]], range(7)), arrayMap(item -> [{causes}[1 + (n + item + 2) % 5]], range(7)),
    arrayMap(item -> map('no_wiifm', 0.2, 'elsewhere', -0.3, 'wrong_audience', item / 10., 'no_need', 0.1, 'slow_build', 0.), range(7)),
    'Post it once more on Tuesday at 10:00 UTC, when the persona is active, and say in one line what an answer is good for',
    'bulk', p_zero, p_zero_horizon, expected, expected_horizon, borrowed, borrowed_from, deadline, too_little_to_tell, 0.1,
    posted_at, intDiv(n, 40), if(level = 'prompt', 0, 20), if(level = 'prompt', 1, 5), if(stand = 2, came, 0),
    if(stand = 2, map(persona, came), map()), '', if(young, 200, 0), if(level = 'persona', 'core', ''), 12, 3.1, 5, 18
FROM (SELECT number AS n, {step} AS step FROM numbers({first}, {number}))
WHERE {which}
