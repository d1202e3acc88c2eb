INSERT INTO {database}.prompts (
    prompt_id, source, workspace, conversation, message, author, posted_at, asset_id, asset, asset_type, asset_type_from,
    persona, persona_given, reach, reach_total, active_members, channel_members, channel_age_hours, competing_prompts,
    earlier_prompts, p_zero, p_zero_horizon, expected, expected_horizon, borrowed, borrowed_from, deadline,
    too_little_to_tell, alpha, expectation_as_of, expectation_version, views, stage, status, flagged, responders, responses,
    responders_by_persona, responders_by_bin, first_response_at, closed, observed, time, version
)
WITH {version} AS stand, {prompt}, stand = 1 OR silent AS nobody
SELECT
    prompt_id, source, workspace, conversation, message, author, posted_at, asset_id, asset, asset_type,
    if(named, 'brief', 'ask'), persona, cityHash64(n, 18) % 2, reach, reach_total, cityHash64(n, 19) % 60, 120, 4000.,
    cityHash64(n, 20) % 6, cityHash64(n, 21) % 5, p_zero, p_zero_horizon, expected, expected_horizon, borrowed, borrowed_from,
    deadline, too_little_to_tell, 0.1, posted_at, intDiv(n, 40),
    map('hazard', p_zero_horizon * 0.9, 'direct', p_zero_horizon * 1.1, 'segment', 0.08, 'mix', p_zero_horizon),
    ['posted', if(silent, 'deadline', 'first_response'), 'counted', 'closed'][stand],
    multiIf(stand = 1, 'open', silent, if(flagged, 'silent', 'expired'), flagged, 'revived', 'answered'),
    flagged AND stand > 1, if(nobody, 0, came), if(nobody, 0, came + came % 3),
    if(nobody, map(), map(persona, toUInt32(came))),
    if(nobody, [], arrayMap(bin -> toUInt32(bin = 1 + came % 4) * came, range(1, 13))),
    if(nobody, NULL, first_at), stand = 4, true, posted_at + toIntervalHour([0, 20, 50, 168][stand]), stand
FROM (SELECT number AS n, {step} AS step FROM numbers({first}, {number}))
WHERE stand IN (1, 4) OR cityHash64(n, 22) % 5 >= stand - 1
