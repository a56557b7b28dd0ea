"""Connected calendars: one port (interface), and a module for each provider."""
