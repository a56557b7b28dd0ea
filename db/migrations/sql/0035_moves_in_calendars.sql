-- If a connected calendar contains the booking, a move is written to the calendar before the old time is sold. Null
-- means that no calendar contains the booking, or that the move came from the calendar.
ALTER TABLE appointment_moves ADD COLUMN in_calendar text;
ALTER TABLE appointment_moves ADD CONSTRAINT appointment_moves_in_calendar_known
  CHECK (in_calendar IN ('waiting', 'written', 'undone'));
GRANT SELECT (kind) ON calendars TO slots_api;
