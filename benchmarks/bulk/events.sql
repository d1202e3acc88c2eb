INSERT INTO {database}.events (
    event_id, kind, source, workspace, conversation, time, author, bot, message, thread, reaction, asset_id, ask, length,
    question, broadcast, mentions, link, code, file
)
WITH
    {start} + n * step AS seconds, {chance:1} AS which,
    multiIf(which < 0.45, 'reaction_added', which < 0.97, 'message_posted', 'message_edited') AS kind,
    cityHash64(n, 2) % {channels} AS channel, concat('C', leftPad(hex(channel * 2654435761), 10, '0')) AS conversation,
    printf('%.6f', seconds - if(kind = 'message_posted', 0, cityHash64(n, 3) % 86400)) AS message,
    concat('m_', lower(leftPad(hex(cityHash64(cityHash64(n, 4) % {authors})), 20, '0'))) AS author,
    ['thumbsup', 'tada', 'eyes', 'heart', 'raised_hands'][1 + cityHash64(n, 5) % 5] AS reaction
SELECT
    multiIf(
        kind = 'message_posted', concat('slack:', conversation, ':message:', message),
        kind = 'message_edited', concat('slack:', conversation, ':edited:', message, ':', printf('%.6f', seconds)),
        concat('slack:', conversation, ':reaction_added:', message, ':', author, ':', reaction, ':', printf('%.6f', seconds))
    ), kind, 'slack', concat('T', toString(channel % {workspaces})), conversation, toDateTime64(seconds, 6, 'UTC'), author,
    cityHash64(n, 6) % 20 = 0, message,
    if(kind = 'message_posted' AND cityHash64(n, 7) % 3 > 0, printf('%.6f', seconds - cityHash64(n, 8) % 86400), NULL),
    if(kind = 'reaction_added', reaction, ''), '', if(cityHash64(n, 9) % 30 = 0, 'question', ''),
    if(kind = 'reaction_added', 0, cityHash64(n, 10) % 700), cityHash64(n, 11) % 5 = 0, cityHash64(n, 12) % 50 = 0,
    cityHash64(n, 13) % 3, cityHash64(n, 14) % 4 = 0, cityHash64(n, 15) % 20 = 0, cityHash64(n, 16) % 30 = 0
FROM (SELECT number AS n, {step} AS step FROM numbers_mt({first}, {number}))
SETTINGS max_insert_threads = 2
