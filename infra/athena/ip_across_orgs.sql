-- Activity of one IP address across all orgs.
-- Reads every org's files of these months. Keep the range short.
--   1 first month  '2026-11'
--   2 last month   '2026-11'
--   3 first day    '2026-11-20'
--   4 last day     '2026-11-22'
--   5 ip           '203.0.113.7'
-- Use the canonical form of the address, such as '2001:db8::1'. Addresses in lists, with ports or with zones match too.
SELECT org_id, actor_type, actor_id, max_by(actor_email, id) AS actor_email, count(*) AS events,
  count_if(result = 'failed') AS failures,
  array_join(array_agg(DISTINCT action ORDER BY action), ', ') AS actions,
  min(occurred_at) AS first_at, max(occurred_at) AS last_at
FROM all_events
WHERE month BETWEEN ? AND ?
  AND CAST(occurred_at AS date) BETWEEN CAST(? AS date) AND CAST(? AS date)
  AND contains(split(ip_addresses, ','), ?)
GROUP BY org_id, actor_type, actor_id
ORDER BY events DESC, org_id, actor_type, actor_id
