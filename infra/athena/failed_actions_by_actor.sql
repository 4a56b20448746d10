-- Failed actions by actor, most failures first.
--   1 org_id       'acme'
--   2 first month  '2026-11'
--   3 last month   '2026-11'
--   4 first day    '2026-11-01'
--   5 last day     '2026-11-22'
SELECT actor_type, actor_id, max_by(actor_name, id) AS actor_name, count(*) AS failures,
  array_join(array_agg(DISTINCT action ORDER BY action), ', ') AS actions,
  min(occurred_at) AS first_at, max(occurred_at) AS last_at, max_by(failure_reason, id) AS last_reason
FROM events
WHERE org_id = ?
  AND month BETWEEN ? AND ?
  AND CAST(occurred_at AS date) BETWEEN CAST(? AS date) AND CAST(? AS date)
  AND result = 'failed'
GROUP BY actor_type, actor_id
ORDER BY failures DESC, actor_type, actor_id
