-- Whether a customer `c` who is not on the waiting list comes after the last one of the page before.
:after_line < 3 OR coalesce(c.last_settled_at, '-infinity') < CAST(:highest AS timestamptz) OR c.id > CAST(:after_id AS uuid)
