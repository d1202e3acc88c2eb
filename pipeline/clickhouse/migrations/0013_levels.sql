-- What is silent is told once: a dead channel includes its assets, a chronic segment those of the segment.
ALTER TABLE {database}.anomalies {on_cluster}
    ADD COLUMN IF NOT EXISTS explained_by String COMMENT 'anomaly_id of what is silent above it and stood when this was told; empty: nothing' CODEC(ZSTD(3)) AFTER responders_by_persona;

ALTER TABLE {database}.anomalies {on_cluster}
    ADD COLUMN IF NOT EXISTS young_until Float64 COMMENT 'In state building: prompts from which the programme is no longer young' AFTER explained_by;

ALTER TABLE {database}.anomalies {on_cluster}
    ADD COLUMN IF NOT EXISTS found_persona LowCardinality(String) COMMENT 'Of a hidden persona: who comes though the asset is not for them; empty: none' AFTER young_until;

ALTER TABLE {database}.anomalies {on_cluster}
    ADD COLUMN IF NOT EXISTS found_came UInt32 COMMENT 'Responders of that persona, added up over the prompts of the asset' AFTER found_persona;

ALTER TABLE {database}.anomalies {on_cluster}
    ADD COLUMN IF NOT EXISTS found_expected Float64 COMMENT 'How many were to be expected by what that persona does otherwise' AFTER found_came;

ALTER TABLE {database}.anomalies {on_cluster}
    ADD COLUMN IF NOT EXISTS found_answered UInt32 COMMENT 'Prompts that at least one of them answered' AFTER found_expected;

ALTER TABLE {database}.anomalies {on_cluster}
    ADD COLUMN IF NOT EXISTS found_reached UInt32 COMMENT 'Members of that persona who could see the latest prompt' AFTER found_answered;

ALTER TABLE {database}.anomalies {on_cluster}
    COMMENT COLUMN verdict 'silent (the deadline passed, or prompts together), expired (the horizon passed), revived, withdrawn, chronic (nobody ever answers the segment), hidden_persona (good news)',
    COMMENT COLUMN hypothesis 'Leading cause of the checklist: no_wiifm, elsewhere, wrong_audience, no_need, slow_build ..., or undetermined; hidden_persona in state found',
    COMMENT COLUMN state 'open, revived (somebody came after all), withdrawn, or building (silent in a young programme, and nothing else is likelier to be why), or found (no silence, but a hidden persona)',
    COMMENT COLUMN level 'prompt (one posting), asset (evidence over its postings), channel (over all prompts there), segment (persona and asset type), or persona (one at an asset that is not for it)',
    COMMENT COLUMN subject 'prompt_id, the asset, the channel (source:conversation), the segment (source:workspace/persona/asset type), or source:workspace/asset/persona',
    COMMENT COLUMN title 'How people know the asset or the channel; of a segment, what is asked of whom',
    COMMENT COLUMN prompt_id 'The judged prompt; at other levels than prompt the latest one',
    COMMENT COLUMN e_value 'Evidence over prompts (e-detector), at other levels than prompt';

-- Channels and segments have a view of their own: among assets their silence would be told twice.
CREATE OR REPLACE VIEW {database}.anomalies_now {on_cluster}
AS SELECT a.*
FROM (SELECT * FROM {database}.anomalies FINAL) AS a
LEFT JOIN (SELECT prompt_id, flagged, status FROM {database}.prompts FINAL) AS p ON p.prompt_id = a.prompt_id
WHERE a.level NOT IN ('channel', 'segment', 'persona') AND (a.verdict != 'expired' OR p.flagged) AND (a.level = 'asset' OR p.status != 'withdrawn')
COMMENT 'Every anomaly of a prompt or an asset once, as it stands now; prompts that were never flagged and withdrawn prompts are left out';

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
above AS (
    SELECT *
    FROM (SELECT * FROM {database}.anomalies FINAL)
    WHERE level IN ('channel', 'segment') AND state = 'open'
),
silent AS (
    SELECT
        p.source AS source, p.workspace AS workspace, p.asset AS asset, p.posted_at AS posted_at,
        if(c.anomaly_id != '', c.anomaly_id, s.anomaly_id) AS cause
    FROM
    (
        SELECT
            *,
            max(if(responders > 0, posted_at, toDateTime64(0, 6, 'UTC')))
                OVER (PARTITION BY source, workspace, asset) AS answered_at
        FROM (SELECT * FROM {database}.prompts FINAL)
        WHERE status != 'withdrawn'
    ) AS p
    LEFT JOIN (SELECT anomaly_id, source, conversation FROM above WHERE level = 'channel') AS c
        ON c.source = p.source AND c.conversation = p.conversation
    LEFT JOIN (SELECT anomaly_id, source, workspace, persona, asset_type FROM above WHERE level = 'segment') AS s
        ON s.source = p.source AND s.workspace = p.workspace AND s.persona = p.persona AND s.asset_type = p.asset_type
    WHERE p.responders = 0 AND p.posted_at > p.answered_at AND (p.flagged OR p.closed)
),
part AS (
    SELECT source, workspace, asset, argMax(cause, posted_at) AS cause
    FROM silent
    GROUP BY source, workspace, asset
    HAVING countIf(silent.cause = '') = 0
)
SELECT
    toString(p.source) AS source,
    toString(p.workspace) AS workspace,
    p.asset AS asset,
    p.cause AS cause,
    if(a.level = 'segment' AND a.reach[a.persona] < 5, concat(a.asset_type, ' prompts to a small group'), a.title)
        AS title,
    a.time AS since
