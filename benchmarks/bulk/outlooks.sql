INSERT INTO {database}.outlooks (prompt_id, source, conversation, posted_at, ends, p_zero, expected)
WITH {prompt}
SELECT
    prompt_id, source, conversation, posted_at,
    arrayMap(bin -> posted_at + toIntervalSecond(180 * pow(1.78, bin)), range(12)),
    arrayMap(bin -> pow(p_zero_horizon, (bin + 1) / 12), range(12)),
    arrayMap(bin -> expected_horizon * (bin + 1) / 12, range(12))
FROM (SELECT number AS n, {step} AS step FROM numbers({first}, {number}))
