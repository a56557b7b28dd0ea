"""Connected calendars: their bookings, and the differences between bookings and appointments."""
