"""Connected calendars: what a booking there is, and what changed since it was last read."""
