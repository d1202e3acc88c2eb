-- Rates of silence and responders of a segment or asset type are learned from the same prompts, so one version has both.
-- Rates are of prompts, not of members: no floor for small groups is needed. Authors are not recorded.
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
    FROM (SELECT * FROM {database}.expectations FINAL) AS e
    WHERE (e.part = 'responders' OR startsWith(e.part, 'rates.')) AND e.value != 'null'
)
GROUP BY as_of, version, kind, key
HAVING prompts > 0
COMMENT 'How expectations moved: what was learned about silence and responders, one row a version that told of it';

ALTER TABLE {database}.expectations {on_cluster}
    COMMENT COLUMN part 'Part of the models: rates.KIND [silent, prompts], responders [responders, reached], curves, bins, mixture';
