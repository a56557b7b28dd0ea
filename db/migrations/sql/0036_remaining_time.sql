-- What a YES books: until when, and which service where the slot's is unknown. Null means the whole slot.
ALTER TABLE slot_offers ADD COLUMN books_until timestamptz, ADD COLUMN service_id uuid REFERENCES services (id);
