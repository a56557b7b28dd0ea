-- The end of the appointment that a YES books (null means the end of the slot), and its service if the slot's service
-- is unknown.
ALTER TABLE slot_offers ADD COLUMN books_until timestamptz, ADD COLUMN service_id uuid REFERENCES services (id);
