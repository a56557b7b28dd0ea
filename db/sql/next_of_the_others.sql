-- Whether the customer `c` follows the last customer of the previous page.
:first OR coalesce(c.last_settled_at, '-infinity') < CAST(:highest AS timestamptz) OR c.id > CAST(:after_id AS uuid)
