"""Stand-ins for connected calendars: one set of bookings for each kind, and the APIs of their providers."""
