-- What changed before an incident, latest first.
--   1 org_id       'acme'
--   2 first month  '2026-11'
--   3 last month   '2026-11'
--   4 from         '2026-11-21 10:15:00'  (UTC)
--   5 up to        '2026-11-22 10:15:00'  (UTC)
SELECT id, occurred_at, actor_type, actor_id, actor_name, action, target_type, target_id, target_name, ip, details
FROM events
WHERE org_id = ?
  AND month BETWEEN ? AND ?
  AND occurred_at BETWEEN CAST(? AS timestamp) AND CAST(? AS timestamp)
  AND result = 'succeeded'
ORDER BY id DESC
