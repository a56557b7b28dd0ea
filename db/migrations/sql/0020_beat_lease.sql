-- A single row: which of several beat processes publishes the schedule, and until when. It is updated every second.
CREATE TABLE beat_lease (
  id boolean PRIMARY KEY DEFAULT true CHECK (id),
  holder text NOT NULL,
  expires_at timestamptz NOT NULL
) WITH (fillfactor = 20);
ALTER TABLE beat_lease ENABLE ROW LEVEL SECURITY;
