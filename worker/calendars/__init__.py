"""Connected calendars: copies their bookings to appointments, and our bookings to the calendars."""
