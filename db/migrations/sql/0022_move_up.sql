-- Move-up: offers that move a later appointment to the slot, and the chain of slots that follows.

-- How many customers were moved up in a row before this time became free, and the slot that the last one moved to.
ALTER TABLE slot_openings ADD COLUMN chain_depth integer NOT NULL DEFAULT 0,
  ADD COLUMN freed_by_slot_opening_id uuid REFERENCES slot_openings (id) ON DELETE SET NULL;
-- The later appointment that a YES moves, and its start as the offer stated it.
ALTER TABLE slot_offers ADD COLUMN move_from_appointment_id uuid REFERENCES appointments (id) ON DELETE SET NULL,
  ADD COLUMN move_from_starts_at timestamptz;
-- The appointment that this booking replaces; it is cancelled when this one is booked.
ALTER TABLE appointments ADD COLUMN moved_from_appointment_id uuid REFERENCES appointments (id) ON DELETE SET NULL;
