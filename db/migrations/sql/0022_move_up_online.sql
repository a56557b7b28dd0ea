-- Run by the next migration, without blocking writers.
CREATE INDEX CONCURRENTLY slot_openings_freed_by_slot_opening_id_idx ON slot_openings (freed_by_slot_opening_id)
  WHERE freed_by_slot_opening_id IS NOT NULL;
CREATE INDEX CONCURRENTLY slot_offers_move_from_appointment_id_idx ON slot_offers (move_from_appointment_id)
  WHERE move_from_appointment_id IS NOT NULL;
CREATE INDEX CONCURRENTLY appointments_moved_from_appointment_id_idx ON appointments (moved_from_appointment_id)
  WHERE moved_from_appointment_id IS NOT NULL;
