-- What staff note about an appointment; only they see it.
ALTER TABLE appointments ADD COLUMN note text;
GRANT UPDATE (note) ON appointments TO slots_dashboard;
-- What the team notes about a customer.
ALTER TABLE customers ADD COLUMN note text, ADD COLUMN tags text[] NOT NULL DEFAULT '{}';
