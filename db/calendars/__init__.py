"""Connected calendars: their bookings here and what is written there."""
