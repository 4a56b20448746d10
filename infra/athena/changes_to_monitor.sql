-- Changes to one monitor, one row per changed field. An event without changed fields has one row without a field.
--   1 org_id       'acme'
--   2 first month  '2026-11'
--   3 last month   '2026-11'
--   4 first day    '2026-11-01'
--   5 last day     '2026-11-22'
--   6 monitor id   'monitor_login'
SELECT e.id, e.occurred_at, e.actor_id, e.actor_name, e.action, e.result, e.target_name,
  json_extract_scalar(c.change, '$.field') AS field,
  json_format(json_extract(c.change, '$.old')) AS old_value,
  json_format(json_extract(c.change, '$.new')) AS new_value
FROM events AS e
LEFT JOIN UNNEST(TRY_CAST(json_extract(e.details, '$.changes') AS array(json))) AS c (change) ON TRUE
WHERE e.org_id = ?
  AND e.month BETWEEN ? AND ?
  AND CAST(e.occurred_at AS date) BETWEEN CAST(? AS date) AND CAST(? AS date)
  AND e.target_type = 'monitor'
  AND e.target_id = ?
ORDER BY e.id, field
