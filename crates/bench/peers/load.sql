-- The table and the indexes that a careful person makes: each filter with the order of the pages.
CREATE TABLE events (
  id uuid, org_id text, seq bigint, occurred_at timestamptz, ingested_at timestamptz, actor_type text, actor_id text,
  actor_name text, actor_email text, action text, category text, target_type text, target_id text, target_name text,
  result text, failure_reason text, ip text, ip_addresses text, user_agent text, request_id text, details text
);
\copy events FROM pstdin (FORMAT csv)
ALTER TABLE events ADD PRIMARY KEY (id);
CREATE INDEX ON events (actor_id, id);
CREATE INDEX ON events (action, id);
CREATE INDEX ON events (target_id, id);
CREATE INDEX ON events (category, id);
CREATE INDEX ON events (id) WHERE result = 'failed';
VACUUM (ANALYZE) events;
