-- API keys created or revoked outside working hours.
-- Working hours are Monday to Friday, 08:00 to 18:00, Europe/Berlin. Replace them with yours, in three places.
--   1 org_id       'acme'
--   2 first month  '2026-11'
--   3 last month   '2026-11'
--   4 first day    '2026-11-01'
--   5 last day     '2026-11-22'
SELECT id, occurred_at AT TIME ZONE 'Europe/Berlin' AS occurred_at_local, action, result,
  actor_type, actor_id, actor_name, target_id AS api_key_id, target_name AS api_key_name, ip, details
FROM events
WHERE org_id = ?
  AND month BETWEEN ? AND ?
  AND CAST(occurred_at AS date) BETWEEN CAST(? AS date) AND CAST(? AS date)
  AND action IN ('api_key.created', 'api_key.revoked')
  AND (
    day_of_week(occurred_at AT TIME ZONE 'Europe/Berlin') IN (6, 7)
    OR hour(occurred_at AT TIME ZONE 'Europe/Berlin') NOT BETWEEN 8 AND 17
  )
ORDER BY id
