-- A row for each web, worker, beat or metrics process. A process that was killed leaves a row that is no longer
-- updated.
CREATE TABLE running_processes (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  name text NOT NULL,
  host text NOT NULL,
  pid integer NOT NULL,
  started_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
  seen_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
  stopped_at timestamptz
);
ALTER TABLE running_processes ENABLE ROW LEVEL SECURITY;
