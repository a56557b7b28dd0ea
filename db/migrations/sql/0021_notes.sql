-- What staff note about an appointment; only they see it.
ALTER TABLE appointments ADD COLUMN note text;
GRANT UPDATE (note) ON appointments TO slots_dashboard;
-- The calendar's slots on offer, by day.
CREATE INDEX slot_openings_shop_id_starts_at_idx ON slot_openings (shop_id, starts_at);
-- What the team notes about a customer.
ALTER TABLE customers ADD COLUMN note text, ADD COLUMN tags text[] NOT NULL DEFAULT '{}';
