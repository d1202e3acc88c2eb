-- A view that selects * keeps the columns it had when it was made.
CREATE OR REPLACE VIEW {database}.anomalies_now {on_cluster}
AS SELECT a.*
FROM (SELECT * FROM {database}.anomalies FINAL) AS a
LEFT JOIN (SELECT prompt_id, flagged, status FROM {database}.prompts FINAL) AS p ON p.prompt_id = a.prompt_id
WHERE a.level NOT IN ('channel', 'segment', 'persona') AND (a.verdict != 'expired' OR p.flagged) AND (a.level = 'asset' OR p.status != 'withdrawn')
COMMENT 'Every anomaly of a prompt or an asset once, as it stands now; prompts that were never flagged and withdrawn prompts are left out';
