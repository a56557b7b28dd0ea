"""The pages of the shop's connections: calendars, API keys and webhooks."""
