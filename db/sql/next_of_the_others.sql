-- Whether a customer `c` comes after the last one of the page before.
:first OR coalesce(c.last_settled_at, '-infinity') < CAST(:highest AS timestamptz) OR c.id > CAST(:after_id AS uuid)
