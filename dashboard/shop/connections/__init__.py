"""The shop's connections: calendars, API keys, webhooks."""
