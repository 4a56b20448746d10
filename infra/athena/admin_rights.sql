-- Who has or had admin rights, from when, until when, and who granted them.
-- Rights granted before the first day are not found.
--   1 org_id       'acme'
--   2 first month  '2026-01'
--   3 last month   '2026-11'
--   4 first day    '2026-01-01'
--   5 last day     '2026-11-22'
WITH role_events AS (
  SELECT id, occurred_at, actor_id, actor_name, action, target_id, target_name,
    element_at(
      filter(
        TRY_CAST(json_extract(details, '$.changes') AS array(json)),
        c -> json_extract_scalar(c, '$.field') IN ('role', 'owner')
      ), 1
    ) AS change
  FROM events
  WHERE org_id = ?
    AND month BETWEEN ? AND ?
    AND CAST(occurred_at AS date) BETWEEN CAST(? AS date) AND CAST(? AS date)
    AND result = 'succeeded'
    AND action IN ('member.invited', 'member.role_changed', 'member.removed', 'organization.ownership_transferred')
),
roles AS (
  SELECT id, occurred_at, actor_id, actor_name, action, target_id AS member_id, target_name AS member_name,
    CASE action WHEN 'member.removed' THEN 'none' ELSE json_extract_scalar(change, '$.new') END AS role
  FROM role_events
  WHERE action <> 'organization.ownership_transferred'
  UNION ALL
  SELECT id, occurred_at, actor_id, actor_name, action, json_extract_scalar(change, '$.new'), NULL, 'owner'
  FROM role_events
  WHERE action = 'organization.ownership_transferred'
  UNION ALL
  -- A transfer ends the former owner's ownership.
  SELECT id, occurred_at, actor_id, actor_name, action, json_extract_scalar(change, '$.old'), NULL, 'none'
  FROM role_events
  WHERE action = 'organization.ownership_transferred'
),
held AS (
  SELECT id, occurred_at, actor_id, actor_name, action, member_id, member_name, role,
    lead(occurred_at) OVER (PARTITION BY member_id ORDER BY id) AS held_until
  FROM roles
)
SELECT member_id, member_name, role, occurred_at AS held_since, held_until, held_until IS NULL AS still_held,
  action, actor_id AS given_by, actor_name AS given_by_name, id
FROM held
WHERE role IN ('admin', 'owner')
ORDER BY id