FROM part AS p
INNER JOIN above AS a ON a.anomaly_id = p.cause
COMMENT 'Which silent assets are part of the silence of a channel or of a segment, as that stands now';

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
    probability Float64 COMMENT 'Probability of the leading hypothesis',
    prompts UInt64 COMMENT 'Prompts in a row that nobody answered',
    assets UInt64 COMMENT 'Dead assets (and prompts without one) that it includes',
    e_value Float64 COMMENT 'Evidence over prompts; 0 where a single prompt was enough',
    since DateTime64(6, 'UTC') COMMENT 'When the silence became a finding; of a channel or a segment when the first of its dead assets did, if that was before',
    evidence Array(String) COMMENT 'What is known about it, in sentences, what matters most first',
    next_step String COMMENT 'One cheap thing to try'
)
AS
WITH
above AS (
    SELECT *
    FROM (SELECT * FROM {database}.anomalies FINAL)
    WHERE level IN ('channel', 'segment') AND state = 'open'
),
dead AS (
    SELECT d.*, p.cause AS cause
    FROM {database}.dead_assets AS d
    LEFT JOIN {database}.parts_now AS p ON p.source = d.source AND p.workspace = d.workspace AND p.asset = d.asset_id
),
included AS (
    SELECT cause, count() AS assets, min(since) AS first_since
    FROM dead
    WHERE cause != ''
    GROUP BY cause
)
SELECT
    toString(a.level) AS level,
    a.anomaly_id AS anomaly_id,
    toString(a.source) AS source,
    toString(a.workspace) AS workspace,
    if(
        a.level = 'segment' AND a.reach[a.persona] < 5,
        concat(a.source, ':', a.workspace, '/small group/', a.asset_type), a.subject
    ) AS subject,
    if(a.level = 'segment' AND a.reach[a.persona] < 5, concat(a.asset_type, ' prompts to a small group'), a.title)
        AS title,
    toString(a.asset_type) AS asset_type,
    if(a.reach[a.persona] >= 5, toString(a.persona), 'small group') AS persona,
    toString(a.hypothesis) AS hypothesis,
    a.probability AS probability,
    toUInt64(a.prompts) AS prompts,
    i.assets AS assets,
    a.e_value AS e_value,
    if(i.assets > 0, least(a.time, i.first_since), a.time) AS since,
    a.evidence.sentence AS evidence,
    a.next_step AS next_step
FROM above AS a
LEFT JOIN included AS i ON i.cause = a.anomaly_id
UNION ALL
SELECT
    if(prompt_id = '', 'asset', 'prompt') AS level,
    '' AS anomaly_id,
    toString(source) AS source,
    toString(workspace) AS workspace,
    asset_id AS subject,
    title,
    toString(asset_type) AS asset_type,
    persona,
    toString(hypothesis) AS hypothesis,
    probability,
    prompts,
    toUInt64(1) AS assets,
    e_value,
    since,
    evidence,
    next_step
FROM dead
LEFT JOIN (SELECT prompt_id FROM {database}.prompts FINAL WHERE asset_id = '') AS p ON p.prompt_id = dead.asset_id
WHERE cause = ''
COMMENT 'Start here: what is dead now, one row a cause: a dead channel or a chronic segment includes its dead assets, which have no row of their own then';

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
    SELECT source, workspace, persona, uniqExact(asset) AS silent_assets, max(young_until) AS young_until
    FROM {database}.anomalies_now
    WHERE state = 'building'
    GROUP BY source, workspace, persona
),
each AS (
    SELECT
        source, workspace, persona, if(reach[name] >= 5, toString(name), 'small groups') AS who,
        sum(responders_by_persona[name]) AS number
    FROM (SELECT * FROM {database}.prompts FINAL)
    ARRAY JOIN mapKeys(responders_by_persona) AS name
    WHERE status != 'withdrawn'
    GROUP BY source, workspace, persona, who
),
comers AS (
    SELECT
        source, workspace, persona,
        CAST((groupArray(who), groupArray(number)), 'Map(String, UInt64)') AS came
    FROM (SELECT * FROM each ORDER BY who)
    GROUP BY source, workspace, persona
)
SELECT
    p.source AS source,
    p.workspace AS workspace,
    if(max(p.reach[p.persona]) >= 5, toString(p.persona), 'small group') AS persona,
    countIf(p.closed) AS prompts,
    countIf(p.closed AND p.responders > 0) AS answered,
    any(y.young_until) AS young_until,
    any(y.silent_assets) AS silent_assets,
    any(c.came) AS came,
    min(p.posted_at) AS since,
    max(p.posted_at) AS last_posted_at
FROM (SELECT * FROM {database}.prompts FINAL) AS p
INNER JOIN young AS y ON y.source = p.source AND y.workspace = p.workspace AND y.persona = p.persona
LEFT JOIN comers AS c ON c.source = p.source AND c.workspace = p.workspace AND c.persona = p.persona
WHERE p.status != 'withdrawn'
GROUP BY p.source, p.workspace, p.persona
HAVING prompts < young_until
COMMENT 'Young programmes with silent prompts: not dead, building; how far they are and who came';

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
FROM (SELECT * FROM {database}.anomalies FINAL)
WHERE state = 'found' AND found_reached >= 5
COMMENT 'Good news: personas that nobody designed for and that come all the same, at which asset and how much more than was to be expected';
