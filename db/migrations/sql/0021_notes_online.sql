-- Run by the next migration, without blocking writers.
-- For the offered slots on the calendar page, by day.
CREATE INDEX CONCURRENTLY slot_openings_shop_id_starts_at_idx ON slot_openings (shop_id, starts_at);
