"""Messages to customers and staff: channels, drafts, claims, statuses, conversations."""
