-- Move-ups: offers that move a later appointment to the slot, and the chain of the slots that become free.

-- The number of consecutive move-ups that led to this free time, and the slot to which the last customer was moved.
ALTER TABLE slot_openings ADD COLUMN chain_depth integer NOT NULL DEFAULT 0,
  ADD COLUMN freed_by_slot_opening_id uuid REFERENCES slot_openings (id) ON DELETE SET NULL;
-- The later appointment that a YES moves, and its start as stated in the offer.
ALTER TABLE slot_offers ADD COLUMN move_from_appointment_id uuid REFERENCES appointments (id) ON DELETE SET NULL,
  ADD COLUMN move_from_starts_at timestamptz;
-- The appointment that this booking replaces. It is cancelled when this booking is made.
ALTER TABLE appointments ADD COLUMN moved_from_appointment_id uuid REFERENCES appointments (id) ON DELETE SET NULL;
