-- A move of a booking that a connected calendar has: it is written there before its old time is sold.
-- Null: no calendar has the booking, or the move came from it.
ALTER TABLE appointment_moves ADD COLUMN in_calendar text;
ALTER TABLE appointment_moves ADD CONSTRAINT appointment_moves_in_calendar_known
  CHECK (in_calendar IN ('waiting', 'written', 'undone'));
GRANT SELECT (kind) ON calendars TO slots_api;
