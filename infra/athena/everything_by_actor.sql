-- Everything one actor did, in order.
-- An e-mail address matches in any case. Unlike the API, Athena does not match ß with ss.
--   1 org_id       'acme'
--   2 first month  '2026-11'
--   3 last month   '2026-11'
--   4 first day    '2026-11-01'
--   5 last day     '2026-11-22'
--   6 actor id     'usr_17'
--   7 or e-mail    'ada@example.com'
SELECT id, occurred_at, action, result, failure_reason, target_type, target_id, target_name,
  ip, user_agent, request_id, details
FROM events
WHERE org_id = ?
  AND month BETWEEN ? AND ?
  AND CAST(occurred_at AS date) BETWEEN CAST(? AS date) AND CAST(? AS date)
  AND (actor_id = ? OR lower(upper(normalize(actor_email))) = lower(upper(normalize(?))))
ORDER BY id
