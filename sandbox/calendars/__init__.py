"""Simulates connected calendars: the provider's API and one set of bookings for each kind of calendar."""
