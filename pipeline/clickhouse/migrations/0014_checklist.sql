-- Two causes that lead together, and by which checklist a silence was explained.
ALTER TABLE {database}.anomalies {on_cluster}
    ADD COLUMN IF NOT EXISTS beside LowCardinality(String) COMMENT 'Cause that leads together with the hypothesis where neither stands out alone; empty: none' AFTER hypothesis;

ALTER TABLE {database}.anomalies {on_cluster}
    ADD COLUMN IF NOT EXISTS checklist LowCardinality(String) COMMENT 'Digest of the checklist that explained it (crickets checklist prints it); empty: not recorded' AFTER next_step;
