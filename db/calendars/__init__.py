"""Connected calendars: the bookings stored here and the changes written there."""
