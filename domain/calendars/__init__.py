"""Connected calendars: their bookings, and the changes that a read finds."""
