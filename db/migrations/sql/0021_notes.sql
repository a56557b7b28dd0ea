-- A note about the appointment, which only staff can see.
ALTER TABLE appointments ADD COLUMN note text;
GRANT UPDATE (note) ON appointments TO slots_dashboard;
-- The team's note and tags for the customer.
ALTER TABLE customers ADD COLUMN note text, ADD COLUMN tags text[] NOT NULL DEFAULT '{}';
