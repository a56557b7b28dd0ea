"""Connected calendars: the bookings read from them, and the changes written to them."""
