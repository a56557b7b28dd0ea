"""Connected calendars: their bookings, and the changes since they were last read."""
