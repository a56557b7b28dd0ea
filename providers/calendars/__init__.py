"""Connected calendars: the port (a common interface), and a module for each provider."""
