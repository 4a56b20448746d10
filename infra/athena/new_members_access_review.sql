-- Access review of new members: who invited them, which role they have now, and whether they still have access.
--   1 org_id       'acme'
--   2 first month  '2026-08'
--   3 last month   '2026-11'
--   4 first day    '2026-08-01'
--   5 last day     '2026-11-22'
WITH member_events AS (
  SELECT id, occurred_at, actor_id, actor_name, action, target_id, target_name,
    json_extract_scalar(
      element_at(
        filter(
          TRY_CAST(json_extract(details, '$.changes') AS array(json)),
          c -> json_extract_scalar(c, '$.field') = 'role'
        ), 1
      ), '$.new'
    ) AS role
  FROM events
  WHERE org_id = ?
    AND month BETWEEN ? AND ?
    AND CAST(occurred_at AS date) BETWEEN CAST(? AS date) AND CAST(? AS date)
    AND result = 'succeeded'
    AND action IN ('member.invited', 'member.role_changed', 'member.removed')
)
SELECT target_id AS member_id, max_by(target_name, id) AS member_name,
  max(CASE WHEN action = 'member.invited' THEN occurred_at END) AS invited_at,
  max_by(actor_id, id) FILTER (WHERE action = 'member.invited') AS invited_by,
  max_by(role, id) FILTER (WHERE role IS NOT NULL) AS latest_role,
  count_if(action = 'member.role_changed') AS role_changes,
  max_by(action, id) <> 'member.removed' AS has_access,
  max(CASE WHEN action = 'member.removed' THEN occurred_at END) AS removed_at
FROM member_events
GROUP BY target_id
HAVING count_if(action = 'member.invited') > 0
ORDER BY max(id)
