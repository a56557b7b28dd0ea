"""Connected calendars: one port, and a module for each provider."""
