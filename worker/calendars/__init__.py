"""Connected calendars: reads their bookings into appointments, and writes ours to them."""
