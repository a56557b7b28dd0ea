"""What the shop is connected to: calendars, API keys, webhooks."""
